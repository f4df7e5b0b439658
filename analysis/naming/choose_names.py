"""Choice of names for discovered themes among the phrases of their answers."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz

from analysis.arrays import DoubleArray, FloatArray, centred, unit
from analysis.naming.clauses import Mention
from analysis.naming.name_language import languages_of
from analysis.naming.phrases import MAX_NAME_CHARACTERS, Phrase
from analysis.text.normalise import fold, has_words, tidy, words
from analysis.text.personal_data import has_personal_data, without_personal_data
from analysis.words.singulars import singulars
from analysis.words.stop_words import ENGLISH
from analysis.words.word_edges import WordEdges

MAX_CANDIDATES = 3  # names of a theme, the chosen one included
NEARNESS = 8.0  # the score grows by its exponential with the similarity
WIDELY_SAID, RARELY_SAID = 0.1, 0.3  # the share of people who should say a name, and what another is worth beside it
FEWEST_PEOPLE, MANY = 2, 5  # who say a further name, of a theme of MANY times as many
LEAST_NEAR = 0.5  # of the similarity of the name to its theme, for a further name
LEAST_WHOLE = 0.3  # of a further name
RARER, SEVERAL_WORDS = 0.5, 1.6  # how much less the share counts for further names; the factor for several words
LEAST_FORM = 0.35  # of the worth of a phrase, for another form of it to be its name
SHORT_WORD = 2  # letters
LEAST_COMMON = 4  # letters with which related stems begin
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
        for phrase in sorted(phrases[number], key=lambda phrase: (-_worth_as_name(phrase), phrase.name)):
            if not any(are_similar_names(phrase.name, name, phrase.language) for name in used):
                options.append(_as_most_say_it(phrase, phrases[number], themes[number], used))
                break
        if options:
            options += _further(phrases[number], options[0], sizes[number], used)
        chosen = [phrase.name for phrase in options[:MAX_CANDIDATES]] or [_distinct(_shortest(themes[number]), used)]
        names[number] = (*chosen, *_other_ideas(themes[number], chosen, MAX_CANDIDATES - len(chosen), used))
        used.append(chosen[0])
    return names


def set_similarities(
    phrases: Sequence[Sequence[Phrase]], vectors: Mapping[str, FloatArray], centres: FloatArray, shared: FloatArray
) -> None:
    """Set the ``similarity`` of each phrase to its theme, see ``nearness_to_theme``.

    ``vectors`` has the vector of each phrase's name, ``centres`` (k, d) the mean vectors of the k themes, ``shared``
    (d,) the mean of all ideas.
    """
    means = centres - shared
    for number, theme in enumerate(phrases):
        if not theme:
            continue
        points = np.stack([vectors[phrase.name] for phrase in theme])
        near = nearness_to_theme(points, shared, means[number], np.delete(means, number, axis=0))
        for phrase, similarity in zip(theme, near.tolist(), strict=True):
            phrase.similarity = similarity


def nearness_to_theme(points: FloatArray, shared: FloatArray, own: FloatArray, others: FloatArray) -> DoubleArray:
    """Return how near each of m points is to the middle of its theme and not of another, (m,), -1.5 to 1.

    It is the cosine of a point (m, d), from which ``shared`` (d,) is taken, and the mean of the theme ``own`` (d,),
    minus half of that to the most similar of the ``others`` (k, d).
    """
    directions = unit(np.vstack([own[None, :], others]))
    cosines = centred(points, shared) @ directions.T
    rival = np.maximum(cosines[:, 1:].max(axis=1), 0.0) if len(others) else 0.0
    return np.asarray(cosines[:, 0] - rival / 2, dtype=np.float64)


def _worth(phrase: Phrase) -> float:
    return float(phrase.score * math.exp(NEARNESS * phrase.similarity))


def _worth_as_name(phrase: Phrase) -> float:
    return _worth(phrase) * (1.0 if phrase.share >= WIDELY_SAID else RARELY_SAID)


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


def _as_most_say_it(phrase: Phrase, phrases: Sequence[Phrase], theme: Sequence[Mention], used: Sequence[str]) -> Phrase:
    """Return the form of a phrase whose very words most people write: "send a message", not "sending them one"."""
    worth = _worth(phrase)
    forms = [
        each
        for each in phrases
        if each.stems == phrase.stems
        and _worth(each) >= LEAST_FORM * worth
        and not any(are_similar_names(each.name, name, each.language) for name in used)
    ]
    if len(forms) < 2:
        return phrase
    said: dict[int, str] = {}
    for mention in theme:
        said[mention.answer] = f"{said.get(mention.answer, '')} {fold(mention.text)}"

    def people(form: Phrase) -> int:
        own = [word for word in words(form.name) if len(word) > SHORT_WORD]
        return sum(all(word in text for word in own) for text in said.values())

    return max(forms, key=lambda each: (people(each), _worth(each), -len(each.name), each.name))


def _other_ideas(theme: Sequence[Mention], chosen: Sequence[str], most: int, used: Sequence[str]) -> list[str]:
    """Return up to ``most`` short ideas of a theme that say more than the names chosen for it; the commonest first."""
    if most <= 0:
        return []
    counts = Counter(tidy(mention.text) for mention in theme)
    said = {word for name in chosen for word in words(name)}
    found: list[str] = []
    for text in sorted(counts, key=lambda text: (-counts[text], len(text), text)):
        if len(found) == most:
            break
        own = {*words(text)}
        if len(text) > MAX_NAME_CHARACTERS or 2 * len(own - said) < max(len(own), 1) or has_personal_data(text):
            continue
        if not any(are_similar_names(text, name) for name in (*chosen, *found, *used)):
            found.append(text)
            said |= own
    return found


def _further(phrases: Sequence[Phrase], first: Phrase, people: int, used: Sequence[str]) -> list[Phrase]:
    """Return up to two phrases that say more than the first, of a theme with so many people, the best first.

    Half of their words are neither in the name nor in one another. They may be rarer than a name, and are half as near
    to the theme or nearer.
    """
    chosen = [first]
    said = {*first.stems}
    least = FEWEST_PEOPLE if people >= MANY * FEWEST_PEOPLE else 0
    whole = [phrase for phrase in phrases if phrase.whole >= LEAST_WHOLE]
    for phrase in sorted(whole, key=lambda phrase: (-_worth_saying(phrase), phrase.name)):
        new = {stem for stem in phrase.stems if not any(are_related(stem, other) for other in said)}
        if phrase.similarity < LEAST_NEAR * first.similarity or phrase.share * people < least:
            continue
        if 2 * len(new) < max(len(phrase.stems), 1) or any(fold(phrase.name) in fold(each.name) for each in chosen):
            continue
        if not any(
            are_similar_names(phrase.name, name, phrase.language) for name in (*(each.name for each in chosen), *used)
        ):
            chosen.append(phrase)
            said |= phrase.stems
        if len(chosen) == MAX_CANDIDATES:
            break
    return chosen[1:]


def _worth_saying(phrase: Phrase) -> float:
    rarer = float(max(phrase.share, 0.01) ** RARER)
    return _worth(phrase) / rarer * (SEVERAL_WORDS if len(phrase.stems) > 1 else 1.0)


def are_related(a: str, b: str) -> bool:
    """Return whether two stems begin alike: "econom" and "economi"."""
    short, long = sorted((a, b), key=len)
    return short == long[: len(short)] if len(short) >= LEAST_COMMON else a == b


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
