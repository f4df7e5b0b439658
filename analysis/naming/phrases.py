"""The phrases of each theme's ideas, ranked by how well they say what its people say: possible names.

All phrases are ranked by counts; the first of them are then read word by word and ranked again.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import heappush, heappushpop
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from analysis.arrays import DoubleArray, IntArray
from analysis.naming.capitals import as_written, written_forms
from analysis.naming.clauses import Clauses, Mention, clauses_of, describe_words, integers, texts_of
from analysis.naming.name_language import languages_of, name_languages
from analysis.naming.occurrences import MAX_CLAUSE_WORDS, Uses, find_uses
from analysis.naming.read_phrases import ReadPhrases
from analysis.words.stop_words import ENGLISH
from analysis.words.word_classes import has_classes
from analysis.words.word_edges import WordEdges

MAX_PHRASES = 60  # per theme
COUNT_FACTOR, READ_FACTOR = 3, 1.5  # how many times as many phrases are scored, and read, as are returned
WORD_BONUS = 0.7  # added to the factor of the score for each word after the first
SHARE_POWER = 0.75  # how much the share of a theme's answers counts among all phrases, against the ratio to others
ONE_ANSWER_FACTOR = 0.4  # for phrases of one answer only
MAX_NAME_CHARACTERS = 60

Key = tuple[str, ...]


@dataclass(slots=True)
class Phrase:
    """A possible name of a theme.

    ``key``: its words in the singular. ``score``: how well it distinguishes the theme. ``similarity``: to the mean
    vector of the theme, -1.5 to 1. ``language``: in which it is. ``share``: of the theme's people who say all of it.
    ``stems``: of its words that say something. ``whole``: how whole it is on average where it stands, 0-1.
    """

    key: Key
    name: str
    score: float
    similarity: float = 0.0
    language: str = ENGLISH
    share: float = 1.0
    stems: frozenset[str] = frozenset()
    whole: float = 1.0


class Counted(NamedTuple):
    """A phrase by its counts: its score, its number, where its commonest spelling begins, its number of words.

    ``complete``: how complete it looks, 0-1.
    """

    score: float
    number: int
    place: int
    length: int
    complete: float


def rank_phrases(
    themes: Sequence[Sequence[Mention]],
    most: int = MAX_PHRASES,
    survey: str | None = None,
    wanted: Collection[int] | None = None,
) -> list[list[Phrase]]:
    """Return up to ``most`` phrases for each theme, best first, in the language that it is named in.

    With ``wanted``, the indexes of some themes, only these have phrases; the others are what they are compared with.

    That is the language of the ``survey`` or the one of most of its people, see ``name_languages``; shares are shares
    of the answers in it. First all phrases are ranked by ``_scores`` and how complete they look; then some of them
    by who else says the same, and the best of these by how whole they are: see ``ReadPhrases``.
    """
    languages = languages_of(themes, survey)
    chosen = frozenset(range(len(themes)) if wanted is None else wanted)

    @cache
    def in_language(language: str) -> list[list[Phrase]]:
        said = [
            [mention for mention, each in zip(theme, own, strict=True) if each == language]
            for theme, own in zip(themes, languages, strict=True)
        ]
        return _rank_in_one_language(said, language, most, chosen)

    ranked: list[list[Phrase]] = []
    for number, (theme, own) in enumerate(zip(themes, languages, strict=True)):
        if number not in chosen:
            ranked.append([])
            continue
        options = (in_language(language)[number] for language in name_languages(theme, own, survey))
        ranked.append(next(filter(None, options), []))
    return ranked


def _rank_in_one_language(
    themes: Sequence[Sequence[Mention]], language: str, most: int, wanted: Collection[int]
) -> list[list[Phrase]]:
    texts = [*map(texts_of, themes)]
    edges = WordEdges(language, (text for theme in texts for text in theme))
    clauses = clauses_of(texts, edges)
    if not clauses.words:
        return [[] for _ in themes]
    distinct = {word: number for number, word in enumerate(dict.fromkeys(clauses.words))}
    spelling = integers(map(distinct.__getitem__, clauses.words))
    described = describe_words([*distinct], language)
    uses = find_uses(clauses, spelling, described, uncertain_edges=edges.is_uncertain)
    sizes = [len({mention.answer for mention in theme}) for theme in themes]
    counted = count_phrases(clauses, uses, sizes, COUNT_FACTOR * most, whole=has_classes(language))
    forms = written_forms(((text, len(answers)) for theme in texts for text, answers in theme.items()), edges)
    numbers = [phrase.number for theme in counted for phrase in theme]
    read = ReadPhrases(clauses, uses, spelling, described, [*distinct], sizes, language, forms, numbers)
    ranked: list[list[Phrase]] = []
    for theme, own in enumerate(counted):
        if theme not in wanted:
            ranked.append([])
            continue
        scored = [(*read.score_and_share(each.number, each.place), each) for each in own]
        scored.sort(key=lambda each: (-each[0], each[2].length, clauses.phrase(each[2].place, each[2].length)))
        phrases = []
        for score, share, phrase in scored[: math.ceil(READ_FACTOR * most)]:
            number, place, length = phrase.number, phrase.place, phrase.length
            whole = read.wholeness(number, place, phrase.complete)
            score *= whole
            lemmas = described.lemma[spelling[place : place + length]].tolist()
            name = as_written(clauses.phrase(place, length, lambda word: forms.get(word, word)), language)
            key = tuple(described.lemmas[lemma] for lemma in lemmas)
            phrases.append(Phrase(key, name, score, 0.0, language, share, read.stems(number, place), whole))
        phrases.sort(key=lambda each: (-each.score, len(each.key), each.name))
        ranked.append([phrase for phrase in phrases if phrase.score > 0][:most])
    return ranked


def count_phrases(
    clauses: Clauses, uses: Uses, sizes: Sequence[int], most: int, *, whole: bool = False
) -> list[list[Counted]]:
    """Return the ``most`` best phrases of each theme by their counts, best first; ``sizes``: answers of each theme.

    ``whole``: of spellings in equally many answers the most complete is shown; it is known where words can be told
    apart.
    """
    scores, factors = _scores(uses, sizes)
    # By theme, then the highest score first, then in the order of first occurrence.
    order = np.lexsort((uses.first[uses.starts[:-1]], -scores * factors, uses.theme))
    ends = np.searchsorted(uses.theme, np.arange(len(sizes) + 1)).tolist()
    return [_ranked(clauses, uses, order[start:end], scores, factors, most, whole) for start, end in pairwise(ends)]


def _scores(uses: Uses, sizes: Sequence[int]) -> tuple[DoubleArray, DoubleArray]:
    """Return the score of each phrase before completeness, (f,), and the factor for phrases of one answer, (f,).

    The score is a power of the share of the theme's answers that use it, times the log of the ratio of that share to
    the share in other themes, higher for longer phrases. (The Kullback-Leibler divergence has the share itself.) It is
    computed once for all phrases with equal counts.
    """
    total, own = sum(sizes), np.asarray(sizes)
    most = int(uses.others.max(initial=0)) + 1
    same = (uses.theme * (total + 1) + uses.people) * most + uses.others
    _, first, which = np.unique(same * MAX_CLAUSE_WORDS + uses.length - 1, return_index=True, return_inverse=True)

    def score(inside: int, outside: int, length: int, size: int) -> float:
        share = inside / size
        share_outside = (outside + 0.5) / (total - size + 1)
        return float(share**SHARE_POWER * max(math.log(share / share_outside), 0.01) * (1 + WORD_BONUS * (length - 1)))

    counts = (uses.people[first], uses.others[first], uses.length[first], own[uses.theme[first]])
    scores = np.array([*map(score, *(each.tolist() for each in counts))], dtype=np.float64)
    return scores[which], np.where((uses.people == 1) & (own[uses.theme] > 1), ONE_ANSWER_FACTOR, 1.0)


def _ranked(
    clauses: Clauses, uses: Uses, order: IntArray, scores: DoubleArray, factors: DoubleArray, most: int, whole: bool
) -> list[Counted]:
    """Return the ``most`` best phrases, best first. ``order`` sorts by score * factor."""
    ranked: list[tuple[float, int, str, Counted]] = []
    best: list[float] = []
    for number, base, factor in zip(order.tolist(), scores[order].tolist(), factors[order].tolist(), strict=True):
        if len(best) == most and base * factor < best[0] * (1 - 1e-9):
            break  # even a complete phrase would not be among the best
        form, place, completeness = _commonest_spelling(clauses, uses, number, whole)
        score = base * (completeness * factor)
        if len(form) <= MAX_NAME_CHARACTERS and score > 0:
            length = int(uses.length[number])
            ranked.append((-score, length, form, Counted(score, number, place, length, completeness)))
            heappush(best, score) if len(best) < most else heappushpop(best, score)
    return [counted for *_, counted in sorted(ranked)[:most]]


def _commonest_spelling(clauses: Clauses, uses: Uses, number: int, whole: bool) -> tuple[str, int, float]:
    """Return the spelling of a phrase, its place, and its mean completeness over all answers, 0-1.

    It is the spelling in most answers; see ``count_phrases`` for ``whole``.
    """
    start, stop = uses.starts[number : number + 2].tolist()
    length = int(uses.length[number])
    places, counts = uses.first[start:stop].tolist(), uses.count[start:stop].tolist()
    if len(places) == 1:
        complete = float(uses.complete[start])
        return clauses.phrase(places[0], length), places[0], complete * counts[0] / counts[0]
    forms = uses.form[start:stop].tolist()
    answers: dict[int, int] = {}
    for form, count in zip(forms, counts, strict=True):
        answers[form] = answers.get(form, 0) + count
    place_of = dict(zip(forms, places, strict=True))
    most_complete = dict.fromkeys(forms, 0.0)
    for form, complete in zip(forms, uses.complete[start:stop].tolist(), strict=True):
        most_complete[form] = max(most_complete[form], complete if whole else 0.0)
    spelling = {form: clauses.phrase(place, length) for form, place in place_of.items()}
    # Added up in sorted order: then the last bits of the mean do not depend on the order of the answers.
    by_completeness: dict[float, int] = {}
    for complete, count in zip(uses.complete[start:stop].tolist(), counts, strict=True):
        by_completeness[complete] = by_completeness.get(complete, 0) + count
    mean = sum(complete * count for complete, count in sorted(by_completeness.items())) / sum(counts)
    commonest = min(answers, key=lambda form: (-answers[form], -most_complete[form], spelling[form]))
    return spelling[commonest], place_of[commonest], mean
