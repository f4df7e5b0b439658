"""What was learned from decisions, applied to the ideas of new answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray
from analysis.known_themes.edits import Members
from analysis.teaching.head import Head, read_head


class WordingDecision(NamedTuple):
    """The themes that an owner put an idea with some words in, none for no theme, and the number of that decision."""

    themes: frozenset[str]
    reason: int


class TaughtMove(NamedTuple):
    """A wording (by its index) that decisions move out of a theme (None: of none) into one (None: into none).

    One that is put in one more theme leaves none.

    ``before`` is the strength in the theme it was in, ``strength`` that in the new one, ``reason`` the number of the
    decision that says it most.
    """

    row: int
    source: str | None
    target: str | None
    before: float | None
    strength: float
    reason: int


@dataclass(frozen=True, slots=True)
class Lessons:
    """What decisions teach: by words, and by a ``head`` for k themes with these ``keys``.

    ``reasons`` are the numbers by which the owner's decisions are known, in the order of the head's. None of the head
    where nothing was learned yet.
    """

    wordings: Mapping[str, WordingDecision] = field(default_factory=dict)
    head: Head | None = None
    keys: tuple[str, ...] = ()
    reasons: tuple[int, ...] = ()

    def moves(
        self, wordings: Sequence[str], vectors: FloatArray, members: Members, unread: Collection[int] = ()
    ) -> list[TaughtMove]:
        """Return what the decisions move among n wordings, placed by the machine in the themes of ``members``.

        The same words as in a decision belong in the same themes. ``vectors`` (n, d) are of unit length. Those
        ``unread`` are moved by their words alone.
        """
        moves: list[TaughtMove] = []
        decided = {row for row, wording in enumerate(wordings) if wording in self.wordings}
        for row in sorted(decided):
            themes, reason = self.wordings[wordings[row]]
            held = {key: own[row] for key, own in members.items() if row in own}
            for source, target in zip_longest(sorted(held.keys() - themes), sorted(themes - held.keys())):
                before = held[source] if source is not None else None
                moves.append(TaughtMove(row, source, target, before, 1.0, reason))
        if self.head is None:
            return moves
        placed = np.zeros((len(wordings), len(self.keys)), dtype=np.float32)
        for column, key in enumerate(self.keys):
            for row, strength in members.get(key, {}).items():
                placed[row, column] = strength
        known = set(self.keys)
        elsewhere = set(unread) | {row for key, own in members.items() if key not in known for row in own}
        rows = np.array([row for row in range(len(wordings)) if row not in decided | elsewhere], dtype=np.intp)
        for move in self.head.moves(vectors, placed, rows=rows):
            source = None if move.source is None or move.stays else self.keys[move.source]
            target = None if move.target is None else self.keys[move.target]
            before = None if move.source is None or move.stays else float(placed[move.row, move.source])
            moves.append(TaughtMove(move.row, source, target, before, move.strength, self.reasons[move.because]))
        return moves

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what was learned as named arrays; the words of decisions are not among them."""
        own = {"keys": np.array(self.keys, dtype=np.str_), "reasons": np.array(self.reasons, dtype=np.int64)}
        return own if self.head is None else own | self.head.arrays()


def read_lessons(arrays: Mapping[str, NDArray[np.generic]], wordings: Mapping[str, WordingDecision]) -> Lessons:
    """Return the lessons that were stored as ``arrays``, with the words of the decisions that hold now."""
    head = read_head(arrays) if "axes" in arrays else None
    return Lessons(wordings, head, tuple(map(str, arrays["keys"])), tuple(map(int, arrays["reasons"])))
