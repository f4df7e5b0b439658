"""Which ideas an owner should read next: those whose reading teaches most."""

from collections.abc import Collection

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray
from analysis.parallel.threads import one_blas_thread
from analysis.teaching.head import Head, membership
from analysis.teaching.space import canonical_order, kernel, sample_rows

SURE_COUNTS = 0.6  # what an idea the machine was sure of counts, beside 1 for one between two themes
SAME_THEME = 0.5  # what a decision says about an equally near idea of another theme
MOST_POINTS = 2500  # a random sample of the ideas if there are more: all pairs are compared


def read_next(
    head: Head,
    vectors: FloatArray,
    placed: FloatArray,
    decided: Collection[int],
    *,
    most: int,
    weights: IntArray | None = None,
) -> IntArray:
    """Return up to ``most`` rows, the one whose reading teaches most first, none of those ``decided``.

    ``vectors`` (n, d) and ``placed`` (n, k) are as in ``learn``, ``head`` is what it returned, ``weights`` (n,) the
    number of ideas with each wording. Each row in turn is the one that is near most of what no decided or listed row
    is near yet, ideas between two themes counting more (greedy maximisation of a facility location function;
    Nemhauser, Wolsey and Fisher 1978). So the list has no near-duplicates, and goes through the themes. The order of
    the rows does not matter.
    """
    order = canonical_order(vectors, placed)
    done = np.zeros(len(vectors), dtype=bool)
    done[list(decided)] = True
    rows = sample_rows(order[~done[order]], MOST_POINTS)
    if not len(rows):
        return rows
    with one_blas_thread():
        return rows[_chosen(head, vectors, placed, rows, sample_rows(order[done[order]], MOST_POINTS), most, weights)]


def _chosen(
    head: Head,
    vectors: FloatArray,
    placed: FloatArray,
    rows: IntArray,
    earlier: IntArray,
    most: int,
    weights: IntArray | None,
) -> IntArray:
    points, member = head.space.project(vectors[rows]), membership(placed[rows])
    worth = SURE_COUNTS + (1 - SURE_COUNTS) * doubt(head, points, member)
    if weights is not None:
        worth = (worth * np.sqrt(weights[rows])).astype(np.float32)
    covered = np.zeros(len(rows), dtype=np.float32)
    if len(earlier):
        known = head.space.project(vectors[earlier])
        covered = _teaches(known, membership(placed[earlier]), points, member).max(axis=0)
    return _greedy(_teaches(points, member, points, member), worth, covered, most)


def doubt(head: Head, points: FloatArray, member: BoolArray) -> FloatArray:
    """Return how unsure the placement of n points (n, r) is, (n,): 1 between two themes, 0 far inside of one.

    The margin between the best and the second-best theme, as a share of the margin that a quarter of the ideas pass.
    """
    fit, _ = head.scores(points, member)
    if fit.shape[1] < 2:
        return np.zeros(len(points), dtype=np.float32)
    two = np.partition(fit, -2, axis=1)[:, -2:]
    margin = two[:, 1] - two[:, 0]
    return np.asarray(np.clip(1 - margin / max(float(np.quantile(margin, 0.75)), 1e-6), 0.0, 1.0), dtype=np.float32)


def _teaches(points: FloatArray, member: BoolArray, others: FloatArray, of_others: BoolArray) -> FloatArray:
    """Return how much a decision about each of n points says about each of m others, (n, m)."""
    near = kernel(points, others)
    near *= np.where(member.argmax(axis=1)[:, None] == of_others.argmax(axis=1)[None, :], 1.0, SAME_THEME)
    return near


def _greedy(teaches: FloatArray, worth: FloatArray, covered: FloatArray, most: int) -> IntArray:
    chosen: list[int] = []
    for _ in range(min(most, len(teaches))):
        gain = np.maximum(teaches - covered, 0.0) @ worth
        gain[chosen] = -1.0
        chosen.append(int(gain.argmax()))
        covered = np.maximum(covered, teaches[chosen[-1]])
    return np.array(chosen, dtype=np.intp)
