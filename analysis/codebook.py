"""Known themes: read from TOML, and the ideas that belong in them found by example phrases."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.text import fold, tidy

_FOLDER = Path(__file__).parent / "codebooks"
NONE = "none"
DEFAULT = "relationships"
_KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


class CodebookError(Exception):
    """A codebook cannot be used; the message names the file, the theme and what is wrong."""


@dataclass(frozen=True, slots=True)
class KnownTheme:
    """A theme somebody wrote down: its key (a-z, 0-9, _ and -), what people read, and phrases that say it."""

    key: str
    name: str
    description: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Codebook:
    """Known themes with different keys and different names."""

    name: str
    themes: tuple[KnownTheme, ...]

    @classmethod
    def empty(cls) -> "Codebook":
        """No known themes: everything is left to discovery."""
        return cls(NONE, ())

    @classmethod
    def load(cls, name_or_path: str | Path) -> "Codebook":
        """A codebook of this package by name ("relationships"), "none", or a TOML file.

        Raises CodebookError naming what is wrong.
        """
        wanted = str(name_or_path)
        if wanted == NONE:
            return cls.empty()
        path = Path(name_or_path)
        if path.suffix != ".toml" and not path.is_file():
            path = _FOLDER / f"{wanted}.toml"
            if not wanted.isidentifier() or not path.is_file():
                known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.toml")))
                raise CodebookError(f"There is no codebook {wanted!r}: use {known}, {NONE} or the path of a .toml file")
        return cls.parse(_read(path), source=path.name)

    @classmethod
    def parse(cls, table: Mapping[str, Any], *, source: str) -> "Codebook":
        """A codebook from a table as read from TOML; ``source`` is named in errors. Raises CodebookError."""
        for key in table.keys() - {"name", "title", "themes"}:
            raise CodebookError(f"{source}: unknown key {key!r}; a codebook has name, title and [[themes]]")
        name = _line(table, "name", source)
        rows = table.get("themes")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise CodebookError(f"{source}: it has no [[themes]]")
        themes = tuple(_theme(row, f"{source}: theme {number}") for number, row in enumerate(rows, 1))
        _refuse_twins([theme.key for theme in themes], f"{source}: two themes have the key")
        _refuse_twins([theme.name for theme in themes], f"{source}: two themes have the name")
        return cls(name, themes)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CodebookError(f"There is no codebook file {path}") from error
    except OSError as error:
        raise CodebookError(f"The codebook {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CodebookError(f"The codebook {path} is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise CodebookError(f"The codebook {path} is not TOML: {error}") from error


def _theme(row: Mapping[str, Any], where: str) -> KnownTheme:
    key = _line(row, "key", where)
    where = f"{where} ({key})"
    if not set(key) <= _KEY_CHARACTERS:
        raise CodebookError(f"{where}: a key has only a-z, 0-9, _ and -")
    for unknown in row.keys() - {"key", "name", "description", "examples"}:
        raise CodebookError(f"{where}: unknown key {unknown!r}; a theme has key, name, description and examples")
    examples = row.get("examples")
    if not isinstance(examples, list) or not examples:
        raise CodebookError(f"{where}: it has no examples")
    if not all(isinstance(example, str) and tidy(example) for example in examples):
        raise CodebookError(f"{where}: every example must be a text that is not blank")
    description = _line(row, "description", where) if "description" in row else ""
    return KnownTheme(key, _line(row, "name", where), description, tuple(tidy(example) for example in examples))


def _line(row: Mapping[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not tidy(value):
        raise CodebookError(f"{where}: {field} is missing or not a text")
    return tidy(value)


def _refuse_twins(values: list[str], message: str) -> None:
    seen: set[str] = set()
    for value in values:
        if fold(value) in seen:
            raise CodebookError(f"{message} {value!r}")
        seen.add(fold(value))
