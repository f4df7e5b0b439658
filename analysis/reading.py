"""Reading answers: their ideas, the distinct wordings among those, and the vectors of the wordings."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.embed import Embedder, FloatArray
from analysis.ideas import split_ideas
from analysis.ready import ready_vectors
from analysis.results import Idea
from analysis.text import fold

Stage = Literal["ideas", "vectors", "placing", "discovering", "naming", "certainty", "quotes"]
Progress = Callable[[Stage, int, int], None]

SLICE = 256  # texts given to the model at a time, so that progress moves


@dataclass(frozen=True, slots=True)
class Reading:
    """The ideas in some answers. ``wordings`` are their distinct folded texts; ``wording_of`` each idea's among them.

    The wordings are sorted, so that no later step sees the order of the answers.
    """

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    wordings: tuple[str, ...]
    wording_of: tuple[int, ...]

    def ideas_of(self) -> Mapping[int, Sequence[int]]:
        """The ideas that each wording stands for."""
        found: dict[int, list[int]] = defaultdict(list)
        for idea, wording in enumerate(self.wording_of):
            found[wording].append(idea)
        return found

    def weights(self) -> NDArray[np.intp]:
        """How many ideas each wording stands for, (n,)."""
        return np.bincount(np.asarray(self.wording_of, dtype=np.intp), minlength=len(self.wordings))


def read(answers: Sequence[str], tell: Progress) -> Reading:
    """Split answers into ideas and set the non-answers aside."""
    ideas: list[Idea] = []
    nonanswers: list[int] = []
    for number, answer in enumerate(answers):
        if number % SLICE == 0:
            tell("ideas", number, len(answers))
        spans = split_ideas(answer)
        ideas.extend(Idea(number, start, end, answer[start:end]) for start, end in spans)
        if not spans:
            nonanswers.append(number)
    tell("ideas", len(answers), len(answers))
    folded = [fold(idea.text) for idea in ideas]
    wordings = sorted(set(folded))
    at = {wording: number for number, wording in enumerate(wordings)}
    return Reading(tuple(ideas), tuple(nonanswers), tuple(wordings), tuple(at[text] for text in folded))


def encode(texts: Sequence[str], embedder: Embedder, tell: Progress) -> FloatArray:
    """The vectors of n texts, (n, dimensions), made a slice at a time but for those that are ready."""
    if not texts:
        return np.zeros((0, 1), dtype=np.float32)
    ready = ready_vectors(embedder.model)
    wanted = [text for text in texts if text not in ready]
    made: dict[str, FloatArray] = {}
    for start in range(0, len(wanted), SLICE):
        tell("vectors", start, len(wanted))
        part = wanted[start : start + SLICE]
        made.update(zip(part, embedder.encode(part).astype(np.float32, copy=False), strict=True))
    tell("vectors", len(wanted), len(wanted))
    return np.stack([ready[text] if text in ready else made[text] for text in texts])


def encode_with(
    wordings: Sequence[str], examples: Sequence[str], embedder: Embedder, tell: Progress
) -> tuple[FloatArray, FloatArray]:
    """The vectors of the wordings and of the examples; every distinct text is given to the model once."""
    texts = [*wordings, *sorted(set(examples) - set(wordings))] if wordings else []
    vectors = encode(texts, embedder, tell)
    at = {text: number for number, text in enumerate(texts)}
    return vectors[: len(wordings)], vectors[[at[example] for example in examples if texts]]


def silent(stage: Stage, done: int, total: int) -> None:
    """A progress that tells nobody."""
