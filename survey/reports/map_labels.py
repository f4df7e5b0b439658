"""Where the names of patches stand on the map: on their patch or beside it, and never on each other."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Protocol

LETTER_WIDTH = 0.5
"""Width of a letter of the serif, in sizes of the letters"""
LINE_HEIGHT = 1.05
"""Height of a line, in sizes of the letters"""
LETTERS_PER_LINE = (16, 10)
"""Letters in a line, about"""
MAX_DIAGONAL_RADII = 2.2
"""From corner to corner of a name that stands on its patch, in radiuses at most"""

Box = tuple[float, float, float, float]


class LabelledPatch(Protocol):
    """A patch as far as its name needs it."""

    @property
    def name(self) -> str: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def radius(self) -> float: ...


@dataclass(frozen=True, slots=True)
class PlacedName:
    """A name in lines: the middle of each, and its baseline."""

    lines: list[tuple[float, float, str]]


def place_names(
    patches: Sequence[LabelledPatch], side: float, size: float, *, covering: bool = False
) -> list[PlacedName]:
    """A name for each patch that has room for one, in letters of this size; the first patches choose first.

    With `covering` a name may also lie on other patches where there is no better place.
    """
    names: list[PlacedName] = []
    taken: list[Box] = []
    for patch in patches:
        best: tuple[tuple[int, int], Box, list[str]] | None = None
        for order, (box, lines) in enumerate(_places(patch, side, size)):
            covered = sum(_lies_on(box, other) for other in patches if other is not patch)
            fits = box[1] >= 0 and box[3] <= side and not any(_meet(box, own) for own in taken)
            if fits and (covering or not covered) and (best is None or (covered, order) < best[0]):
                best = (covered, order), box, lines
        if best is not None:
            _, box, lines = best
            taken.append(box)
            middle = round((box[0] + box[2]) / 2, 1)
            baselines = [round(box[1] + (number + 0.78) * LINE_HEIGHT * size, 1) for number in range(len(lines))]
            names.append(PlacedName([(middle, y, line) for y, line in zip(baselines, lines, strict=True)]))
    return names


def _places(patch: LabelledPatch, side: float, size: float) -> list[tuple[Box, list[str]]]:
    """Where a name may stand, the best first: on its patch where it fits, above or below it; in long lines or short."""
    on: list[tuple[Box, list[str]]] = []
    beside: list[tuple[Box, list[str]]] = []
    for most in LETTERS_PER_LINE:
        lines = textwrap.wrap(patch.name, most)
        width, height = max(map(len, lines)) * LETTER_WIDTH * size, len(lines) * LINE_HEIGHT * size
        x = min(max(patch.x, width / 2), side - width / 2)
        tops = (patch.y - height / 2, patch.y - patch.radius - height - 2, patch.y + patch.radius + 4)
        middle, *others = [((x - width / 2, top, x + width / 2, top + height), lines) for top in tops]
        (on if hypot(width, height) <= MAX_DIAGONAL_RADII * patch.radius else beside).append(middle)
        beside += others
    return [*on, *sorted(beside, key=lambda place: _lies_on(place[0], patch))]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _lies_on(box: Box, patch: LabelledPatch) -> bool:
    x, y = min(max(patch.x, box[0]), box[2]), min(max(patch.y, box[1]), box[3])
    return hypot(patch.x - x, patch.y - y) < patch.radius
