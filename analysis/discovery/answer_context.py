"""Vectors of ideas in the context of their answers, for answers of more than one idea."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.compiled import sums_of_rows
from analysis.discovery import discover as discovery
from analysis.discovery.micro_clusters import fill_blocks
from analysis.parallel.rows_on_disk import zero_rows
from analysis.text.parse_answers import ParsedAnswers

CONTEXT_ROWS = 512  # wordings per block: their vectors fit in the L2 cache


@dataclass(frozen=True, slots=True)
class MultiIdeaAnswers:
    """The answers of more than one idea.

    ``texts``: their m distinct folded texts, sorted. ``text_of`` (ideas,): the index of the text of each idea, or -1.
    """

    texts: list[str]
    text_of: IntArray


NO_MULTI_IDEA_ANSWERS = MultiIdeaAnswers([], np.zeros(0, dtype=np.intp))


def multi_idea_answers(parsed: ParsedAnswers) -> MultiIdeaAnswers:
    """Return the answers of more than one idea: ``vectors_in_context`` needs the vectors of their texts."""
    texts = sorted(set(parsed.multi_idea.values()))
    number_of = {text: number for number, text in enumerate(texts)}
    text_of = np.full(int(parsed.answers.max(initial=-1)) + 1, -1, dtype=np.intp)
    text_of[list(parsed.multi_idea)] = [number_of[text] for text in parsed.multi_idea.values()]
    return MultiIdeaAnswers(texts, text_of[parsed.answers])


def vectors_in_context(
    parsed: ParsedAnswers, vectors: FloatArray, whole: MultiIdeaAnswers, wholes: FloatArray
) -> FloatArray:
    """Return the vectors of the wordings averaged with those of their answers, (n, d).

    ``vectors`` (n, d) are of the wordings, ``wholes`` (m, d) of the texts of ``whole``. Only for runs without known
    themes: otherwise the ideas left over would resemble the placed ideas of their answer, and one another.
    """
    if not whole.texts:
        return vectors
    texts, rows = whole.text_of, parsed.rows
    alone = np.bincount(rows[texts < 0], minlength=len(vectors))
    # Sorted, so that sums do not depend on the order of the answers.
    order = np.lexsort((texts, rows))
    order = order[texts[order] >= 0]
    texts, rows = texts[order], rows[order]
    weights = parsed.weights
    averaged = zero_rows(*vectors.shape)

    def average(part: slice) -> FloatArray:
        starts = np.searchsorted(rows, np.arange(part.start, part.stop + 1))
        used, columns = np.unique(texts[starts[0] : starts[-1]], return_inverse=True)
        all_alike, wide = np.ones(len(columns)), wholes[used].astype(np.float64)
        context = sums_of_rows(starts - starts[0], columns, all_alike, wide) if len(used) else 0.0
        context = (context + alone[part, None] * vectors[part].astype(np.float64)) / weights[part, None]
        return discovery.average_with_answers(vectors[part], context.astype(np.float32))

    fill_blocks(average, averaged, CONTEXT_ROWS, reads=vectors)
    return averaged
