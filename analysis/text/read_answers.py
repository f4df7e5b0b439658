"""Reading answers: their ideas, the distinct wordings among those, and the vectors of the wordings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from analysis.embedding.models import Embedder, FloatArray
from analysis.embedding.precomputed import ready_vectors
from analysis.results import Idea
from analysis.text.split_batch import Split, split

Stage = Literal["ideas", "vectors", "placing", "discovering", "naming", "quotes", "certainty"]
Progress = Callable[[Stage, int, int], None]

SLICE = 1024  # texts given to the model at a time: many enough for all cores, few enough that progress moves
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


def encode(texts: Sequence[str], embedder: Embedder, tell: Progress) -> FloatArray:
    """The vectors of n texts, (n, dimensions), made a slice at a time but for those that are ready.

    Texts of like length go together, so that a model has little to fill up.
    """
    if not texts:
        return np.zeros((0, 1), dtype=np.float32)
    ready = ready_vectors(embedder.model)
    first: dict[str, int] = {}
    rows = [first.setdefault(text, row) for row, text in enumerate(texts)]
    wanted = sorted((text for text in first if text not in ready), key=len)
    vectors = np.zeros((len(texts), len(next(iter(ready.values()), ()))), dtype=np.float32)
    for start in range(0, len(wanted), SLICE):
        tell("vectors", start, len(wanted))
        part = wanted[start : start + SLICE]
        made = embedder.encode(part)
        if not start:
            vectors = np.zeros((len(texts), made.shape[1]), dtype=np.float32)
        vectors[[first[text] for text in part]] = made
    tell("vectors", len(wanted), len(wanted))
    for text in first.keys() & ready.keys():
        vectors[first[text]] = ready[text]
    return vectors if len(first) == len(texts) else vectors[rows]


def encode_with(
    wordings: Sequence[str], examples: Sequence[str], embedder: Embedder, tell: Progress
) -> tuple[FloatArray, FloatArray]:
    """The vectors of the wordings and of the examples; every distinct text is given to the model once."""
    texts = [*wordings, *sorted(set(examples).difference(wordings))] if wordings else []
    vectors = encode(texts, embedder, tell)
    wanted = set(examples)
    at = {text: number for number, text in enumerate(texts) if text in wanted} if wanted else {}
    beside = vectors[[at[example] for example in examples if texts]]
    vectors.resize((len(wordings), vectors.shape[1]), refcheck=False)  # in place: a copy would be as large again
    return vectors, beside


def silent(stage: Stage, done: int, total: int) -> None:
    """A progress that tells nobody."""
