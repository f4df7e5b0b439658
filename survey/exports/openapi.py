"""The API described: an OpenAPI 3.1 document made from the data dictionary."""

from __future__ import annotations

from typing import Any

from survey.exports.data_dictionary import ANSWERS, CHECKS, CLUSTERS, EDITS, READINGS, TABLES, THEMES, Column, Table

Node = dict[str, Any]

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
SCHEMAS: dict[str, Node] = {
    "text": {"type": ["string", "null"]},
    "whole number": {"type": ["integer", "null"]},
    "number": {"type": ["number", "null"]},
    "yes or no": {"type": "boolean"},
    "moment": {"type": ["string", "null"], "format": "date-time"},
}
SURVEY = (
    Column("address", "text", "The last part of the survey’s address."),
    Column("question", "text", "What is asked."),
    Column("introduction", "text", "Why it is asked."),
    Column("asker", "text", "Who asks."),
    Column("open", "yes or no", "Whether it takes answers now."),
    Column("published", "yes or no", "Whether everybody may read its theme page."),
    Column("created_at", "moment", "When the survey was made, in UTC."),
    Column("answers", "whole number", "How many answers there are, whatever their status."),
    Column("people", "whole number", "How many of them the result counts: without those that say nothing."),
    Column("people_placed", "whole number", "How many of these have an idea in a theme."),
    Column("result", "text", "Names the result that is shown now. It changes when a run has found themes anew."),
    Column("result_at", "moment", "When that run ended, in UTC."),
)
ERRORS = {
    "400": "A parameter cannot be used; the message says which.",
    "401": "There is no token, or none that works.",
    "403": "The token is for something else: one reads, another sends.",
    "409": "The result changed between two pages. Begin again without after.",
}
REFUSALS = {
    "400": "The body is not JSON that can be read.",
    "401": ERRORS["401"],
    "403": ERRORS["403"],
    "409": "The survey takes no answers now.",
    "413": "The body is far more than an answer.",
    "415": "The body is not application/json, or is compressed.",
    "422": "It is not an answer that can be kept; the message says why.",
    "429": "That was a lot at once.",
    "503": "The site is busy, and nothing was kept. Send it again with the same key.",
}
SENT: Node = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "What somebody answered: 1 to 5,000 characters, kept as they are."},
        "kind": {
            **SCHEMAS["text"],
            "description": "The key of one of the survey’s kinds, where it is known.",
        },
        "key": {
            **SCHEMAS["text"],
            "description": "22 to 64 letters, digits, - and _, another one for every answer: the same one sent again "
            "with the same token is the same answer.",
        },
    },
    "required": ["text"],
    "additionalProperties": False,
}
KEPT: Node = {
    "type": "object",
    "properties": {"id": {"type": "string", "description": "The answer’s id, as in everything that is read here."}},
    "required": ["id"],
    "additionalProperties": False,
}


def document() -> Node:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Common Threads",
            "version": "1",
            "description": "Read one survey: its answers, its themes, and which idea is in which theme; or send "
            "answers to it. A token is for one survey, and for reading or for sending.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": {
            "/survey": _get(
                "The survey",
                "What it asks, and how many people its result counts.",
                _reference("survey"),
                ("401", "403"),
            ),
            "/themes": _get("Its themes", THEMES.line, _listing(THEMES, {"result": SCHEMAS["text"]}), ("401", "403")),
            "/edits": _get("What was changed", EDITS.line, _listing(EDITS, {}), ("401", "403")),
            "/checks": _get("Its blind checks", CHECKS.line, _listing(CHECKS, {}), ("401", "403")),
            "/readings": _get("What was read in them", READINGS.line, _listing(READINGS, {}), ("401", "403")),
            "/answers": _paged(ANSWERS, "limit counts answers.", ("400", "401", "403")) | _send(),
            "/clusters": _paged(
                CLUSTERS, "limit counts ideas; one that is in two themes has two lines.", ("400", "401", "403", "409")
            ),
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "survey": _schema(SURVEY),
                **{table.name: _schema(table.columns) for table in TABLES.values()},
                "sent": SENT,
                "kept": KEPT,
                "error": {
                    "type": "object",
                    "properties": {"error": {"type": "string", "description": "What is wrong, in a sentence."}},
                    "required": ["error"],
                },
            },
        },
    }


def _schema(columns: tuple[Column, ...]) -> Node:
    return {
        "type": "object",
        "properties": {column.name: {**SCHEMAS[column.type], "description": column.meaning} for column in columns},
        "required": [column.name for column in columns],
        "additionalProperties": False,
    }


def _json(description: str, schema: Node) -> Node:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _send() -> Node:
    """How an answer is sent."""
    return {
        "post": {
            "summary": "Send an answer",
            "description": "One answer, with a token for sending. It is looked at as answers from the form are: one "
            "with a link waits for the owner.",
            "parameters": [],
            "requestBody": {"required": True, **_json("The answer.", _reference("sent"))},
            "responses": {
                "201": _json("It is kept.", _reference("kept")),
                **{status: _json(words, _reference("error")) for status, words in REFUSALS.items()},
            },
        }
    }


def _get(
    summary: str, description: str, schema: Node, errors: tuple[str, ...], parameters: list[Node] | None = None
) -> Node:
    bad = {status: _json(ERRORS[status], _reference("error")) for status in errors}
    return {
        "get": {
            "summary": summary,
            "description": description,
            "parameters": parameters or [],
            "responses": {"200": _json(description, schema), **bad},
        }
    }


def _paged(table: Table, counts: str, errors: tuple[str, ...]) -> Node:
    after = {"type": ["string", "null"], "description": "Send it as after to go on; null on the last page."}
    extra = {"next": after} | ({"result": SCHEMAS["text"]} if table is CLUSTERS else {})
    parameters = [
        {
            "name": "limit",
            "in": "query",
            "description": f"How much one page holds, {DEFAULT_LIMIT} unless you say, {MAX_LIMIT:,} at most: {counts}",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        },
        {
            "name": "after",
            "in": "query",
            "description": "Where the page before ended: its next.",
            "schema": {"type": "string"},
        },
    ]
    return _get(table.title, table.line, _listing(table, extra), errors, parameters)


def _listing(table: Table, extra: Node) -> Node:
    rows = {"type": "array", "items": _reference(table.name)}
    return {"type": "object", "properties": {table.name: rows, **extra}, "required": [table.name, *extra]}


def _reference(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}
