"""Which packaged codebook fits the answers of a survey, if one does.

A codebook fits where it places most people surely, and in many of its themes. One theme alone says little: answers
about school uniforms are all placed in one theme about working life. So people count who have an idea that is surely
in another theme than the largest.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.arrays import FloatArray
from analysis.known_themes import place
from analysis.known_themes.codebook import NONE, Codebook
from analysis.results import Analysis
from analysis.text.parse_answers import ParsedAnswers

SAMPLE_ANSWERS = 400
"""More change the shares by less than what decides"""
MIN_PEOPLE = 15
"""Of fewer nothing is said"""
SURE = 0.6
"""Least strength of a sure placement: the probability that it is right"""
# Chosen on benchmarks/texts/shelf_by_hand.txt; docs/decisions.md has the figures on other answers.
FITS = 0.5
"""Least share of a codebook that fits"""
CLEARLY = 0.15
"""By how much its share exceeds that of every other, the one in use among them"""
BADLY = 0.2
"""The share of a codebook in use that fits badly"""
MANY_THEMES = 10
"""Of a codebook with fewer themes, people in the largest count too: it may be most of what there is"""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a codebook fits answers, in numbers of people.

    ``placed`` have an idea in one of its themes, ``sure`` have one surely in another theme than the largest (with fewer
    than MANY_THEMES: in any).
    """

    people: int
    placed: int
    sure: int

    @property
    def share(self) -> float:
        """What codebooks are compared by, 0-1."""
        return self.sure / self.people if self.people else 0.0


def sample_answers(answers: Sequence[str]) -> list[str]:
    """Return at most SAMPLE_ANSWERS of the answers, the same ones whatever their order."""
    if len(answers) <= SAMPLE_ANSWERS:
        return list(answers)
    return sorted(answers, key=lambda text: (zlib.crc32(text.encode()), text))[:SAMPLE_ANSWERS]


def measure_fit(parsed: ParsedAnswers, vectors: FloatArray, codebook: Codebook, examples: FloatArray) -> Fit:
    """Return how a codebook fits answers, from the vectors (n, d) of their wordings and (m, d) of its examples."""
    people = {idea.answer for idea in parsed.ideas}
    if not people or not codebook.themes:
        return Fit(len(people), 0, 0)
    scores = place.score_ideas(parsed.wordings, vectors, codebook, examples)
    scores[sorted(parsed.unread)] = -np.inf
    found = np.asarray(place.select_themes(scores).any(axis=1))
    best = scores.argmax(axis=1)
    surely = np.asarray(place.strength(scores.max(axis=1)) >= SURE)
    placed: set[int] = set()
    of_theme: dict[int, set[int]] = defaultdict(set)
    for idea, row in zip(parsed.ideas, parsed.wording_of, strict=True):
        if found[row]:
            placed.add(idea.answer)
        if surely[row]:
            of_theme[int(best[row])].add(idea.answer)
    return Fit(len(people), len(placed), _count_sure(of_theme, len(codebook.themes)))


def fit_of_result(result: Analysis, codebook: Codebook) -> Fit:
    """Return how the codebook of an analysis fits its answers, as far as its placements tell."""
    keys = {theme.key for theme in codebook.themes}
    placed: set[int] = set()
    of_theme: dict[str, set[int]] = defaultdict(set)
    for placement in result.placements:
        if placement.theme in keys:
            answer = result.ideas[placement.idea].answer
            placed.add(answer)
            if placement.strength >= SURE:
                of_theme[placement.theme].add(answer)
    people = {idea.answer for idea in result.ideas}
    return Fit(len(people), len(placed), _count_sure(of_theme, len(keys)))


def _count_sure(of_theme: Mapping[Any, set[int]], themes: int) -> int:
    sizes = sorted(of_theme.values(), key=len, reverse=True)
    return len(set().union(*sizes[1 if themes >= MANY_THEMES else 0 :]))


def better_codebook(fits: Mapping[str, Fit], used: str) -> str | None:
    """Return the codebook to ask the owner about; None to leave all as it is.

    ``fits`` are those of the packaged codebooks and of the one ``used``. NONE where the one used fits badly and no
    other fits.
    """
    if any(fit.people < MIN_PEOPLE for fit in fits.values()):
        return None
    best = max((name for name in fits if name != used), key=lambda name: (fits[name].share, name), default=None)
    others = [fit.share for name, fit in fits.items() if name != best]
    if best is not None and fits[best].share >= max([FITS, *(share + CLEARLY for share in others)]):
        return best
    return NONE if fits_badly(fits, used) else None


def fits_badly(fits: Mapping[str, Fit], used: str) -> bool:
    """Return whether the codebook ``used`` places next to nobody surely."""
    return used != NONE and used in fits and fits[used].people >= MIN_PEOPLE and fits[used].share < BADLY
