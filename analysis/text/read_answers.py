"""Reading answers: their ideas, the distinct wordings among those, and the vectors of the wordings."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from analysis.progress import Progress
from analysis.results import Idea
from analysis.text.split_batch import Split, split

TEXTS_AT_ONCE = 1000  # answers split between two reports, and in one go by another process
FEWEST_SHARED = 5  # of these; fewer are split before other processes have started


@dataclass(frozen=True)
class Reading:
    """The ideas in some answers. ``wordings`` are their distinct folded texts; ``wording_of`` each idea's among them.

    The wordings are sorted, so that no later step sees the order of the answers. ``several`` are the folded answers
    that make more than one point, by their number. ``elsewhere`` says how many answers seem to be in no English, for a
    note beside a result.
    """

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    wordings: tuple[str, ...]
    wording_of: tuple[int, ...]
    several: Mapping[int, str]
    elsewhere: int = 0

    def rows(self) -> NDArray[np.intp]:
        """The wording of each idea, (ideas,): ``wording_of`` as an array."""
        return self._rows

    def weights(self) -> NDArray[np.intp]:
        """How many ideas each wording stands for, (n,)."""
        return self._weights

    def answers(self) -> NDArray[np.intp]:
        """The answer that each idea is from, (ideas,)."""
        return self._answers

    def checksums(self) -> NDArray[np.uint64]:
        """A number of 32 bits for each wording that comes from its text alone, (n,): some are chosen by it."""
        return self._checksums

    def people(self, rows: Iterable[int]) -> int:
        """How many answers say one of the wordings ``rows``."""
        _, ideas = self.each_idea(np.fromiter(rows, dtype=np.intp))
        return len(np.unique(self._answers[ideas]))

    def each_idea(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The m ideas of the k wordings ``rows``, wording by wording: (m,) which of the k it is, (m,) the idea."""
        counts = self._weights[rows]
        # In the order by wordings those of one stand beside each other, from its own start on.
        starts = np.repeat(self._starts[rows] - np.cumsum(counts) + counts, counts)
        return np.repeat(np.arange(len(rows)), counts), self._by_wording[starts + np.arange(len(starts))]

    @cached_property
    def _rows(self) -> NDArray[np.intp]:
        return np.asarray(self.wording_of, dtype=np.intp)

    @cached_property
    def _answers(self) -> NDArray[np.intp]:
        return np.fromiter((idea.answer for idea in self.ideas), dtype=np.intp, count=len(self.ideas))

    @cached_property
    def _by_wording(self) -> NDArray[np.intp]:
        return np.argsort(self._rows, kind="stable")

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        return np.asarray(np.cumsum(self._weights) - self._weights, dtype=np.intp)

    @cached_property
    def _checksums(self) -> NDArray[np.uint64]:
        return np.fromiter(map(crc32, map(str.encode, self.wordings)), dtype=np.uint64, count=len(self.wordings))

    @cached_property
    def _weights(self) -> NDArray[np.intp]:
        weights = np.bincount(self._rows, minlength=len(self.wordings))
        weights.flags.writeable = False
        return weights


def read(answers: Sequence[str], tell: Progress, *, executor: Executor | None = None) -> Reading:
    """Split answers into ideas, by ``executor`` if there is one, and set the non-answers aside.

    The same text is split once.
    """
    new = list(dict.fromkeys(answers))
    parts = [new[start : start + TEXTS_AT_ONCE] for start in range(0, len(new), TEXTS_AT_ONCE)]
    done = len(answers) - len(new)
    tell("ideas", done, len(answers))
    found: dict[str, Split] = {}
    shared = executor if len(parts) >= FEWEST_SHARED else None
    for part, splits in zip(parts, shared.map(split, parts) if shared else map(split, parts), strict=True):
        found.update(zip(part, splits, strict=True))
        done += len(part)
        tell("ideas", done, len(answers))
    tell("ideas", len(answers), len(answers))
    ideas: list[Idea] = []
    folded: list[str] = []
    nonanswers: list[int] = []
    several: dict[int, str] = {}
    elsewhere = 0
    for number, answer in enumerate(answers):
        pieces, foreign, whole = found[answer]
        for (start, end), text in pieces:
            ideas.append(Idea(number, start, end, answer[start:end]))
            folded.append(text)
        if not pieces:
            nonanswers.append(number)
        elif len(pieces) > 1:
            several[number] = whole
        elsewhere += foreign
    wordings = sorted(set(folded))
    at = {wording: number for number, wording in enumerate(wordings)}
    rows = tuple(map(at.__getitem__, folded))
    return Reading(tuple(ideas), tuple(nonanswers), tuple(wordings), rows, several, elsewhere)
