"""Learning from an owner's decisions: the same ones always teach the same."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, FloatArray, IntArray
from analysis.parallel.threads import one_blas_thread
from analysis.teaching.head import NOISE, Head, Move, membership, nearness
from analysis.teaching.space import SAMPLE_ROWS, canonical_order, fit_space, sample_rows

RIDGE = 1.0  # of the regression that says how sure the machine was


@dataclass(frozen=True, slots=True)
class Decision:
    """An owner's word: the idea ``row`` belongs in exactly these themes (columns), or in none."""

    row: int
    themes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Examples:
    """Phrases an owner gave as examples: vectors (e, d) of unit length, and the theme (column) of each."""

    vectors: FloatArray
    themes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Taught:
    """What the decisions teach: a head to place new ideas by, and what they move among the ideas there are."""

    head: Head
    moves: tuple[Move, ...]


def learn(
    vectors: FloatArray,
    placed: FloatArray,
    decisions: Sequence[Decision],
    *,
    examples: Examples | None = None,
    stays: Sequence[int] = (),
    barred: Collection[tuple[int, int]] = (),
    stand_for_theme: Collection[int] = (),
) -> Taught:
    """Learn from decisions where ideas like the decided ones belong, and move those that clearly do.

    ``vectors`` (n, d), float32, are of unit length, one a wording. ``placed`` (n, k), float32, are the strengths in k
    themes as *the machine* had them, 0 where a wording is not in a theme: of decided wordings too, and without what
    earlier decisions taught. ``stays`` are rows that the owner left where they are when others were moved: they teach
    like decisions that say what the machine said. ``barred`` pairs of row and column are never moved to.
    ``stand_for_theme`` are the numbers of the decisions that tell of the other ideas in the theme that the machine had
    theirs in, however unlike: those about ideas that nobody picked because they were wrong, as in a file of coded
    answers. ``Move.because`` counts the decisions, then ``stays``, then the examples.

    Method: the mean of a Gaussian process (kernel ridge regression; Rasmussen and Williams, Gaussian Processes for
    Machine Learning, 2006, eq. 2.25) over the differences between what was decided and what the machine said. Where
    nothing was decided it is 0, so without a decision nothing moves. Decided rows never do. The order of the rows and
    of the decisions changes no bit. 100,000 rows and 2,000 decisions take 1.2 seconds of processor time in two threads
    and 85 MB besides the input. Raises ValueError if a row is decided twice or a row or column does not exist.
    """
    _check(placed, [*(decision.row for decision in decisions), *stays], decisions, examples)
    as_they_are = [Decision(row, frozenset(np.flatnonzero(placed[row]).tolist())) for row in stays]
    order = canonical_order(vectors, placed)
    with one_blas_thread():
        head = _fit(vectors, placed, [*decisions, *as_they_are], examples, order, stand_for_theme)
    if not decisions and examples is None:
        return Taught(head, ())
    left = order[~np.isin(order, [decision.row for decision in decisions])]
    moves = head.moves(vectors, placed, barred=barred, rows=left)
    return Taught(head, tuple(sorted(moves, key=lambda move: move.row)))


def _fit(
    vectors: FloatArray,
    placed: FloatArray,
    decisions: Sequence[Decision],
    examples: Examples | None,
    order: IntArray,
    stand_for_theme: Collection[int],
) -> Head:
    some = sample_rows(order, SAMPLE_ROWS)
    chosen = vectors[some]
    space = fit_space(chosen)
    weights, offsets = _machine(space.project(chosen), membership(placed[some]))
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    numbers = sorted(range(len(decisions)), key=lambda number: place[decisions[number].row])
    rows = [decisions[number].row for number in numbers]
    points = space.project(vectors[rows])
    wanted = _wanted([decisions[number].themes for number in numbers], placed.shape[1])
    said = membership(placed[rows])
    beside = (said[:, :-1] & np.isin(numbers, [*stand_for_theme])[:, None]).astype(np.float32)
    if examples is not None:
        numbers += [len(decisions) + number for number in range(len(examples.themes))]
        own = space.project(examples.vectors)
        guess = (own @ weights[:, :-1] + offsets[:-1]).argmax(axis=1)
        points = np.concatenate([points, own])
        beside = np.pad(beside, ((0, len(own)), (0, 0)))
        wanted = np.concatenate([wanted, _wanted([frozenset([theme]) for theme in examples.themes], placed.shape[1])])
        said = np.concatenate([said, _wanted([frozenset([theme]) for theme in guess.tolist()], placed.shape[1])])
    effects = _effects(points, beside, wanted.astype(np.float64) - said)
    return Head(space, weights, offsets, points, effects, beside, np.array(numbers, dtype=np.intp), wanted)


def _machine(points: FloatArray, member: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return weights (r, k + 1) and offsets (k + 1,) that tell the members of each theme: ridge regression."""
    offsets = member.mean(axis=0) if len(member) else np.zeros(member.shape[1])
    rows = points.astype(np.float64)
    gram = rows.T @ rows + RIDGE * np.eye(points.shape[1])
    return (
        np.linalg.solve(gram, rows.T @ (member - offsets)).astype(np.float32),
        np.asarray(offsets, dtype=np.float32),
    )


def _effects(points: FloatArray, beside: FloatArray, differences: DoubleArray) -> FloatArray:
    if not len(points):
        return np.zeros(differences.shape, dtype=np.float32)
    near = nearness(points, beside, points, beside).astype(np.float64) + NOISE * np.eye(len(points))
    return np.linalg.solve(near, differences).astype(np.float32)


def _wanted(themes: Sequence[frozenset[int]], count: int) -> BoolArray:
    wanted = np.zeros((len(themes), count + 1), dtype=bool)
    for number, columns in enumerate(themes):
        wanted[number, sorted(columns) or [count]] = True
    return wanted


def _check(placed: FloatArray, rows: Sequence[int], decisions: Sequence[Decision], examples: Examples | None) -> None:
    if len(set(rows)) < len(rows):
        raise ValueError("a row is decided twice")
    columns = {column for decision in decisions for column in decision.themes}.union(
        examples.themes if examples else ()
    )
    if any(not 0 <= row < len(placed) for row in rows) or any(not 0 <= c < placed.shape[1] for c in columns):
        raise ValueError("a decision names a row or theme that is not there")
