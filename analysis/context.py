"""Ideas read together with the answers they stand in: an answer of one idea says no more than the idea."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from analysis import discover as discovery
from analysis.embed import FloatArray
from analysis.gather import each_block
from analysis.reading import Reading
from analysis.text import fold

AT_ONCE = 512  # wordings worked on at a time: their numbers stay in the cache next to a core


def whole_answers(answers: Sequence[str], reading: Reading) -> list[str]:
    """The distinct folded answers of more than one idea, sorted: what ``in_context`` wants vectors of."""
    return sorted({fold(answers[number]) for number in _of_several(reading)})


def in_context(
    answers: Sequence[str], reading: Reading, vectors: FloatArray, whole: Sequence[str], wholes: FloatArray
) -> FloatArray:
    """The vectors of the wordings, each read together with the answers it stands in, (n, d).

    ``vectors`` (n, d) are of the wordings, ``wholes`` (m, d) of the texts ``whole`` of ``whole_answers``. Without known
    themes only: beside those ideas stand for themselves, for what is left of an answer would be drawn to what was
    placed of it, and the asides of one long answer to each other.
    """
    several = _of_several(reading)
    if not several:
        return vectors
    number_of = {text: number for number, text in enumerate(whole)}
    text_of = {number: number_of[fold(answers[number])] for number in several}
    texts = np.array([text_of.get(idea.answer, -1) for idea in reading.ideas], dtype=np.intp)
    rows = np.asarray(reading.wording_of, dtype=np.intp)
    alone = np.bincount(rows[texts < 0], minlength=len(vectors))
    # Sorted, so that sums do not depend on the order of the answers.
    order = np.lexsort((texts, rows))
    order = order[texts[order] >= 0]
    texts, rows = texts[order], rows[order]
    weights = reading.weights()
    together = np.empty(vectors.shape, dtype=np.float32)

    def read(part: slice) -> FloatArray:
        starts = np.searchsorted(rows, np.arange(part.start, part.stop + 1))
        used, columns = np.unique(texts[starts[0] : starts[-1]], return_inverse=True)
        table = csr_array(
            (np.ones(len(columns)), columns, starts - starts[0]), shape=(part.stop - part.start, len(used))
        )
        context = table @ wholes[used].astype(np.float64) if len(used) else 0.0
        context = (context + alone[part, None] * vectors[part].astype(np.float64)) / weights[part, None]
        return discovery.in_context(vectors[part], context.astype(np.float32))

    each_block(read, together, AT_ONCE)
    return together


def _of_several(reading: Reading) -> set[int]:
    """The answers that make more than one point."""
    return {number for number, ideas in Counter(idea.answer for idea in reading.ideas).items() if ideas > 1}
