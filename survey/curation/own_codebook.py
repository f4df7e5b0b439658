"""A codebook that an owner brings: is this text one? Judged without the analysis, which no web process loads.

The messages are those of analysis.known_themes.codebook; a test holds the two together.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from typing import Any

from survey.answers.lifecycle import is_visible

CHARACTERS_MOST = 400_000
KEY_MOST, NAME_MOST = 80, 120
"""What the tables hold"""
_KEY = re.compile(r"[a-z0-9_-]+")
_APOSTROPHES = re.compile("[‘’‛ʼ`´＇]")
_LOOSE_MARKS = re.compile(r"(?<!\w)['/%@&+-]+|['/@&+-]+(?!\w)")


class BadCodebook(Exception):
    """A text that is no codebook; the message names the theme and what is wrong."""


def check(text: str, source: str) -> str:
    """The text of a codebook as it is kept; `source` is named in errors. Raises BadCodebook."""
    if len(text) > CHARACTERS_MOST:
        raise BadCodebook(f"{source}: it is {len(text):,} characters long, and {CHARACTERS_MOST:,} fit")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCodebook(f"{source} is not TOML: {error}") from None
    for key in table.keys() - {"name", "title", "themes"}:
        raise BadCodebook(f"{source}: unknown key {key!r}; a codebook has name, title and [[themes]]")
    _line(table, "name", source)
    _line_or_none(table, "title", source)
    rows = table.get("themes")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BadCodebook(f"{source}: it has no [[themes]]")
    keys: set[str] = set()
    names: set[str] = set()
    for number, row in enumerate(rows, 1):
        _check_theme(row, f"{source}: theme {number}")
    for row in rows:
        if row["key"] in keys:
            raise BadCodebook(f"{source}: two themes have the key {row['key']!r}")
        if _folded(row["name"]) in names:
            raise BadCodebook(f"{source}: two themes have the name {row['name'].strip()!r}")
        keys.add(row["key"])
        names.add(_folded(row["name"]))
    return text


def _check_theme(row: Mapping[str, Any], where: str) -> None:
    key = _line(row, "key", where)
    where = f"{where} ({key[:KEY_MOST]})"
    if not _KEY.fullmatch(row["key"]):
        raise BadCodebook(f"{where}: a key has only a-z, 0-9, _ and -")
    for unknown in row.keys() - {"key", "name", "description", "examples"}:
        raise BadCodebook(f"{where}: unknown key {unknown!r}; a theme has key, name, description and examples")
    _line_or_none(row, "description", where)
    if len(key) > KEY_MOST or len(_line(row, "name", where)) > NAME_MOST:
        raise BadCodebook(f"{where}: a key has up to {KEY_MOST} characters, a name up to {NAME_MOST}")
    examples = row.get("examples")
    if not isinstance(examples, list) or not examples:
        raise BadCodebook(f"{where}: it has no examples")
    if not all(isinstance(example, str) and any(map(str.isalnum, example)) for example in examples):
        raise BadCodebook(f"{where}: every example must be a text with words in it")


def _line(row: Mapping[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not is_visible(value):
        raise BadCodebook(f"{where}: {field} is missing or not a text")
    return value.strip()


def _line_or_none(row: Mapping[str, Any], field: str, where: str) -> None:
    if row.get(field, "") != "":
        _line(row, field, where)


def _folded(name: str) -> str:
    """What two names share that are one to the analysis: case, width and punctuation are taken off."""
    plain = _APOSTROPHES.sub("'", unicodedata.normalize("NFKC", name)).casefold()
    kept = "".join(c if c in "'/%@&+-" or unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    return " ".join(_LOOSE_MARKS.sub(" ", kept).split()) or plain.strip()
