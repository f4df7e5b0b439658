"""The main finding of a result as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Protocol

from survey.core.i18n import gettext, ngettext
from survey.results.quotes import Quote
from survey.web.formatting import as_name, before_last, between_sentences, comma, number, within_sentence

KEEP_CAPITALS = frozenset({"az", "de", "lb", "tr"})
"""Languages whose names are not written small in a sentence: nouns are not, or "I" is the capital of another letter"""
MAX_NAMED = 3  # themes in the sentence
NAMES_PLACEHOLDER = "\0"
"""Placeholder for the theme names in a translated message"""


class NamedTheme(Protocol):
    """The attributes of a theme that the sentence needs."""

    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def colour(self) -> int: ...
    @property
    def people(self) -> int: ...
    @property
    def against(self) -> int: ...
    @property
    def quotes(self) -> Sequence[Quote]: ...


def headline(themes: Sequence[NamedTheme], language: str) -> list[tuple[str, NamedTheme | None]]:
    """Return the finding as a sentence: parts of (text, theme), where a part with a theme is its name.

    What counts is how many say a theme: its people without those who say the opposite. ``language`` is that of the
    survey. Themes that are level with the first are named together, or said to be many; those that follow only where
    what comes after them has clearly fewer supporters.
    """
    themes = sorted(themes, key=_supporters, reverse=True)
    if not themes:
        return []
    leading = level_with_first(themes)
    if len(leading) > MAX_NAMED:
        values = {"names": NAMES_PLACEHOLDER, "n": number(len(leading) - 2)}
        if 2 * len(leading) > len(themes):
            message = gettext("No theme stands out: %(names)s and %(n)s more are named about equally often.", **values)
        else:
            message = gettext("%(names)s and %(n)s more come first, about level with each other.", **values)
        return _insert_names(message, leading[:2], language, comma())
    if len(leading) > 1:
        message = gettext("%(names)s come first, about level with each other.", names=NAMES_PLACEHOLDER)
    else:
        message = gettext("%(names)s comes first.", names=NAMES_PLACEHOLDER)
    first = _insert_names(message, leading, language)
    following = level_with_first(themes[len(leading) :])
    if not following or len(leading) + len(following) > MAX_NAMED:
        return first
    then = ngettext("%(names)s follows.", "%(names)s follow.", len(following), names=NAMES_PLACEHOLDER)
    return [*first, (between_sentences(), None), *_insert_names(then, following, language)]


def in_words(parts: Sequence[tuple[str, NamedTheme | None]]) -> str:
    """Return the sentence as plain text."""
    return "".join(as_name(text) if theme else text for text, theme in parts)


def level_with_first(themes: Sequence[NamedTheme]) -> Sequence[NamedTheme]:
    """Return the themes, sorted by supporters, from the first to the last that does not clearly have fewer than it.

    Clearly is more than one standard error of the difference of two counts, the square root of their sum: another
    hundred people, or another reader of the same answers, could turn a smaller difference round.
    """
    most = _supporters(themes[0]) if themes else 0
    return [each for each in themes if most - _supporters(each) <= sqrt(most + _supporters(each))]


def _supporters(theme: NamedTheme) -> int:
    return theme.people - theme.against


def _insert_names(
    message: str, themes: Sequence[NamedTheme], language: str, last: str | None = None
) -> list[tuple[str, NamedTheme | None]]:
    """Insert theme names into a message: "A comes first.", "a, b and c follow." Return its parts.

    `last` is the text before the last name, " and " by default.
    """
    before, _, after = message.partition(NAMES_PLACEHOLDER)
    parts: list[tuple[str, NamedTheme | None]] = [(before, None)] if before else []
    for index, theme in enumerate(themes):
        name = _name_within(theme, language) if parts else theme.name
        if index:
            parts.append((comma() if index < len(themes) - 1 else last or before_last(name), None))
        parts.append((name, theme))
    return [*parts, (after, None)] if after else parts


def _name_within(theme: NamedTheme, language: str) -> str:
    """Return a name for use inside a sentence, small unless the theme's people write it so: "London bus"."""
    if language.partition("-")[0] in KEEP_CAPITALS:
        return theme.name
    word = theme.name.partition(" ")[0]
    if any(_is_inside(word, f"{quote.before}{quote.idea}{quote.after}") for quote in theme.quotes):
        return theme.name
    return within_sentence(theme.name)


def _is_inside(word: str, text: str) -> bool:
    """Return whether a text has the word after another one of the same sentence."""
    return any(
        after.rstrip(",.;:!?…") == word and before[-1] not in ".:!?…" for before, after in pairwise(text.split())
    )
