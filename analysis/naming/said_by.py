"""How many people of a theme say all that a phrase says, in any order and inflection, in one of their ideas."""

from collections import defaultdict
from collections.abc import Collection, Iterable

import numpy as np

from analysis.arrays import BoolArray, IntArray
from analysis.naming.clauses import Clauses


class SaidBy:
    """The texts of k themes by the stems that are in them."""

    def __init__(
        self, clauses: Clauses, stem: IntArray, denied: BoolArray, wanted: Collection[int], sizes: Collection[int]
    ) -> None:
        """Read the clauses of the themes; ``stem`` (n,): that of each word, of which only the ``wanted`` are kept.

        ``denied`` (n,): whether a negation may be about it.
        """
        self._counts = clauses.count
        self._starts = np.concatenate([[0], np.cumsum(clauses.count)])
        self._answers = clauses.answer
        self._size = sum(sizes)
        own: BoolArray = np.isin(stem, np.fromiter(wanted, dtype=np.intp, count=len(wanted)))
        texts = max(len(clauses.count), 1)
        pairs = np.unique(stem[own] * texts + clauses.text[own])
        affirmed = np.isin(pairs, stem[own & ~denied] * texts + clauses.text[own & ~denied])
        self._texts: dict[tuple[int, int], set[int]] = defaultdict(set)
        self._affirmed: dict[tuple[int, int], set[int]] = defaultdict(set)
        self._people: dict[int, int] = defaultdict(int)
        numbers, found = pairs // texts, pairs % texts
        columns = numbers, found, clauses.theme[found], clauses.count[found], affirmed
        for number, text, theme, count, is_affirmed in zip(*(each.tolist() for each in columns), strict=True):
            self._texts[theme, number].add(text)
            if is_affirmed:
                self._affirmed[theme, number].add(text)
            self._people[number] += count

    def people(self, theme: int, stems: Iterable[int]) -> int:
        """Return how many answers of a theme have all of the stems in one text; several of them, if none is denied."""
        own = [*stems]
        known = self._texts if len(own) == 1 else self._affirmed
        texts = set.intersection(*(known.get((theme, stem), set()) for stem in own))
        answers: set[int] = set()
        for text in texts:
            answers.update(self._answers[self._starts[text] : self._starts[text + 1]].tolist())
        return len(answers)

    def ratio(self, theme: int, stem: int, size: int) -> float:
        """Return by how much more often a theme of ``size`` answers has a stem than the others."""
        inside = sum(int(self._counts[text]) for text in self._texts.get((theme, stem), ()))
        outside = self._people[stem] - inside + 0.5
        return (inside / size) / (outside / (self._size - size + 1))
