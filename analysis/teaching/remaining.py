"""How much is wrong among the ideas that nobody has read, and whether to read on."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray
from analysis.parallel.threads import one_blas_thread
from analysis.teaching.head import NOISE, Head, decide, membership, nearness
from analysis.teaching.learn import Decision
from analysis.teaching.space import BLOCK_ROWS, canonical_order, kernel, sample_rows

FEWEST_READ = 40  # before that it is never enough: the first 20 of the list estimate too low
LITTLE = 0.1  # wrong share that is little to gain
MOST_UNREAD = 5000  # a sample of the unread ideas if there are more
Z = 1.96  # standard deviations to either side in a 95 % interval


@dataclass(frozen=True, slots=True)
class Remaining:
    """What the ideas an owner has read say about those unread.

    ``wrong_at_first``: the share, 0-1, of unread ideas to expect the machine had wrong, ``wrong_now`` after what the
    decisions taught, from ``low`` to ``high`` with 95 % certainty. ``enough``: little is left to gain.
    """

    read: int
    corrected: int
    unread: int
    wrong_at_first: float
    wrong_now: float
    low: float
    high: float
    enough: bool


def remaining(
    head: Head,
    vectors: FloatArray,
    placed: FloatArray,
    decisions: Sequence[Decision],
    *,
    asked: Sequence[int] | None = None,
) -> Remaining:
    """Judge the unread ideas by the read ones; arguments as in ``learn``, ``head`` as it returned it.

    ``asked`` are the numbers of the decisions to judge by, None for all: those about ideas that somebody picked because
    they were wrong say nothing of the rest.

    Each read idea is asked as if it were unread: where would the *other* decisions have put it (leave-one-out of a
    Gaussian process; Rasmussen and Williams 2006, eq. 5.12)? It speaks for the unread ideas nearest to it, as the list
    is no random sample. Interval: Wilson (1927), for as many ideas as those weights are worth (Kish 1965).
    """
    unread = len(vectors) - len(decisions)
    numbers = np.arange(len(decisions)) if asked is None else np.array(sorted(asked), dtype=np.intp)
    if not len(numbers):
        return Remaining(0, 0, unread, 0.5, 0.5, 0.0, 1.0, unread == 0)
    with one_blas_thread():
        wrong_first, wrong_now = (wrong[numbers] for wrong in _judged(head, placed, decisions))
        speaks_for = _speaks_for(head, vectors, placed, decisions, numbers)
    total = speaks_for.sum()
    first, now = float(speaks_for @ wrong_first / total), float(speaks_for @ wrong_now / total)
    low, high = _wilson(now, float(total * total / np.square(speaks_for).sum()))
    enough = unread == 0 or (len(numbers) >= FEWEST_READ and now <= LITTLE)
    return Remaining(len(numbers), int(wrong_first.sum()), unread, first, now, low, high, enough)


def _judged(head: Head, placed: FloatArray, decisions: Sequence[Decision]) -> tuple[BoolArray, BoolArray]:
    """Return whether the machine had each decided idea wrong, (m,), and whether it would with the other decisions."""
    rows = [decision.row for decision in decisions]
    member = membership(placed[rows])
    wanted = np.zeros_like(member)
    for number, decision in enumerate(decisions):
        wanted[number, sorted(decision.themes) or [head.themes]] = True
    then = member.copy()
    near = nearness(head.points, head.beside, head.points, head.beside).astype(np.float64)
    near += NOISE * np.eye(len(head.points))
    learned = (near @ head.effects - head.effects / np.diag(np.linalg.inv(near))[:, None]).astype(np.float32)
    own = np.argsort(head.numbers)[: len(rows)]
    everywhere = np.ones((len(rows), head.themes), dtype=bool)
    moved, source, target = decide(head.like(head.points[own]) + learned[own], learned[own], member, everywhere)
    then[moved, source] = False
    then[moved, target] = True
    then[then[:, :-1].any(axis=1), -1] = False
    return (member != wanted).any(axis=1), (then != wanted).any(axis=1)


def _speaks_for(
    head: Head, vectors: FloatArray, placed: FloatArray, decisions: Sequence[Decision], numbers: IntArray
) -> FloatArray:
    """Return how many unread ideas are nearest to each decided one of these numbers, (m,), and a half.

    The half is itself: each speaks for that too.
    """
    own = np.array([decision.row for decision in decisions], dtype=np.intp)
    order = canonical_order(vectors, placed)
    some = sample_rows(order[~np.isin(order, own)], MOST_UNREAD)
    points = head.space.project(vectors[own[numbers]])
    counts = np.full(len(numbers), 0.5)
    for start in range(0, len(some), BLOCK_ROWS):
        nearest = kernel(head.space.project(vectors[some[start : start + BLOCK_ROWS]]), points).argmax(axis=1)
        counts += np.bincount(nearest, minlength=len(numbers))
    return counts.astype(np.float32)


def _wilson(share: float, of: float) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    scale = 1 + Z * Z / of
    middle = (share + Z * Z / (2 * of)) / scale
    half = Z * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)
