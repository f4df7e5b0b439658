"""Codes as known themes of a codebook, and known themes as codes.

A code has no example phrases, so they stand in its description, one a line below "Examples:"; a description of another
program that has such lines is read alike. Without any, the name and the description are what is compared with answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.known_themes.codebook import Codebook, CodebookError, KnownTheme
from analysis.refi_qda.codebook_file import read_codebook
from analysis.refi_qda.model import Code, RefiQdaRefused, make_guid
from analysis.text.normalise import fold, has_words, tidy

EXAMPLES = "Examples:"
MAX_KEY = 60
PALETTE = (
    "#2b49ac", "#906712", "#b03f7d", "#0a4238", "#0475a3", "#74040c",
    "#557653", "#551769", "#844001", "#5f4d36", "#493f58", "#4c5859",
)  # fmt: skip
"""The colours of themes, by their number from 1"""
_HEADING = re.compile(r"(?:examples?|for example|e\.g\.)\s*:?\s*", re.I)
_ITEM = re.compile(r"\s*[-•*–]\s*(.+)")


def load_codebook(path: str | Path) -> Codebook:
    """Return the known themes of a .qdc file. Raises CodebookError."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            return from_codes(read_codebook(file), name=tidy(path.stem) or "codebook", source=path.name)
    except FileNotFoundError as error:
        raise CodebookError("There is no codebook file %(path)s", path=str(path)) from error
    except OSError as error:
        raise CodebookError(
            "The codebook %(path)s cannot be read: %(error)s", path=str(path), error=error.strerror or ""
        ) from error
    except RefiQdaRefused as refused:
        raise CodebookError("%(source)s: %(error)s", source=path.name, error=str(refused)) from refused


def from_codes(codes: Iterable[Code], *, name: str, source: str) -> Codebook:
    """Return the known themes of codes; `source` is named in errors.

    Codes that only hold others together are left out. Where two have one name, the code above is put before it.
    Raises CodebookError.
    """
    themes: list[KnownTheme] = []
    keys: set[str] = set()
    names: set[str] = set()
    for parents, code in _codable(codes, ()):
        own = tidy(code.name)
        if fold(own) in names:
            own = " / ".join([*parents[-1:], own])
        if not has_words(own) or fold(own) in names:
            continue
        description, examples = split_description(code.description)
        phrases = [text for text in (*examples, *(() if examples else (own, description))) if has_words(text)]
        names.add(fold(own))
        themes.append(KnownTheme(make_key(own, keys), own, description, tuple(dict.fromkeys(phrases))))
    if not themes:
        raise CodebookError("%(source)s: it has no codes that a theme could be made of", source=source)
    return Codebook(name, tuple(themes))


def to_codes(codebook: Codebook) -> list[Code]:
    """Return the known themes of a codebook as codes."""
    return [
        Code(
            make_guid("theme", codebook.name, theme.key),
            theme.name,
            join_description(theme.description, theme.examples),
            PALETTE[number % len(PALETTE)],
        )
        for number, theme in enumerate(codebook.themes)
    ]


def split_description(text: str) -> tuple[str, list[str]]:
    """Return a description without its lines of examples, on one line, and the examples."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        found = [item[1] for below in lines[place + 1 :] if (item := _ITEM.fullmatch(below))]
        if found and _HEADING.fullmatch(line.strip()):
            return tidy(" ".join(lines[:place])), [tidy(one) for one in found]
    return tidy(" ".join(lines)), []


def join_description(description: str, examples: Iterable[str]) -> str:
    """Return a description with lines of examples below it."""
    lines = [f"- {tidy(' '.join(one.split()))}" for one in examples]
    return "\n".join([*([description, ""] if description else []), EXAMPLES, *lines]) if lines else description


def make_key(name: str, taken: set[str]) -> str:
    """Return a key for a theme (a-z, 0-9, _ and -) that is not taken, and take it."""
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    base = "-".join(re.findall(r"[a-z0-9]+", letters))[:MAX_KEY].strip("-") or "code-" + make_guid("key", name)[:8]
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}-{number}"
    taken.add(key)
    return key


def _codable(codes: Iterable[Code], parents: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Code]]:
    for code in codes:
        if code.codable:
            yield parents, code
        yield from _codable(code.children, (*parents, tidy(code.name)))
