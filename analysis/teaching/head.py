"""What was learned from an owner's decisions: a few arrays that say where ideas belong, new ones too."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import BoolArray, FloatArray, IntArray, slices
from analysis.parallel.threads import map_in_threads, one_blas_thread
from analysis.teaching.space import BLOCK_ROWS, Space, kernel

HOLD = 0.8  # of a decision's weight: what has to speak against where the machine surely put an idea
NOISE = 0.2  # of a decision: with more of it, less is believed of one that stands alone
LEAST = 0.2  # of a decision's weight: with less the decisions have not spoken of this idea
TOGETHER = 0.2  # of a decision: what one tells of ideas in the same theme, however far, where it stands for the theme
CLEAR = 0.5  # the same for moves into and out of no theme: what is in none has nothing in common


@dataclass(frozen=True, slots=True)
class Move:
    """The idea ``row`` belongs not in theme ``source`` but in ``target`` (columns; None: in no theme).

    ``strength``, 0-1: how clearly the decisions say so; about .9 for an idea like a decided one. ``because``: the
    number of the decision that says it most.
    """

    row: int
    source: int | None
    target: int | None
    strength: float
    because: int
    stays: bool = False
    """Whether it belongs in ``source`` as well: the decision that says it most put an idea in both"""


@dataclass(frozen=True, slots=True)
class Head:
    """A correction of the machine's placements in k themes, learned from m decisions; column k stands for no theme.

    ``weights`` (r, k + 1) and ``offsets`` (k + 1,) say how much a point is like the members of each theme, ``points``
    (m, r) are the decided ideas, ``effects`` (m, k + 1) what each adds to themes near it, ``beside`` (m, k) the themes
    that the machine had them in, of those that stand for their theme; ``numbers`` (m,) the decision that each stands
    for, ``wanted`` (m, k + 1) where that put it. All float32, but ``numbers`` and ``wanted``.
    """

    space: Space
    weights: FloatArray
    offsets: FloatArray
    points: FloatArray
    effects: FloatArray
    beside: FloatArray
    numbers: IntArray
    wanted: BoolArray

    @property
    def themes(self) -> int:
        """The number k of themes."""
        return len(self.offsets) - 1

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all of it as named arrays, to be stored with ``numpy.savez``."""
        return {
            "shared": self.space.shared,
            "axes": self.space.axes,
            "weights": self.weights,
            "offsets": self.offsets,
            "points": self.points,
            "effects": self.effects,
            "beside": self.beside,
            "numbers": self.numbers,
            "wanted": self.wanted,
        }

    def moves(
        self,
        vectors: FloatArray,
        placed: FloatArray,
        *,
        barred: Collection[tuple[int, int]] = (),
        rows: IntArray | None = None,
    ) -> list[Move]:
        """Return what the decisions move among ideas placed by the machine, one move an idea at most.

        ``vectors`` (n, d) are of unit length, ``placed`` (n, k) strengths, 0 where an idea is not in a theme;
        ``barred`` pairs of row and column are never moved to. Only ``rows`` (m,) are looked at, in their order.
        """
        if not len(self.points):
            return []
        rows = np.arange(len(vectors)) if rows is None else rows
        closed = np.zeros((len(vectors) if barred else 0, self.themes), dtype=bool)
        for row, column in barred:
            closed[row, column] = True

        def moves_in(block: slice) -> list[Move]:
            some = rows[block]
            allowed = ~closed[some] if barred else np.ones((len(some), self.themes), dtype=bool)
            return self._moves(some, self.space.project(vectors[some]), membership(placed[some]), allowed)

        with one_blas_thread():
            return [move for found in map_in_threads(moves_in, slices(len(rows), BLOCK_ROWS)) for move in found]

    def like(self, points: FloatArray) -> FloatArray:
        """Return how much n points (n, r) are like the members of each theme, (n, k + 1)."""
        return np.asarray(HOLD * (points @ self.weights + self.offsets), dtype=np.float32)

    def near(self, points: FloatArray, member: BoolArray) -> FloatArray:
        """Return how much each of m decisions tells of n points (n, r) that are in themes (n, k + 1), (n, m)."""
        return nearness(points, member[:, :-1].astype(np.float32), self.points, self.beside)

    def scores(self, points: FloatArray, member: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Return how well each theme fits n points (n, r), (n, k + 1), and what of it the decisions added.

        ``member`` (n, k + 1) is where the machine put them.
        """
        learned = self.near(points, member) @ self.effects
        return self.like(points) + learned, learned

    def _moves(self, rows: IntArray, points: FloatArray, member: BoolArray, open_to: BoolArray) -> list[Move]:
        none = self.themes
        moved, source, target = decide(*self.scores(points, member), member, open_to)
        if not len(moved):
            return []
        shares = self.near(points[moved], member[moved]) * (self.effects[:, target] - self.effects[:, source]).T
        most = shares.argmax(axis=1)
        strength = np.clip(shares.sum(axis=1) / 2, 0.0, 1.0)
        return [
            Move(row, None if one == none else one, None if other == none else other, sure, number, stays)
            for row, one, other, sure, number, stays in zip(
                rows[moved].tolist(),
                source.tolist(),
                target.tolist(),
                strength.tolist(),
                self.numbers[most].tolist(),
                (self.wanted[most, source] & self.wanted[most, target]).tolist(),
                strict=True,
            )
        ]


def nearness(points: FloatArray, themes: FloatArray, others: FloatArray, beside: FloatArray) -> FloatArray:
    """Return how much decisions about m others (m, r) tell of n points (n, r), (n, m).

    That is how near they are, and TOGETHER for each theme that both are in: ``themes`` (n, k) and ``beside`` (m, k)
    are 1 where they are in one.
    """
    return np.asarray(kernel(points, others) + TOGETHER * (themes @ beside.T), dtype=np.float32)


def decide(
    fit: FloatArray, learned: FloatArray, member: BoolArray, open_to: BoolArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Return which of n ideas move, (m,), and from which column to which, (m,) each.

    ``fit`` and ``learned`` (n, k + 1) are as ``Head.scores`` returns them, ``member`` (n, k + 1) is where the machine
    put the ideas, ``open_to`` (n, k) the themes they may go to. The column k stands for no theme.
    """
    none, at = open_to.shape[1], np.arange(len(fit))
    fit, learned, allowed = fit.copy(), learned.copy(), ~member
    allowed[:, :none] &= open_to
    several = member.sum(axis=1) > 1
    # Out of one of several themes an idea moves to where decisions point, or only out.
    allowed[several, :none] &= learned[several, :none] > LEAST
    fit[several, none] = learned[several, none] = 0.0
    target = np.where(allowed, fit, -np.inf).argmax(axis=1)
    # Of the themes that an idea is in, the one most worth leaving for the target.
    least = np.full(member.shape, LEAST, dtype=np.float32)
    least[:, none] = least[~several & (target == none)] = CLEAR
    spoken = learned[at, target][:, None] - learned > least
    gain = np.where(member & spoken, fit[at, target][:, None] - fit, -np.inf)
    out = several & (target == none)
    gain[out] -= learned[out]  # a move speaks twice, against one theme and for another
    source = gain.argmax(axis=1)
    moved = np.flatnonzero(allowed[at, target] & (gain[at, source] > 0))
    return moved, source[moved], target[moved]


def read_head(arrays: Mapping[str, NDArray[np.generic]]) -> Head:
    """Return the head that was stored as ``arrays``. Raises KeyError if one is missing.

    Older ones have no ``beside`` and no ``wanted``: none of their decisions stands for its theme, or names two.
    """
    given = {name: np.asarray(arrays[name], dtype=np.float32) for name in ("weights", "offsets", "points", "effects")}
    none = np.zeros((len(given["points"]), len(given["offsets"]) - 1))
    given["beside"] = np.asarray(arrays.get("beside", none), dtype=np.float32)
    wanted = np.asarray(arrays.get("wanted", np.zeros(given["effects"].shape)), dtype=bool)
    space = Space(np.asarray(arrays["shared"], dtype=np.float32), np.asarray(arrays["axes"], dtype=np.float32))
    return Head(space, **given, numbers=np.asarray(arrays["numbers"], dtype=np.intp), wanted=wanted)


def membership(placed: FloatArray) -> BoolArray:
    """Return which themes n ideas are in, (n, k + 1), from strengths (n, k); the last column: in none."""
    member = np.zeros((len(placed), placed.shape[1] + 1), dtype=bool)
    member[:, :-1] = placed > 0
    member[:, -1] = ~member[:, :-1].any(axis=1)
    return member
