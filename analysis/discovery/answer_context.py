"""Ideas read together with the answers they stand in: an answer of one idea says no more than the idea."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.arrays import FloatArray, IntArray
from analysis.discovery import discover as discovery
from analysis.discovery.micro_clusters import fill_blocks
from analysis.text.parse_answers import ParsedAnswers

AT_ONCE = 512  # wordings worked on at a time: their numbers stay in the cache next to a core


@dataclass(frozen=True, slots=True)
class MultiIdeaAnswers:
    """The answers that make more than one point, as a whole.

    ``texts``: m distinct folded ones, sorted. ``text_of`` (ideas,): which of them each idea stands in, -1 for none.
    """

    texts: list[str]
    text_of: IntArray


NO_MULTI_IDEA_ANSWERS = MultiIdeaAnswers([], np.zeros(0, dtype=np.intp))


def multi_idea_answers(parsed: ParsedAnswers) -> MultiIdeaAnswers:
    """The answers of more than one idea: what ``vectors_in_context`` wants vectors of."""
    texts = sorted(set(parsed.multi_idea.values()))
    number_of = {text: number for number, text in enumerate(texts)}
    text_of = np.full(int(parsed.answers.max(initial=-1)) + 1, -1, dtype=np.intp)
    text_of[list(parsed.multi_idea)] = [number_of[text] for text in parsed.multi_idea.values()]
    return MultiIdeaAnswers(texts, text_of[parsed.answers])


def vectors_in_context(
    parsed: ParsedAnswers, vectors: FloatArray, whole: MultiIdeaAnswers, wholes: FloatArray
) -> FloatArray:
    """The vectors of the wordings, each read together with the answers it stands in, (n, d).

    ``vectors`` (n, d) are of the wordings, ``wholes`` (m, d) of the texts of ``whole``. Without known themes only:
    beside those ideas stand for themselves, for what is left of an answer would be drawn to what was placed of it, and
    the asides of one long answer to each other.
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
    together = np.empty(vectors.shape, dtype=np.float32)

    def read(part: slice) -> FloatArray:
        starts = np.searchsorted(rows, np.arange(part.start, part.stop + 1))
        used, columns = np.unique(texts[starts[0] : starts[-1]], return_inverse=True)
        table = csr_array(
            (np.ones(len(columns)), columns, starts - starts[0]), shape=(part.stop - part.start, len(used))
        )
        context = table @ wholes[used].astype(np.float64) if len(used) else 0.0
        context = (context + alone[part, None] * vectors[part].astype(np.float64)) / weights[part, None]
        return discovery.average_with_answers(vectors[part], context.astype(np.float32))

    fill_blocks(read, together, AT_ONCE)
    return together
