"""The themes that were found, as lines for people to read."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

from analysis.certainty import Stability
from analysis.library.themes import FoundTheme, FoundThemes
from analysis.text.personal_data import masked

WIDTH = 96
MAX_QUOTE_CHARACTERS = 160


def listing(found: FoundThemes) -> str:
    """Return the counts, and each theme with its people and a quote; personal data in quotes and names is masked."""
    return "\n".join(_lines(found))


def _lines(found: FoundThemes) -> Iterator[str]:
    themes = len(found)
    yield (
        f"{themes or 'No'} theme{'' if themes == 1 else 's'} in {found.people} answers; {found.people_placed} of them "
        f"have one, {len(found.nonanswers)} more say nothing."
    )
    if not themes:
        return
    yield ""
    names = [_plain(theme.name) for theme in found]
    for number, (theme, name) in enumerate(zip(found, names, strict=True), start=1):
        unsure = f"  (not sure: {_why(theme)})"
        yield f"{number:>3}. {name}  {theme.people}, {theme.share:.0%}{unsure if theme.tentative else ''}"
        for quote in theme.quotes[:1]:
            shown = textwrap.shorten(_plain(quote.text), MAX_QUOTE_CHARACTERS, placeholder=" …")
            yield from textwrap.wrap(f"“{shown}”", WIDTH, initial_indent=" " * 5, subsequent_indent=" " * 6)


def _why(theme: FoundTheme) -> str:
    if Stability(theme.came_back, theme.re_runs).unsteady:
        return f"it came back in {theme.came_back} of {theme.re_runs} re-runs"
    return "some of its answers may not belong"


def _plain(text: str) -> str:
    """Return a text on one line, personal data replaced by what it is, without what would steer a terminal."""
    kept = (letter for letter in masked(text) if unicodedata.category(letter) != "Cf" or letter == "\u200d")
    return " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in kept).split())
