"""The charts of a survey as files: which there are, and each as SVG or PNG with a tag of what is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from survey.charts.figure import Figure
from survey.charts.layouts import CHARTS
from survey.charts.png import as_png
from survey.charts.svg import as_svg
from survey.results.read_model import ThemePage

TYPES = {"svg": "image/svg+xml", "png": "image/png"}
WRITERS: dict[str, Callable[[Figure], bytes]] = {"svg": as_svg, "png": as_png}
DRAWING_VERSION = 1
"""Increase it whenever the same figure is written differently"""


def chart(page: ThemePage, name: str) -> Figure | None:
    """Return a chart of a theme page by its name; None if there is no such chart, or nothing to draw."""
    return CHARTS[name](page) if name in CHARTS else None


def drawn(page: ThemePage) -> list[str]:
    """Return the names of the charts that a theme page has."""
    return [name for name, make in CHARTS.items() if make(page) is not None]


def tag(figure: Figure) -> str:
    """Return a text that changes whenever the file of a figure changes."""
    return hashlib.sha256(repr((DRAWING_VERSION, figure)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
