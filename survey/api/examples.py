"""Examples of what the API answers, made from its schemas: they change as these do."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]

MOMENT = "2026-03-19T07:40:00Z"
WORDS: dict[str, Any] = {
    "address": "lasting",
    "question": "What keeps friends close for years?",
    "introduction": "We collect what people say, and show what they share.",
    "asker": "Ruth and Jo",
    "language": "en",
    "answers": 124,
    "people": 118,
    "people_placed": 109,
    "result": "17",
    "query": "being listened to",
    "text": "We laugh about the same things.",
    "answer": "We laugh about the same things.",
    "idea": "laugh about the same things",
    "kind": "friend",
    "key": "friend",
    "label": "A friend",
    "exported_as": "friend",
    "source": "email",
    "status": "shown",
    "theme": "Laughing together",
    "name": "Laughing together",
    "description": "Humour, and seeing the funny side.",
    "themes": ["Laughing together"],
    "theme_ids": ["5f0c2b7a9d3e4f61"],
    "machine_themes": ["Laughing together"],
    "machine_theme_ids": ["5f0c2b7a9d3e4f61"],
    "theme_id": "5f0c2b7a9d3e4f61",
    "answer_id": "0b9e7c5d3a1f2e48",
    "response_id": "R_1k2m3n",
    "id": "0b9e7c5d3a1f2e48",
    "start": 3,
    "end": 30,
    "origin": "codebook",
    "strength": 0.83,
    "changed": MOMENT,
    "next": None,
    "error": "There is no token, or none that works.",
}
"""Values by the name of a field; of the others by their type"""


def example(schema: Node, schemas: Node, name: str = "") -> Any:
    """Return a value that fits a schema; `schemas` are those that it may refer to, `name` that of its field."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if schema.get("format") == "date-time":
        return MOMENT
    is_of_rows = "$ref" in schema.get("items", {})
    if name in WORDS and not is_of_rows and _fits(WORDS[name], kinds):
        return WORDS[name]
    match kinds[0]:
        case "object":
            return {field: example(of, schemas, field) for field, of in schema.get("properties", {}).items()}
        case "array":
            return [example(schema["items"], schemas, name.removesuffix("s"))]
        case "boolean":
            return True
        case "integer":
            return 12
        case "number":
            return 0.83
    return None if "null" in kinds else "text"


def _fits(value: Any, kinds: list[str]) -> bool:
    types: dict[str, tuple[type, ...]] = {
        "string": (str,), "integer": (int,), "number": (int, float), "array": (list,), "null": (type(None),),
    }  # fmt: skip
    return any(isinstance(value, types.get(kind, ())) for kind in kinds)


def add_examples(document: Node) -> Node:
    """Put an example beside the schema of every body that a description of an API names."""
    schemas = document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
            for body in bodies:
                for content in body.get("content", {}).values():
                    content["example"] = example(content["schema"], schemas)
    return document
