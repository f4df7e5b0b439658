"""Place the names of patches on the map: beside their patches, over no dot, and never over each other."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, cos, hypot, pi, sin
from typing import Protocol
from unicodedata import east_asian_width

LETTER_WIDTH = 0.5
"""Average width of a letter of the serif font, in font sizes"""
LINE_HEIGHT = 1.05
"""Height of a line, in font sizes"""
LETTERS_PER_LINE = (16, 10)
"""The two line lengths that are tried, in letters; a Chinese or Japanese character is as wide as two"""
LETTERS_PER_WORD = 20
"""Longest word that is never broken"""
NEVER_FIRST = frozenset("、。，．・：；？！」』）ーっゃゅょッャュョぁぃぅぇぉァィゥェォ々")
"""Characters that no line begins with"""
MAX_DIAGONAL_RADII = 2.2
"""Longest diagonal of a name that is placed on its patch, in radii of the patch"""
DIRECTIONS = 24
"""Places that are tried around a patch, at each distance"""
DISTANCES = (0.2, 0.9, 2.0, 3.5, 5.5)
"""From the edge of the patch to the name, in font sizes; the last two only where every patch is to be named"""
LINE_FROM = 0.6
"""Distance, in font sizes, from which a line leads from the name to its patch"""
MANY = 10**6
CELL = 40
"""Side of the cells that dots are looked up in"""

Box = tuple[float, float, float, float]
Point = tuple[float, float]


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
    """A name in lines: centre x and baseline y of the first, the text of each; `patch` is the number of its patch."""

    patch: int
    x: float
    y: float
    lines: list[str]
    leader: tuple[float, float, float, float] | None = None
    """A line from the name to its patch, where they lie apart"""


class Dots:
    """Dots of one radius, to count those that a box covers."""

    def __init__(self, places: Sequence[Point], radius: float) -> None:
        self._radius = radius
        self._cells: dict[tuple[int, int], list[Point]] = defaultdict(list)
        for x, y in places:
            self._cells[int(x // CELL), int(y // CELL)].append((x, y))

    def covered(self, box: Box, most: int) -> int:
        """Return how many dots a box covers, in part or whole; once it is more than `most`, count no further."""
        radius = self._radius
        left, top, right, bottom = box[0] - radius, box[1] - radius, box[2] + radius, box[3] + radius
        found = 0
        for column in range(int(left // CELL), int(right // CELL) + 1):
            for row in range(int(top // CELL), int(bottom // CELL) + 1):
                for x, y in self._cells.get((column, row), ()):
                    found += left < x < right and top < y < bottom
                if found > most:
                    return found
        return found


def place_names(
    patches: Sequence[LabelledPatch], side: float, size: float, dots: Dots | None = None, *, covering: bool = False
) -> list[PlacedName]:
    """Place a name for each patch that has room for one, in font size `size`; earlier patches have priority.

    `side` is the side of the square drawing. No name covers another, a patch but its own, or a dot. With `covering` it
    may cover patches and dots, as few as can be, if no place is free. Without dots a name is best on its patch.
    """
    names: list[PlacedName] = []
    taken: list[Box] = []
    for number, patch in enumerate(patches):
        best: tuple[tuple[int, int, int], Box, list[str]] | None = None
        for order, (box, lines) in enumerate(_places(patch, side, size, on_patch=dots is None, far=covering)):
            if box[0] < 0 or box[1] < 0 or box[2] > side or box[3] > side or any(_overlap(box, own) for own in taken):
                continue
            over = sum(_covers(box, other) for other in patches if other is not patch)
            if over and not covering:
                continue
            covered = dots.covered(box, best[0][0] if best else MANY) if dots else 0
            if (covering or not covered) and (best is None or (covered, over, order) < best[0]):
                best = (covered, over, order), box, lines
                if not covered + over:
                    break
        if best is not None:
            _, box, lines = best
            taken.append(box)
            names.append(
                PlacedName(
                    number,
                    round((box[0] + box[2]) / 2, 1),
                    round(box[1] + 0.78 * LINE_HEIGHT * size, 1),
                    lines,
                    _leader(box, patch, LINE_FROM * size),
                )
            )
    return names


def _places(
    patch: LabelledPatch, side: float, size: float, *, on_patch: bool, far: bool
) -> Iterator[tuple[Box, list[str]]]:
    """Yield the places for a name, best first: on its patch if it may and fits, else around it, near ones first."""
    shapes = []
    for max_letters in LETTERS_PER_LINE:
        lines = _wrap(patch.name, max_letters)
        shapes.append((lines, max(map(_letters, lines)) * LETTER_WIDTH * size, len(lines) * LINE_HEIGHT * size))
    if len(shapes) > 1 and shapes[0][0] == shapes[1][0]:
        shapes.pop()
    if on_patch:
        for lines, width, height in shapes:
            if hypot(width, height) <= MAX_DIAGONAL_RADII * patch.radius:
                x = min(max(patch.x, width / 2), side - width / 2)
                yield _box(x, patch.y, width, height), lines
    for distance in DISTANCES if far else DISTANCES[:3]:
        for step in range(DIRECTIONS):
            side_of = 1 if step % 2 == 0 else -1
            away = 2 * pi * ((step + 3) // 4) / DIRECTIONS * (-1) ** (step // 2)
            angle = side_of * pi / 2 + away  # below and above first, then ever more to the sides
            for lines, width, height in shapes:
                reach = patch.radius + distance * size
                x, y = patch.x + cos(angle) * (reach + width / 2), patch.y + sin(angle) * (reach + height / 2)
                x = min(max(x, width / 2), side - width / 2)  # at the edge it moves along it
                box = _box(x, y, width, height)
                if not _covers(box, patch):
                    yield box, lines


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _leader(box: Box, patch: LabelledPatch, shortest: float) -> tuple[float, float, float, float] | None:
    """Return the line from a name to the edge of its patch, None where they are next to each other."""
    x, y = min(max(patch.x, box[0]), box[2]), min(max(patch.y, box[1]), box[3])
    away = hypot(x - patch.x, y - patch.y)
    if away - patch.radius < shortest:
        return None
    edge = patch.radius / away
    return round(x, 1), round(y, 1), round(patch.x + edge * (x - patch.x), 1), round(patch.y + edge * (y - patch.y), 1)


def _letters(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _wrap(name: str, max_letters: int) -> list[str]:
    """Return the lines of a name: broken at spaces, or into lines of like length where its writing has none."""
    letters = _letters(name)
    if letters == len(name) or " " in name:
        longest = max(map(len, name.split()), default=0)
        return textwrap.wrap(name, max(max_letters, min(longest, LETTERS_PER_WORD))) or [name]
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
