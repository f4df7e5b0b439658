"""Place the names of patches on the map: on a patch, above or below it, and never overlapping."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, hypot
from typing import Protocol
from unicodedata import east_asian_width

LETTER_WIDTH = 0.5
"""Average width of a letter of the serif font, in font sizes"""
LINE_HEIGHT = 1.05
"""Height of a line, in font sizes"""
LETTERS_PER_LINE = (16, 10)
"""The two line lengths that are tried, in letters; a Chinese or Japanese character is as wide as two"""
NEVER_FIRST = frozenset("、。，．・：；？！」』）ーっゃゅょッャュョぁぃぅぇぉァィゥェォ々")
"""Characters that no line begins with"""
MAX_DIAGONAL_RADII = 2.2
"""Longest diagonal of a name that is placed on its patch, in radii of the patch"""

Box = tuple[float, float, float, float]


class LabelledPatch(Protocol):
    """The attributes of a patch that placing its name needs."""

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
    """A name in lines: centre x, baseline y and text of each."""

    lines: list[tuple[float, float, str]]


def place_names(
    patches: Sequence[LabelledPatch], side: float, size: float, *, covering: bool = False
) -> list[PlacedName]:
    """Place a name for each patch that has room for one, in font size `size`; earlier patches have priority.

    `side` is the side of the square drawing. With `covering` a name may cover other patches if no place is free.
    """
    names: list[PlacedName] = []
    taken: list[Box] = []
    for patch in patches:
        best: tuple[tuple[int, int], Box, list[str]] | None = None
        for order, (box, lines) in enumerate(_places(patch, side, size)):
            covered = sum(_covers(box, other) for other in patches if other is not patch)
            fits = box[1] >= 0 and box[3] <= side and not any(_overlap(box, own) for own in taken)
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
    """Return the places for a name, best first: on its patch if it fits, above or below it; in long or short lines."""
    on: list[tuple[Box, list[str]]] = []
    around: list[tuple[Box, list[str]]] = []
    for max_letters in LETTERS_PER_LINE:
        lines = _wrap(patch.name, max_letters)
        width, height = max(map(_letters, lines)) * LETTER_WIDTH * size, len(lines) * LINE_HEIGHT * size
        x = min(max(patch.x, width / 2), side - width / 2)
        tops = (patch.y - height / 2, patch.y - patch.radius - height - 2, patch.y + patch.radius + 4)
        middle, *others = [((x - width / 2, top, x + width / 2, top + height), lines) for top in tops]
        (on if hypot(width, height) <= MAX_DIAGONAL_RADII * patch.radius else around).append(middle)
        around += others
    return [*on, *sorted(around, key=lambda place: _covers(place[0], patch))]


def _letters(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _wrap(name: str, max_letters: int) -> list[str]:
    """Return the lines of a name: broken at spaces, or into lines of like length where its writing has none."""
    letters = _letters(name)
    if letters == len(name) or " " in name:
        return textwrap.wrap(name, max_letters)
    fit = ceil(letters / ceil(letters / max_letters))
    lines = [""]
    for character in name:
        if _letters(lines[-1]) + _letters(character) > fit + 1 and character not in NEVER_FIRST:
            lines.append("")
        lines[-1] += character
    return lines


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _covers(box: Box, patch: LabelledPatch) -> bool:
    x, y = min(max(patch.x, box[0]), box[2]), min(max(patch.y, box[1]), box[3])
    return hypot(patch.x - x, patch.y - y) < patch.radius
