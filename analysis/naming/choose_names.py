"""Names for discovered themes, out of respondents' own words."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz

from analysis.arrays import FloatArray, unit
from analysis.naming.phrases import MAX_NAME_CHARACTERS, Key, Mention, Phrase, singular
from analysis.text.normalise import tidy, words
from analysis.text.personal_data import has_personal_data

CANDIDATES = 3
NEARNESS_FLOOR, NEARNESS_POWER = 0.01, 3  # a phrase that means something else keeps little of its score
ALIKE = 85  # rapidfuzz token_sort_ratio from which two names are the same to a reader


def choose_names(
    themes: Sequence[Sequence[Mention]],
    phrases: Sequence[Sequence[Phrase]],
    taken: Sequence[str],
    people: Sequence[int] | None = None,
) -> list[tuple[str, ...]]:
    """Up to three names for each theme, the best first; first names differ from each other and from those ``taken``.

    Phrases count by score and nearness; part of a better one or nearly the same, they are passed over. Themes choose
    from the largest down, so the largest gets its first choice: by ``people``, where only a part of each is given.
    """
    sizes = people or [len({said.answer for said in theme}) for theme in themes]
    used = list(taken)
    names: list[tuple[str, ...]] = [()] * len(themes)
    for number in sorted(range(len(themes)), key=lambda at: (-sizes[at], sorted(said.text for said in themes[at]))):
        options: list[Phrase] = []
        for phrase in sorted(phrases[number], key=lambda phrase: (-_worth(phrase), phrase.name)):
            repeats = any(
                _within(phrase.key, other.key) or are_similar_names(phrase.name, other.name) for other in options
            )
            if not repeats and not any(are_similar_names(phrase.name, name) for name in used):
                options.append(phrase)
        chosen = [phrase.name for phrase in options[:CANDIDATES]] or [_unlike(_shortest(themes[number]), used)]
        names[number] = tuple(chosen)
        used.append(chosen[0])
    return names


def set_similarities(
    phrases: Sequence[Sequence[Phrase]], vectors: Mapping[str, FloatArray], centres: FloatArray, shared: FloatArray
) -> None:
    """Set how near each phrase is to its theme's meaning, and less so the nearer it is to another theme's.

    ``vectors`` has the vector of each phrase's name, ``centres`` (k, dimensions) the mean vector of each of the k
    themes, ``shared`` (dimensions,) what all ideas have in common. The nearness is the cosine to the own centre less
    half of what the nearest other theme has of it, 0-1.
    """
    own = unit(centres - shared)
    for number, theme in enumerate(phrases):
        for phrase in theme:
            cosines = own @ unit((vectors[phrase.name] - shared)[None, :])[0]
            others = np.delete(cosines, number)
            rival = max(0.0, float(others.max())) if len(others) else 0.0
            phrase.similarity = max(0.0, float(cosines[number]) - rival / 2)


def _worth(phrase: Phrase) -> float:
    return phrase.score * (NEARNESS_FLOOR + max(0.0, phrase.similarity)) ** NEARNESS_POWER


def are_similar_names(a: str, b: str) -> bool:
    """Whether a reader would take two names for one: the same words in another form or order."""
    first, second = _plain(a), _plain(b)
    return first == second or fuzz.token_sort_ratio(first, second) >= ALIKE


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return " ".join(map(singular, words(name)))


def _within(a: Key, b: Key) -> bool:
    """Whether one phrase is a stretch of the other."""
    short, long = sorted((a, b), key=len)
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def _shortest(theme: Sequence[Mention]) -> str:
    """The shortest thing said in a theme: its name when no phrase will do."""
    texts = sorted(
        (tidy(said.text) for said in theme if not has_personal_data(said.text)), key=lambda text: (len(text), text)
    )
    text = texts[0] if texts else "Other"
    return text if len(text) <= MAX_NAME_CHARACTERS else text[: MAX_NAME_CHARACTERS - 1].rstrip() + "\u2026"


def _unlike(name: str, used: Sequence[str]) -> str:
    """The name, numbered when one like it is taken."""
    number, numbered = 2, name
    while any(tidy(numbered).casefold() == tidy(other).casefold() for other in used):
        numbered, number = f"{name} ({number})", number + 1
    return numbered
