"""Choice of names for discovered themes among the phrases of their answers."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz

from analysis.arrays import FloatArray, unit
from analysis.naming.clauses import Mention
from analysis.naming.name_language import languages_of
from analysis.naming.phrases import MAX_NAME_CHARACTERS, Key, Phrase
from analysis.text.normalise import has_words, tidy
from analysis.text.personal_data import has_personal_data, without_personal_data
from analysis.words.singulars import singulars
from analysis.words.stop_words import ENGLISH
from analysis.words.word_edges import WordEdges

MAX_CANDIDATES = 3  # names of a theme, the chosen one included
SIMILARITY_FLOOR, SIMILARITY_POWER = 0.01, 3  # of the factor that lowers the score of phrases with another meaning
MIN_TOKEN_RATIO = 85  # rapidfuzz token_sort_ratio of names that readers take for the same


def choose_names(
    themes: Sequence[Sequence[Mention]],
    phrases: Sequence[Sequence[Phrase]],
    taken: Sequence[str],
    people: Sequence[int] | None = None,
) -> list[tuple[str, ...]]:
    """Return up to three names for each of k themes, best first.

    First names differ from each other and from those ``taken``. ``phrases`` are the possible names of each theme: they
    are ranked by score and similarity, and a phrase within a better one or nearly equal to it is left out. Larger
    themes choose first: by ``people``, needed where ``themes`` are samples of their mentions.
    """
    sizes = people or [len({mention.answer for mention in theme}) for theme in themes]
    used = list(taken)
    names: list[tuple[str, ...]] = [()] * len(themes)
    texts = [sorted(mention.text for mention in theme) for theme in themes]
    largest_first = sorted(range(len(themes)), key=lambda number: (-sizes[number], texts[number]))
    for number in largest_first:
        options: list[Phrase] = []
        for phrase in sorted(phrases[number], key=lambda phrase: (-_worth(phrase), phrase.name)):
            repeats = any(
                _within(phrase.key, other.key) or are_similar_names(phrase.name, other.name, phrase.language)
                for other in options
            )
            if not repeats and not any(are_similar_names(phrase.name, name, phrase.language) for name in used):
                options.append(phrase)
        chosen = [phrase.name for phrase in options[:MAX_CANDIDATES]] or [_distinct(_shortest(themes[number]), used)]
        names[number] = tuple(chosen)
        used.append(chosen[0])
    return names


def set_similarities(
    phrases: Sequence[Sequence[Phrase]], vectors: Mapping[str, FloatArray], centres: FloatArray, shared: FloatArray
) -> None:
    """Set the ``similarity`` of each phrase to its theme, 0-1.

    It is the cosine of phrase and theme minus half the cosine of the phrase and the most similar other theme.
    ``vectors`` has the vector of each phrase's name, ``centres`` (k, d) the mean vectors of the k themes, ``shared``
    (d,) the mean of all ideas.
    """
    directions = unit(centres - shared)
    for number, theme in enumerate(phrases):
        for phrase in theme:
            cosines = directions @ unit((vectors[phrase.name] - shared)[None, :])[0]
            others = np.delete(cosines, number)
            rival = max(0.0, float(others.max())) if len(others) else 0.0
            phrase.similarity = max(0.0, float(cosines[number]) - rival / 2)


def _worth(phrase: Phrase) -> float:
    return phrase.score * (SIMILARITY_FLOOR + max(0.0, phrase.similarity)) ** SIMILARITY_POWER


def are_similar_names(a: str, b: str, language: str = ENGLISH) -> bool:
    """Return whether readers of a language take two names for the same: the same words in another form or order."""
    first, second = _words(a, language), _words(b, language)
    lemmas = singulars({*first, *second}, language)
    one, other = (" ".join(map(lemmas.__getitem__, own)) for own in (first, second))
    return one == other or fuzz.token_sort_ratio(one, other) >= MIN_TOKEN_RATIO


@lru_cache(maxsize=4096)
def _words(name: str, language: str) -> tuple[str, ...]:
    edges = WordEdges(language, (name,))
    return tuple(map(edges.fold, edges.cut(name)))


def _within(a: Key, b: Key) -> bool:
    """Return whether one phrase contains the other."""
    short, long = sorted((a, b), key=len)
    return any(long[start : start + len(short)] == short for start in range(len(long) - len(short) + 1))


def _shortest(theme: Sequence[Mention]) -> str:
    """Return the shortest idea of a theme without personal data: its name if there is no phrase.

    Where all have some, it is the shortest of what they say besides.
    """
    clean = [mention.text for mention in theme if not has_personal_data(mention.text)]
    rest = clean or [without_personal_data(mention.text).strip("; ") for mention in theme]
    texts = sorted((tidy(text) for text in rest if has_words(text)), key=lambda text: (len(text), text))
    text = texts[0] if texts else "Other"
    return text if len(text) <= MAX_NAME_CHARACTERS else _shortened(text)


def _shortened(text: str) -> str:
    """Return the beginning of a text up to the end of a word, with an ellipsis."""
    ((language,),) = languages_of([[Mention(0, text)]])
    return text[: WordEdges(language, ()).last_edge(text, MAX_NAME_CHARACTERS - 1)].rstrip() + "\u2026"


def _distinct(name: str, used: Sequence[str]) -> str:
    """Return the name, with a number if it is taken."""
    number, numbered = 2, name
    while any(tidy(numbered).casefold() == tidy(other).casefold() for other in used):
        numbered, number = f"{name} ({number})", number + 1
    return numbered
