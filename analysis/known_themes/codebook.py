"""Codebooks: known themes with example phrases, read from TOML, extended and written as TOML."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from analysis.text.normalise import fold, has_words, tidy

FOLDER = Path(__file__).parents[1] / "codebooks"
NONE = "none"
DEFAULT = "relationships"
_KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


class CodebookError(Exception):
    """A codebook is invalid; the message names the file, the theme and the error."""


@dataclass(frozen=True, slots=True)
class KnownTheme:
    """A theme of a codebook: its key (a-z, 0-9, _ and -), its name, its description, and example phrases."""

    key: str
    name: str
    description: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Codebook:
    """Known themes with distinct keys and distinct names."""

    name: str
    themes: tuple[KnownTheme, ...]
    title: str = ""

    @classmethod
    def empty(cls) -> "Codebook":
        """Return a codebook without themes: all themes are then discovered."""
        return cls(NONE, ())

    @classmethod
    def load(cls, name_or_path: str | Path) -> "Codebook":
        """Return a codebook of this package by name ("relationships"), the empty one ("none"), or one from a TOML file.

        Raises CodebookError.
        """
        wanted = str(name_or_path)
        if wanted == NONE:
            return cls.empty()
        path = Path(name_or_path)
        if path.suffix != ".toml" and not path.is_file():
            path = FOLDER / f"{wanted}.toml"
            if not wanted.isidentifier() or not path.is_file():
                known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
                raise CodebookError(f"There is no codebook {wanted!r}: use {known}, {NONE} or the path of a .toml file")
        return cls.parse(_read(path), source=path.name)

    @classmethod
    def from_toml(cls, text: str, *, source: str) -> "Codebook":
        """Return the codebook in a TOML text; ``source`` is named in errors. Raises CodebookError."""
        try:
            table = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # not TOML; brackets a thousand deep
            raise CodebookError(f"{source} is not TOML: {error}") from error
        return cls.parse(table, source=source)

    @classmethod
    def parse(cls, table: Mapping[str, Any], *, source: str) -> "Codebook":
        """Return a codebook from a table as read from TOML; ``source`` is named in errors. Raises CodebookError."""
        for key in table.keys() - {"name", "title", "themes"}:
            raise CodebookError(f"{source}: unknown key {key!r}; a codebook has name, title and [[themes]]")
        name = _line(table, "name", source)
        title = _optional_line(table, "title", source)
        rows = table.get("themes")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise CodebookError(f"{source}: it has no [[themes]]")
        themes = tuple(_theme(row, f"{source}: theme {number}") for number, row in enumerate(rows, 1))
        _check_distinct(themes, source)
        return cls(name, themes, title)

    def to_toml(self) -> str:
        """Return TOML that ``load`` and ``parse`` read as an equal codebook. Raises CodebookError without themes."""
        if not self.themes:
            raise CodebookError(f"{self.name}: it has no themes to write")
        themes = [
            {"key": theme.key, "name": theme.name}
            | ({"description": theme.description} if theme.description else {})
            | {"examples": list(theme.examples)}
            for theme in self.themes
        ]
        head = {"name": self.name} | ({"title": self.title} if self.title else {})
        return tomli_w.dumps({**head, "themes": themes})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CodebookError(f"There is no codebook file {path}") from error
    except OSError as error:
        raise CodebookError(f"The codebook {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CodebookError(f"The codebook {path} is not UTF-8") from error
    except (ValueError, RecursionError) as error:  # a NUL byte in the path, invalid TOML, nesting too deep
        raise CodebookError(f"The codebook {path} is not TOML: {error}") from error


def _theme(row: Mapping[str, Any], where: str) -> KnownTheme:
    key = _line(row, "key", where)
    where = f"{where} ({key})"
    if not set(key) <= _KEY_CHARACTERS:
        raise CodebookError(f"{where}: a key has only a-z, 0-9, _ and -")
    for unknown in row.keys() - {"key", "name", "description", "examples"}:
        raise CodebookError(f"{where}: unknown key {unknown!r}; a theme has key, name, description and examples")
    description = _optional_line(row, "description", where)
    return KnownTheme(key, _line(row, "name", where), description, _examples(row.get("examples"), where))


def _examples(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise CodebookError(f"{where}: it has no examples")
    if not all(isinstance(example, str) and has_words(tidy(example)) for example in value):
        raise CodebookError(f"{where}: every example must be a text with words in it")
    return tuple(tidy(example) for example in value)


def _line(row: Mapping[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not tidy(value):
        raise CodebookError(f"{where}: {field} is missing or not a text")
    return tidy(value)


def _optional_line(row: Mapping[str, Any], field: str, where: str) -> str:
    return _line(row, field, where) if row.get(field, "") != "" else ""


def _check_distinct(themes: Iterable[KnownTheme], where: str) -> None:
    keys: set[str] = set()
    names: set[str] = set()
    for theme in themes:
        if theme.key in keys:
            raise CodebookError(f"{where}: two themes have the key {theme.key!r}")
        if fold(theme.name) in names:
            raise CodebookError(f"{where}: two themes have the name {theme.name!r}")
        keys.add(theme.key)
        names.add(fold(theme.name))
