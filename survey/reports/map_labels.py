"""Place the names of patches on the map: on or beside their own, over no other patch, and never over each other."""

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
NEAR, FAR = (0.2, 0.9, 2.0), (3.5, 5.5, 8.0)
"""From the edge of the patch to the name, in font sizes; the second only where as many as can be are to be named"""
LINE_FROM = 0.6
"""Distance, in font sizes, from which a line leads from the name to its patch"""
FARTHER = 2
"""How many times as far as its own patch every other is from a name without a line"""
MANY = 10**6
TRIES = 3
"""How often names are placed again where some patch has none"""
APART = 0.5
"""Least distance of two names, in font sizes: closer ones read as one"""
CELL = 40
"""Side of the cells that dots are looked up in"""

Box = tuple[float, float, float, float]
Point = tuple[float, float]
Line = tuple[float, float, float, float]
Circle = tuple[float, float, float]
Shape = tuple[list[str], float, float]


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
    leader: Line | None = None
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

    `side` is the side of the square drawing. No name or line is over another name or line, or a patch but its own; a
    name is by far nearest to its own patch, or has a line. It covers no dot, or with `covering` as few as can be, and
    is then looked for further away; patches that were left without one then come first. Without dots a name is best
    on its patch.
    """
    order = list(range(len(patches)))
    most = _placed_in(order, patches, side, size, dots, covering=covering)
    for _ in range(TRIES if covering else 0):
        named = {name.patch for name in most}
        if len(named) == len(patches):
            break
        order.sort(key=lambda number: number in named)
        names = _placed_in(order, patches, side, size, dots, covering=covering)
        most = max(most, names, key=len)
    return sorted(most, key=lambda name: name.patch)


def _placed_in(
    order: Sequence[int],
    patches: Sequence[LabelledPatch],
    side: float,
    size: float,
    dots: Dots | None,
    *,
    covering: bool,
) -> list[PlacedName]:
    """Place the names of patches in an order, as `place_names` does."""
    names: list[PlacedName] = []
    taken: list[tuple[Box, Line | None]] = []
    for number in order:
        patch = patches[number]
        others = [(other.x, other.y, other.radius) for other in patches if other is not patch]
        best: tuple[int, Box, list[str], Line | None] | None = None
        for box, lines in _places(patch, side, size, on_patch=dots is None, far=covering):
            if box[0] < 0 or box[1] < 0 or box[2] > side or box[3] > side:
                continue
            leader = _leader(box, patch, LINE_FROM * size)
            if not _is_free(box, leader, taken) or not _is_clear(box, leader, patch, others):
                continue
            covered = dots.covered(box, best[0] if best else MANY) if dots else 0
            if (covering or not covered) and (best is None or covered < best[0]):
                best = covered, box, lines, leader
                if not covered:
                    break
        if best is not None:
            _, box, lines, leader = best
            taken.append((_grown(box, APART * size), leader))
            x, y = round((box[0] + box[2]) / 2, 1), round(box[1] + 0.78 * LINE_HEIGHT * size, 1)
            names.append(PlacedName(number, x, y, lines, leader))
    return names


def _is_free(box: Box, leader: Line | None, taken: Sequence[tuple[Box, Line | None]]) -> bool:
    """Return whether a name and its line are apart from the names and lines that are placed."""
    left, top, right, bottom = box
    for name, line in taken:
        if left < name[2] and name[0] < right and top < name[3] and name[1] < bottom:
            return False
        if line and (_crosses(line, box) or (leader and _cross(leader, line))):
            return False
        if leader and _crosses(leader, name):
            return False
    return True


def _is_clear(box: Box, leader: Line | None, patch: LabelledPatch, others: Sequence[Circle]) -> bool:
    """Return whether a name and its line are over no other patch, and the name is seen to be that of its own."""
    least = 0.0 if leader else FARTHER * max(0.0, _gap(box, patch.x, patch.y, patch.radius))
    for x, y, radius in others:
        if _gap(box, x, y, radius) < least or (leader and _runs_over(leader, x, y, radius)):
            return False
    return True


def _places(
    patch: LabelledPatch, side: float, size: float, *, on_patch: bool, far: bool
) -> Iterator[tuple[Box, list[str]]]:
    """Yield the places for a name, best first: on its patch if it may and fits, else around it, near ones first.

    With `far` it is also looked for on its patch though it reaches beyond, and further away.
    """
    shapes = []
    for max_letters in LETTERS_PER_LINE:
        lines = _wrap(patch.name, max_letters)
        shapes.append((lines, max(map(_letters, lines)) * LETTER_WIDTH * size, len(lines) * LINE_HEIGHT * size))
    if len(shapes) > 1 and shapes[0][0] == shapes[1][0]:
        shapes.pop()
    if on_patch:
        fits = MAX_DIAGONAL_RADII * patch.radius
        yield from _upon(patch, side, [shape for shape in shapes if hypot(*shape[1:]) <= fits])
    yield from _around(patch, side, size, shapes, NEAR)
    if far:
        yield from _upon(patch, side, shapes)
        yield from _around(patch, side, size, shapes, FAR)


def _upon(patch: LabelledPatch, side: float, shapes: Sequence[Shape]) -> Iterator[tuple[Box, list[str]]]:
    """Yield the place on a patch for each shape of its name."""
    for lines, width, height in shapes:
        yield _box(min(max(patch.x, width / 2), side - width / 2), patch.y, width, height), lines


def _around(
    patch: LabelledPatch, side: float, size: float, shapes: Sequence[Shape], distances: Sequence[float]
) -> Iterator[tuple[Box, list[str]]]:
    """Yield the places around a patch."""
    for distance in distances:
        for step in range(DIRECTIONS):
            side_of = 1 if step % 2 == 0 else -1
            away = 2 * pi * ((step + 3) // 4) / DIRECTIONS * (-1) ** (step // 2)
            angle = side_of * pi / 2 + away  # below and above first, then ever more to the sides
            for lines, width, height in shapes:
                reach = patch.radius + distance * size
                x, y = patch.x + cos(angle) * (reach + width / 2), patch.y + sin(angle) * (reach + height / 2)
                x = min(max(x, width / 2), side - width / 2)  # at the edge it moves along it
                box = _box(x, y, width, height)
                if _gap(box, patch.x, patch.y, patch.radius) >= 0:
                    yield box, lines


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _leader(box: Box, patch: LabelledPatch, shortest: float) -> Line | None:
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


def _gap(box: Box, x: float, y: float, radius: float) -> float:
    """Return how far a box is from the edge of a circle, less than 0 where it covers some of it."""
    left, top, right, bottom = box
    across = left - x if x < left else x - right if x > right else 0.0
    down = top - y if y < top else y - bottom if y > bottom else 0.0
    return hypot(across, down) - radius


def _runs_over(line: Line, x: float, y: float, radius: float) -> bool:
    """Return whether a line runs over a circle."""
    right, down = line[2] - line[0], line[3] - line[1]
    along = ((x - line[0]) * right + (y - line[1]) * down) / (right**2 + down**2)
    nearest = min(max(along, 0.0), 1.0)
    return hypot(line[0] + nearest * right - x, line[1] + nearest * down - y) < radius


def _crosses(line: Line, box: Box) -> bool:
    """Return whether a line runs over a box."""
    left, top, right, bottom = box
    if max(line[0], line[2]) <= left or min(line[0], line[2]) >= right:
        return False
    if max(line[1], line[3]) <= top or min(line[1], line[3]) >= bottom:
        return False
    sides = {_side(line, x, y) > 0 for x in (left, right) for y in (top, bottom)}
    return len(sides) == 2


def _cross(one: Line, other: Line) -> bool:
    """Return whether two lines cross."""
    return (_side(one, *other[:2]) > 0) != (_side(one, *other[2:]) > 0) and (
        (_side(other, *one[:2]) > 0) != (_side(other, *one[2:]) > 0)
    )


def _side(line: Line, x: float, y: float) -> float:
    """Return more than 0 on one side of a line, less on the other."""
    return (line[2] - line[0]) * (y - line[1]) - (line[3] - line[1]) * (x - line[0])
