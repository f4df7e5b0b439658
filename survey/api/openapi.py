"""The API described: an OpenAPI 3.1 document made from the data dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey.answers.lifecycle import MAX_LENGTH
from survey.api.examples import add_examples
from survey.api.parameters import DEFAULT_LIMIT, MAX_LIMIT
from survey.search.find import MAX_MEANT, MAX_QUERY_CHARACTERS
from survey.tables.data_dictionary import ANSWERS, CHECKS, CLUSTERS, EDITS, READINGS, TABLES, THEMES, Column, Table

Node = dict[str, Any]

SCHEMAS: dict[str, Node] = {
    "text": {"type": ["string", "null"]},
    "whole number": {"type": ["integer", "null"]},
    "number": {"type": ["number", "null"]},
    "yes or no": {"type": ["boolean", "null"]},
    "moment": {"type": ["string", "null"], "format": "date-time"},
}
RESULT: Node = {**SCHEMAS["text"], "pattern": "^[0-9]{1,18}$"}
SURVEY = (
    Column("address", "text", "The last part of the survey’s address."),
    Column("question", "text", "What is asked."),
    Column("introduction", "text", "Why it is asked."),
    Column("asker", "text", "Who asks."),
    Column("language", "text", "The language it is asked in, such as en or pt-BR (BCP 47)."),
    Column("open", "yes or no", "Whether it takes answers now."),
    Column("published", "yes or no", "Whether everybody may read its theme page."),
    Column("created_at", "moment", "When the survey was made, in UTC."),
    Column("answers", "whole number", "How many answers there are, whatever their status."),
    Column("people", "whole number", "How many of them the result counts: without those that say nothing."),
    Column("people_placed", "whole number", "How many of these have an idea in a theme."),
    Column("result", "text", "Names the result that is shown now. It changes when a run has found themes anew."),
    Column("result_at", "moment", "When that run ended, in UTC."),
)
LIST: Node = {"type": "array", "items": {"type": "string"}}
LISTED: dict[str, dict[str, Node]] = {
    ANSWERS.name: {
        "themes": {
            **LIST,
            "description": "The names of the themes it is in, in the order of the text; none while it "
            "waits, or is not shown.",
        },
        "theme_ids": {**LIST, "description": "Their ids, in the same order."},
    },
    READINGS.name: {
        "themes": {**LIST, "description": "The names of the reader’s themes."},
        "theme_ids": {**LIST, "description": "Their ids, in the same order."},
        "machine_themes": {**LIST, "description": "The names of the machine’s themes when the answers were drawn."},
        "machine_theme_ids": {**LIST, "description": "Their ids, in the same order."},
    },
}
"""Fields that are lists here, and one text with semicolons in files"""
KIND: Node = {
    "type": "object",
    "properties": {
        "key": {"type": "string", "description": "What is sent as the kind of an answer."},
        "label": {"type": "string", "description": "What people read, in English where it is one of the site’s own."},
        "exported_as": {"type": "string", "description": "What stands as kind in answers that are read."},
        "asked": {"type": "boolean", "description": "Whether people are asked for it now."},
    },
    "required": ["key", "label", "exported_as", "asked"],
    "additionalProperties": False,
}
ERRORS = {
    "400": "A parameter is unknown or cannot be used; the message says which.",
    "401": "There is no token, or none that works.",
    "403": "The token is for something else: one reads, another sends.",
    "429": "That was a lot at once. Retry-After says in how many seconds to go on.",
    "503": "The site is busy. Ask again.",
}
CHANGED = {"409": "The result changed between two pages. Begin again without after."}
UNSEARCHED = {"503": "The site is busy, or search by meaning is just starting, or not running. Ask again, or by word."}
REFUSALS = {
    "400": "The body is not JSON that can be read, or a parameter is unknown.",
    "401": ERRORS["401"],
    "403": ERRORS["403"],
    "409": "The survey takes no answers now, or another answer came with this key. Nothing was kept or changed.",
    "413": "The body is far more than an answer.",
    "415": "The body is not application/json, or is compressed.",
    "422": "It is not an answer that can be kept; the message says why.",
    "429": ERRORS["429"],
    "503": "The site is busy, and nothing was kept. Send it again with the same key.",
}
HEADERS: dict[str, dict[str, Node]] = {
    "200": {"ETag": {"description": "Names what was read.", "schema": {"type": "string"}}},
    "401": {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}},
    "429": {"Retry-After": {"description": "Seconds until more may be asked.", "schema": {"type": "integer"}}},
}
VISIBLE = r"^[^\x00]*[^\s\x00][^\x00]*$"
SENT_TEXT: Node = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_LENGTH,
    "pattern": VISIBLE,
    "description": f"What somebody answered: 1 to {MAX_LENGTH:,} characters, of which one can be seen, kept as they "
    "are. Blanks around it are left out.",
}
SENT_KEY: Node = {
    "type": ["string", "null"],
    "pattern": "^[A-Za-z0-9_-]{22,64}$",
    "description": "22 to 64 letters, digits, - and _, another one for every answer: the same answer sent again with "
    "the same key and token is kept once, and another answer is refused.",
}
KEPT: Node = {
    "type": "object",
    "properties": {"id": {"type": "string", "description": "The answer’s id, as in everything that is read here."}},
    "required": ["id"],
    "additionalProperties": False,
}
SINCE: Node = {
    "name": "since",
    "in": "query",
    "description": "Only answers that came, were imported, changed, or were shown, held or hidden at this moment or "
    "after it. Send what stood as changed on the first page you read; some answers come again, with the same "
    "answer_id. What is deleted is not told, nor is a new theme of an old answer: that comes with a new result.",
    "schema": {"type": "string", "format": "date-time"},
}


def document(kinds: Sequence[str] | None = None) -> Node:
    """The whole description; `kinds` are the keys that an answer to one survey may have, where that is known."""
    described: Node = {
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
                "The survey", "What it asks, and how many people its result counts.", _reference("survey"), ERRORS
            ),
            "/themes": _get("Its themes", THEMES.line, _listing(THEMES, {"result": RESULT}), ERRORS),
            "/edits": _get("What was changed", EDITS.line, _listing(EDITS, {}), ERRORS),
            "/checks": _get("Its blind checks", CHECKS.line, _listing(CHECKS, {}), ERRORS),
            "/readings": _get("What was read in them", READINGS.line, _listing(READINGS, {}), ERRORS),
            "/answers": _answers() | _send(),
            "/clusters": _clusters(),
            "/search": _search(),
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "survey": _survey(),
                "kind": KIND,
                **{table.name: _schema(table) for table in TABLES.values()},
                "sent": _sent(kinds),
                "kept": KEPT,
                "error": {
                    "type": "object",
                    "properties": {"error": {"type": "string", "description": "What is wrong, in a sentence."}},
                    "required": ["error"],
                },
            },
        },
    }
    return add_examples(described)


def _survey() -> Node:
    kinds = {"type": "array", "items": _reference("kind"), "description": "The kinds that an answer may have."}
    own = _properties(SURVEY)
    return _object({**own, "result": {**own["result"], **RESULT}, "kinds": kinds})


def _schema(table: Table) -> Node:
    return _object({**_properties(table.columns), **LISTED.get(table.name, {})})


def _properties(columns: tuple[Column, ...]) -> dict[str, Node]:
    return {column.name: {**SCHEMAS[column.type], "description": column.meaning} for column in columns}


def _object(properties: dict[str, Node]) -> Node:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _sent(kinds: Sequence[str] | None) -> Node:
    kind: Node = {
        **SCHEMAS["text"],
        "description": "The key of one of the survey’s kinds, where it is known; none where the survey asks for none.",
    }
    if kinds is not None:
        kind["enum"] = [*kinds, None]
    return {
        "type": "object",
        "properties": {"text": SENT_TEXT, "kind": kind, "key": SENT_KEY},
        "required": ["text"],
        "additionalProperties": False,
        "example": {
            "text": "We laugh about the same things.",
            "kind": "friend" if kinds is None else next(iter(kinds), None),
            "key": "a-key-of-your-own-00000001",
        },
    }


def _json(description: str, schema: Node, headers: dict[str, Node] | None = None) -> Node:
    found = {"description": description, "content": {"application/json": {"schema": schema}}}
    return {**found, "headers": headers} if headers else found


def _send() -> Node:
    """How an answer is sent."""
    return {
        "post": {
            "operationId": "send",
            "summary": "Send an answer",
            "description": "One answer, with a token for sending. It is looked at as answers from the form are: one "
            "with a link waits for the owner.",
            "parameters": [],
            "requestBody": {"required": True, **_json("The answer.", _reference("sent"))},
            "responses": {"201": _json("It is kept.", _reference("kept")), **_errors(REFUSALS)},
        }
    }


def _get(
    summary: str,
    description: str,
    schema: Node,
    errors: dict[str, str],
    parameters: list[Node] | None = None,
) -> Node:
    unchanged = {"description": "It is what it was: your If-None-Match named it."}
    return {
        "get": {
            "summary": summary,
            "description": description,
            "parameters": parameters or [],
            "responses": {
                "200": _json(description, schema, HEADERS["200"]),
                "304": unchanged,
                **_errors(errors),
            },
        }
    }


def _errors(errors: dict[str, str]) -> Node:
    return {status: _json(words, _reference("error"), HEADERS.get(status)) for status, words in sorted(errors.items())}


def _answers() -> Node:
    changed = {**SCHEMAS["moment"], "description": "Send it as since the next time; null on all but the first page."}
    parameters = [*_paging("limit counts answers.", "^[0-9]{1,18}$"), SINCE]
    return _get(
        ANSWERS.title, ANSWERS.line, _listing(ANSWERS, {"next": _next(), "changed": changed}), ERRORS, parameters
    )


def _clusters() -> Node:
    extra = {"next": _next(), "result": RESULT}
    parameters = _paging("limit counts ideas; one that is in two themes has two lines.", "^[0-9]{1,18}-[0-9]{1,18}$")
    return _get(CLUSTERS.title, CLUSTERS.line, _listing(CLUSTERS, extra), ERRORS | CHANGED, parameters)


def _search() -> Node:
    """How answers are searched."""
    parameters: list[Node] = [
        {
            "name": "q",
            "in": "query",
            "required": True,
            "description": "What to look for, in any language.",
            "schema": {"type": "string", "minLength": 1, "maxLength": MAX_QUERY_CHARACTERS, "pattern": VISIBLE},
            "example": "being listened to",
        },
        {
            "name": "by",
            "in": "query",
            "description": "word: answers that have every word, with its accents or without, the newest first; where "
            "none has one, the nearest spelling of it is searched for. meaning: shown answers that say much the same, "
            f"in whatever words and language, the nearest first, {MAX_MEANT} at most.",
            "schema": {"type": "string", "enum": ["word", "meaning"], "default": "word"},
            "example": "meaning",
        },
        *_paging("limit counts answers.", "^[0-9]{1,18}$"),
    ]
    extra = {
        "query": {"type": "string", "description": "What was searched for: q, or the spelling that answers have."},
        "by": {"type": "string", "enum": ["word", "meaning"], "description": "word or meaning.", "example": "meaning"},
        "total": {"type": "integer", "description": "How many answers were found."},
        "next": _next(),
    }
    line = "The answers that were found, as under Answers."
    return _get("Search its answers", line, _listing(ANSWERS, extra), ERRORS | UNSEARCHED, parameters)


def _next() -> Node:
    return {"type": ["string", "null"], "description": "Send it as after to go on; null on the last page."}


def _paging(counts: str, pattern: str) -> list[Node]:
    return [
        {
            "name": "limit",
            "in": "query",
            "description": f"How much at most, {DEFAULT_LIMIT} unless said; {counts}",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        },
        {
            "name": "after",
            "in": "query",
            "description": "Where the page before ended: its next.",
            "schema": {"type": "string", "pattern": pattern},
        },
    ]


def _listing(table: Table, extra: Node) -> Node:
    return _object({table.name: {"type": "array", "items": _reference(table.name)}, **extra})


def _reference(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}
