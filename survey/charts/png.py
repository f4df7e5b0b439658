"""A figure as a PNG, drawn with the fonts of the preview images: every script they have, also from right to left."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

from survey.charts.figure import PAPER, WIDTH, Bar, Figure, Mark, Rule, Stitches, Words
from survey.charts.page_frame import STYLES
from survey.sharing import text_layout

SCALE = 2
"""Pixels of the picture for each of the figure: sharp on screens and in print"""
MAX_PIXELS = 40_000_000
COLOURS = 128
DOT, GAP = 2, 4


@lru_cache(maxsize=16)
def as_png(figure: Figure) -> bytes:
    """Return a figure as PNG, twice its size in pixels; the same bytes for the same figure.

    Raises ValueError if the figure is too large for a picture.
    """
    height = round(figure.height * SCALE)
    if WIDTH * SCALE * height > MAX_PIXELS:
        raise ValueError("The figure is too large for a picture.")
    image = Image.new("RGB", (WIDTH * SCALE, height), PAPER)
    pen = ImageDraw.Draw(image)
    for mark in figure.marks:
        _draw(pen, mark)
    file = BytesIO()
    image.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw(pen: ImageDraw.ImageDraw, mark: Mark) -> None:
    if isinstance(mark, Bar):
        box = (mark.x * SCALE, mark.y * SCALE, (mark.x + mark.width) * SCALE - 1, (mark.y + mark.height) * SCALE - 1)
        if box[2] >= box[0] and box[3] >= box[1]:
            pen.rounded_rectangle(box, mark.radius * SCALE, fill=mark.colour)
    elif isinstance(mark, Stitches):
        _draw_stitches(pen, mark)
    elif isinstance(mark, Rule):
        _draw_rule(pen, mark)
    else:
        _draw_words(pen, mark)


def _draw_stitches(pen: ImageDraw.ImageDraw, mark: Stitches) -> None:
    half, end = mark.thickness / 2, mark.x + mark.width
    x = mark.x
    while x < end:
        box = (x * SCALE, (mark.y - half) * SCALE, min(x + 4 * half, end) * SCALE - 1, (mark.y + half) * SCALE - 1)
        if box[2] - box[0] >= 1:
            pen.rounded_rectangle(box, half * SCALE, fill=mark.colour)
        x += 6 * half


def _draw_rule(pen: ImageDraw.ImageDraw, mark: Rule) -> None:
    start, end = (mark.x1 * SCALE, mark.y1 * SCALE), (mark.x2 * SCALE, mark.y2 * SCALE)
    if not mark.is_dotted:
        pen.line([start, end], fill=mark.colour, width=SCALE)
        return
    y = mark.y1
    while y < mark.y2:  # dotted rules stand upright
        pen.line([(start[0], y * SCALE), (start[0], min(y + DOT, mark.y2) * SCALE)], fill=mark.colour, width=SCALE)
        y += DOT + GAP


def _draw_words(pen: ImageDraw.ImageDraw, mark: Words) -> None:
    style = STYLES[mark.face]
    text = mark.text if text_layout.drawable(style, mark.text) else mark.instead
    if not text:
        return
    x = mark.x if mark.anchor == "start" else mark.x - text_layout.length(style, text, mark.size)
    text_layout.draw_line(
        pen, (x, mark.baseline), text, style, mark.size, mark.colour, rtl=text_layout.starts_rtl(text), scale=SCALE
    )  # fmt: skip
