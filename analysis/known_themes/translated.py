"""Names and descriptions of the packaged known themes in other languages than English: codebooks/NAME/LANGUAGE.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from analysis.known_themes.codebook import DEFAULT, FOLDER, Codebook

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """What a known theme is called, and its description."""

    name: str
    description: str


@cache
def languages(codebook: str = DEFAULT) -> tuple[str, ...]:
    """Return the languages that a packaged codebook has names in, English first."""
    return (ENGLISH, *sorted(file.stem for file in (FOLDER / codebook).glob("*.toml")))


@cache
def words_in(language: str, codebook: str = DEFAULT) -> Mapping[str, Words]:
    """Return the words of each theme of a packaged codebook by key, in English where it has none in a language."""
    file = _file(language, codebook)
    if file is None:
        return {theme.key: Words(theme.name, theme.description) for theme in Codebook.load(codebook).themes}
    themes = tomllib.loads(file.read_text(encoding="utf-8"))["themes"]
    return {key: Words(row["name"], row["description"]) for key, row in themes.items()}


def in_language(codebook: Codebook, language: str) -> Codebook:
    """Return a packaged codebook with the names and descriptions of a language; examples stay as they are."""
    file = _file(language, codebook.name)
    if file is None:
        return codebook
    words = words_in(language, codebook.name)
    themes = tuple(
        replace(theme, name=words[theme.key].name, description=words[theme.key].description)
        for theme in codebook.themes
    )
    return replace(codebook, themes=themes, title=tomllib.loads(file.read_text(encoding="utf-8"))["title"])


def translated(key: str, words: Words, language: str, codebook: str = DEFAULT) -> Words:
    """Return what a theme is called in a language, where its words are those of a packaged codebook in any language.

    Words that somebody else wrote stay as they are.
    """
    wanted = words_in(language, codebook).get(key)
    if wanted is None:
        return words
    known = [words_in(other, codebook)[key] for other in languages(codebook)]
    return Words(
        wanted.name if words.name in (one.name for one in known) else words.name,
        wanted.description if words.description in (one.description for one in known) else words.description,
    )


def _file(language: str, codebook: str) -> Path | None:
    base = language.split("-")[0]
    return FOLDER / codebook / f"{base}.toml" if base in languages(codebook)[1:] else None
