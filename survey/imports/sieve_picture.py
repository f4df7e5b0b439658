"""The picture of an import: the file is a cord, each part as thick as its share of the rows.

What is taken in runs on with frayed ends, what is left out curls off, what is here already ends in a knot. Lengths are
units of the drawing. The same numbers stand in words on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

End = Literal["runs on", "knot", "curl"]
CORD = 61.0
"""Thickness of the whole cord"""
THINNEST = 2.0
FRAY_EVERY = 17.0


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one outcome: how many, in words, and how their part of the cord ends."""

    count: int
    words: str
    short: str
    """The words where there is little room"""
    end: End
    colour: str
    """A class of colours: tb, t0, ta"""


@dataclass(frozen=True, slots=True)
class Strand:
    """A part as it is drawn: the path of its cord, the paths or the knot at its end, and where its words begin."""

    part: Part
    path: str
    width: float
    ends: str
    knot: tuple[float, float] | None
    """Top and height of the knot"""
    text_y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing."""

    width: int
    height: int
    rows: int
    strands: Sequence[Strand]
    end_x: int
    text_x: int
    narrow: bool


@dataclass(frozen=True, slots=True)
class _Measures:
    width: int
    bend: tuple[int, int, int]
    """Where the cord begins to part, the middle of the bend, and where its parts lie"""
    end: int
    text: int
    scale: float


WIDE = _Measures(820, (230, 325, 420), 560, 598, 1.0)
NARROW = _Measures(350, (64, 98, 132), 156, 190, 0.9)
TOP, GAP, LINE_HEIGHT = 30.0, 14.0, 30.0


def draw(parts: Sequence[Part], *, narrow: bool = False) -> Picture:
    """Return the drawing of these parts, of which none is empty, from top to bottom."""
    at = NARROW if narrow else WIDE
    total = sum(part.count for part in parts) or 1
    widths = [max(THINNEST, CORD * at.scale * part.count / total) for part in parts]
    rooms = [max(width, LINE_HEIGHT) for width in widths]
    right = sum(rooms) + GAP * (len(parts) - 1)
    left = sum(widths)
    height = TOP + max(right, left) + 12
    source = TOP + (height - TOP - 12 - left) / 2
    target = TOP + (height - TOP - 12 - right) / 2
    strands = []
    for part, width, room in zip(parts, widths, rooms, strict=True):
        y, end_y = source + width / 2, target + room / 2
        begin, middle, over = at.bend
        path = f"M-1400 {y:.1f}H{begin}C{middle} {y:.1f} {middle} {end_y:.1f} {over} {end_y:.1f}H{at.end}"
        knot = (round(end_y - width / 2 - 3, 1), round(width + 6, 1)) if part.end == "knot" else None
        strands.append(
            Strand(part, path, round(width, 1), _ends(part, at.end, end_y, width), knot, round(end_y + 6, 1))
        )
        source += width
        target += room + GAP
    return Picture(at.width, round(height), total if parts else 0, strands, at.end, at.text, narrow)


def _ends(part: Part, x: float, y: float, width: float) -> str:
    if part.end == "runs on":
        number = max(1, round(width / FRAY_EVERY))
        ys = [y + (place - (number - 1) / 2) * width / (number + 0.2) for place in range(number)]
        return "".join(f"M{x - 4:g} {one:.1f}c8 0 11 -3.5 16 -3.5s7 6 14 3.5" for one in ys)
    if part.end == "curl":
        return (
            f"M{x:g} {y:.1f}C{x + 8:g} {y:.1f} {x + 12:g} {y - 6:.1f} {x + 9:g} {y - 9:.1f}"
            f"S{x + 1:g} {y - 4:.1f} {x + 6:g} {y + 2:.1f}S{x + 18:g} {y + 3:.1f} {x + 22:g} {y - 2:.1f}"
        )
    return ""
