"""Known themes and the phrases that say them: read from TOML, extended by what owners add, written as TOML."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from analysis.text.normalise import fold, has_words, tidy

_FOLDER = Path(__file__).parents[1] / "codebooks"
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
    """Known themes with different keys and different names. Nothing changes one: the ``with_`` methods make others."""

    name: str
    themes: tuple[KnownTheme, ...]
    title: str = ""

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
    def from_toml(cls, text: str, *, source: str) -> "Codebook":
        """Return the codebook in a TOML text; ``source`` is named in errors. Raises CodebookError."""
        try:
            table = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # not TOML; brackets a thousand deep
            raise CodebookError(f"{source} is not TOML: {error}") from error
        return cls.parse(table, source=source)

    @classmethod
    def parse(cls, table: Mapping[str, Any], *, source: str) -> "Codebook":
        """A codebook from a table as read from TOML; ``source`` is named in errors. Raises CodebookError."""
        for key in table.keys() - {"name", "title", "themes"}:
            raise CodebookError(f"{source}: unknown key {key!r}; a codebook has name, title and [[themes]]")
        name = _line(table, "name", source)
        title = _line_or_none(table, "title", source)
        rows = table.get("themes")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise CodebookError(f"{source}: it has no [[themes]]")
        themes = tuple(_theme(row, f"{source}: theme {number}") for number, row in enumerate(rows, 1))
        _refuse_twins(themes, source)
        return cls(name, themes, title)

    def with_examples(self, added: Mapping[str, Iterable[str]]) -> "Codebook":
        """This codebook with more examples, by theme key; a wording the theme has already is not added again.

        An idea moved to a theme by hand becomes one, and brings those that resemble it. Raises CodebookError.
        """
        for key in added:
            self._refuse_unknown(key)
        themes = []
        for theme in self.themes:
            fresh = {fold(example): example for example in theme.examples}
            if theme.key in added:
                for example in _examples(list(added[theme.key]), f"{self.name}: theme {theme.key}"):
                    fresh.setdefault(fold(example), example)
            themes.append(replace(theme, examples=tuple(fresh.values())) if theme.key in added else theme)
        return replace(self, themes=tuple(themes))

    def with_theme(self, theme: KnownTheme) -> "Codebook":
        """This codebook with one more theme, last: one that was discovered, with its best quotes as examples.

        Raises CodebookError when it is incomplete, or its key or name is taken.
        """
        table = {**asdict(theme), "examples": list(theme.examples)}
        themes = (*self.themes, _theme(table, f"{self.name}: theme {len(self.themes) + 1}"))
        _refuse_twins(themes, self.name)
        return replace(self, themes=themes)

    def without(self, key: str) -> "Codebook":
        """This codebook without one of its themes. Raises CodebookError when it has no such theme."""
        self._refuse_unknown(key)
        return replace(self, themes=tuple(theme for theme in self.themes if theme.key != key))

    def to_toml(self) -> str:
        """The codebook as TOML that ``load`` and ``parse`` read back as an equal one. Raises CodebookError if empty."""
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

    def _refuse_unknown(self, key: str) -> None:
        known = [theme.key for theme in self.themes]
        if key not in known:
            raise CodebookError(f"{self.name}: there is no theme {key!r}; its themes are: {', '.join(known) or 'none'}")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CodebookError(f"There is no codebook file {path}") from error
    except OSError as error:
        raise CodebookError(f"The codebook {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CodebookError(f"The codebook {path} is not UTF-8") from error
    except (ValueError, RecursionError) as error:  # a path or a file that is none; brackets a thousand deep
        raise CodebookError(f"The codebook {path} is not TOML: {error}") from error


def _theme(row: Mapping[str, Any], where: str) -> KnownTheme:
    key = _line(row, "key", where)
    where = f"{where} ({key})"
    if not set(key) <= _KEY_CHARACTERS:
        raise CodebookError(f"{where}: a key has only a-z, 0-9, _ and -")
    for unknown in row.keys() - {"key", "name", "description", "examples"}:
        raise CodebookError(f"{where}: unknown key {unknown!r}; a theme has key, name, description and examples")
    description = _line_or_none(row, "description", where)
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


def _line_or_none(row: Mapping[str, Any], field: str, where: str) -> str:
    return _line(row, field, where) if row.get(field, "") != "" else ""


def _refuse_twins(themes: Iterable[KnownTheme], where: str) -> None:
    keys: set[str] = set()
    names: set[str] = set()
    for theme in themes:
        if theme.key in keys:
            raise CodebookError(f"{where}: two themes have the key {theme.key!r}")
        if fold(theme.name) in names:
            raise CodebookError(f"{where}: two themes have the name {theme.name!r}")
        keys.add(theme.key)
        names.add(fold(theme.name))
