"""Codebooks: known themes with example phrases, read from TOML, extended and written as TOML."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import tomli_w

from analysis.messages import Message
from analysis.text.normalise import fold, has_words, tidy

FOLDER = Path(__file__).parents[1] / "codebooks"
NONE = "none"
DEFAULT = "relationships"
_KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def packaged() -> tuple[str, ...]:
    """Return the names of the packaged codebooks, in the order of the alphabet."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


class CodebookError(Exception):
    """A codebook is invalid; `message` names the file, the theme and the error."""

    def __init__(self, text: str, **values: str | int) -> None:
        self.message = Message(text, **values)
        super().__init__(self.message)


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
                known = ", ".join(packaged())
                raise CodebookError(
                    "There is no codebook %(name)s: use %(known)s, %(none)s or the path of a .toml file",
                    name=repr(wanted),
                    known=known,
                    none=NONE,
                )
        return _packaged(path) if path.parent == FOLDER else cls.parse(_read(path), source=path.name)

    @classmethod
    def from_toml(cls, text: str, *, source: str) -> "Codebook":
        """Return the codebook in a TOML text; ``source`` is named in errors. Raises CodebookError."""
        try:
            table = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # not TOML; brackets a thousand deep
            raise CodebookError("%(source)s is not TOML: %(error)s", source=source, error=str(error)) from error
        return cls.parse(table, source=source)

    @classmethod
    def parse(cls, table: Mapping[str, Any], *, source: str) -> "Codebook":
        """Return a codebook from a table as read from TOML; ``source`` is named in errors. Raises CodebookError."""
        for key in table.keys() - {"name", "title", "themes"}:
            raise CodebookError(
                "%(source)s: unknown key %(key)s; a codebook has name, title and [[themes]]",
                source=source,
                key=repr(key),
            )
        name = _line(table, "name", source)
        title = _optional_line(table, "title", source)
        rows = table.get("themes")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise CodebookError("%(source)s: it has no [[themes]]", source=source)
        themes = tuple(
            _theme(row, Message("%(source)s: theme %(number)s", source=source, number=number))
            for number, row in enumerate(rows, 1)
        )
        _check_distinct(themes, source)
        return cls(name, themes, title)

    def to_toml(self) -> str:
        """Return TOML that ``load`` and ``parse`` read as an equal codebook. Raises CodebookError without themes."""
        if not self.themes:
            raise CodebookError("%(source)s: it has no themes to write", source=self.name)
        themes = [
            {"key": theme.key, "name": theme.name}
            | ({"description": theme.description} if theme.description else {})
            | {"examples": list(theme.examples)}
            for theme in self.themes
        ]
        head = {"name": self.name} | ({"title": self.title} if self.title else {})
        return tomli_w.dumps({**head, "themes": themes})


@cache
def _packaged(path: Path) -> Codebook:
    """Return a packaged codebook with what its descriptions say, phrase by phrase, as examples.

    Its names and descriptions in other languages are examples as they are, beside the examples in these: answers in
    those languages are placed more often where they belong (docs/decisions.md). Kept, because reading it takes each
    page of settings 20 ms.
    """
    codebook = Codebook.parse(_read(path), source=path.name)
    translations = sorted(path.with_suffix("").glob("*.toml"))
    files = [tomllib.loads(file.read_text(encoding="utf-8"))["themes"] for file in translations]
    seen = {fold(example) for theme in codebook.themes for example in theme.examples}
    themes = []
    for theme in codebook.themes:
        phrases = filter(has_words, theme.description.replace(" and ", ", ").split(", "))
        rows = [file[theme.key] for file in files]
        words = (text for row in rows for text in (row["name"], row["description"], *row.get("examples", ())))
        said = map(tidy, (*phrases, *words))
        new = {fold(text): text for text in said if fold(text) not in seen}  # "Amor" is Spanish and Portuguese
        seen |= new.keys()
        themes.append(replace(theme, examples=(*theme.examples, *new.values())))
    return replace(codebook, themes=tuple(themes))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CodebookError("There is no codebook file %(path)s", path=str(path)) from error
    except OSError as error:
        raise CodebookError(
            "The codebook %(path)s cannot be read: %(error)s", path=str(path), error=error.strerror or ""
        ) from error
    except UnicodeDecodeError as error:
        raise CodebookError("The codebook %(path)s is not UTF-8", path=str(path)) from error
    except (ValueError, RecursionError) as error:  # a NUL byte in the path, invalid TOML, nesting too deep
        raise CodebookError(
            "%(source)s is not TOML: %(error)s", source=f"The codebook {path}", error=str(error)
        ) from error


def _theme(row: Mapping[str, Any], where: str) -> KnownTheme:
    key = _line(row, "key", where)
    where = Message("%(where)s (%(key)s)", where=where, key=key)
    if not set(key) <= _KEY_CHARACTERS:
        raise CodebookError("%(where)s: a key has only a-z, 0-9, _ and -", where=where)
    for unknown in row.keys() - {"key", "name", "description", "examples"}:
        raise CodebookError(
            "%(where)s: unknown key %(key)s; a theme has key, name, description and examples",
            where=where,
            key=repr(unknown),
        )
    description = _optional_line(row, "description", where)
    return KnownTheme(key, _line(row, "name", where), description, _examples(row.get("examples"), where))


def _examples(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise CodebookError("%(where)s: it has no examples", where=where)
    if not all(isinstance(example, str) and has_words(tidy(example)) for example in value):
        raise CodebookError("%(where)s: every example must be a text with words in it", where=where)
    return tuple(tidy(example) for example in value)


def _line(row: Mapping[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not tidy(value):
        raise CodebookError("%(where)s: %(field)s is missing or not a text", where=where, field=field)
    return tidy(value)


def _optional_line(row: Mapping[str, Any], field: str, where: str) -> str:
    return _line(row, field, where) if row.get(field, "") != "" else ""


def _check_distinct(themes: Iterable[KnownTheme], where: str) -> None:
    keys: set[str] = set()
    names: set[str] = set()
    for theme in themes:
        if theme.key in keys:
            raise CodebookError("%(source)s: two themes have the key %(key)s", source=where, key=repr(theme.key))
        if fold(theme.name) in names:
            raise CodebookError("%(source)s: two themes have the name %(name)s", source=where, name=repr(theme.name))
        keys.add(theme.key)
        names.add(fold(theme.name))
