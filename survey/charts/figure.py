"""A drawing that is neither SVG nor PNG yet: a list of marks, in pixels from the top left corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Face = Literal["serif", "sans", "bold"]
Anchor = Literal["start", "end"]

PAPER, INK, MUTED, LINE = "#faf7f2", "#23201c", "#6b645b", "#e4ddd2"
"""The colours of the light theme in static/base.css; a test compares them"""
WIDTH, MARGIN = 1000, 48
INSIDE = WIDTH - 2 * MARGIN


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle with rounded corners."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Stitches:
    """A dashed line with round ends from left to right: what is tentative, and what is in no theme."""

    x: float
    y: float
    width: float
    thickness: float
    colour: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    is_dotted: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `x` is where it starts or, with the anchor "end", where it ends, both as read on the page."""

    x: float
    baseline: float
    text: str
    size: int
    colour: str = INK
    face: Face = "sans"
    anchor: Anchor = "start"
    instead: str = ""
    """What a picture writes if its fonts lack a letter of the text"""


Mark = Bar | Stitches | Rule | Words


@dataclass(frozen=True, slots=True)
class Figure:
    """A whole drawing. `title` and `description` say the same in words to those who do not see it."""

    height: float
    title: str
    description: str
    marks: tuple[Mark, ...]
    language: str = "en"
