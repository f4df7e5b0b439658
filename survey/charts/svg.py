"""A figure as an SVG file that needs nothing else: no script, no style sheet, no font and no image from elsewhere."""

from __future__ import annotations

import re
from html import escape

from survey.charts.figure import WIDTH, Bar, Figure, Mark, Rule, Stitches
from survey.sharing import text_layout

FONTS = {
    "serif": "'Iowan Old Style', Palatino, 'Palatino Linotype', Georgia, 'Noto Serif', 'Noto Serif CJK SC', serif",
    "sans": "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Noto Sans CJK SC', Arial, sans-serif",
}
"""Fonts that readers of the file may have, the first they have is taken"""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_svg(figure: Figure) -> bytes:
    """Return a figure as SVG, UTF-8. A screen reader says its title and description."""
    marks = "\n".join(_mark(mark) for mark in figure.marks)
    height = f"{figure.height:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-labelledby="title description" xml:lang="{figure.language}">\n'
        f'<title id="title">{_text(figure.title)}</title>\n'
        f'<desc id="description">{_text(figure.description)}</desc>\n{marks}\n</svg>\n'
    ).encode()


def _mark(mark: Mark) -> str:
    if isinstance(mark, Bar):
        rounded = f' rx="{mark.radius:g}"' if mark.radius else ""
        place = f'x="{mark.x:.1f}" y="{mark.y:.1f}" width="{mark.width:.1f}" height="{mark.height:.1f}"'
        return f'<rect {place}{rounded} fill="{mark.colour}"/>'
    if isinstance(mark, Stitches):
        half = mark.thickness / 2
        ends = f'x1="{mark.x + half:.1f}" y1="{mark.y:.1f}" x2="{mark.x + mark.width - half:.1f}" y2="{mark.y:.1f}"'
        dashes = f'stroke-dasharray="{2 * half:g} {4 * half:g}" stroke-linecap="round"'
        return f'<line {ends} stroke="{mark.colour}" stroke-width="{mark.thickness:g}" {dashes}/>'
    if isinstance(mark, Rule):
        ends = f'x1="{mark.x1:.1f}" y1="{mark.y1:.1f}" x2="{mark.x2:.1f}" y2="{mark.y2:.1f}"'
        dots = ' stroke-dasharray="2 4"' if mark.is_dotted else ""
        return f'<line {ends} stroke="{mark.colour}"{dots}/>'
    # A text from right to left keeps its place: there its start is at the right, and its end at the left.
    is_rtl = text_layout.starts_rtl(mark.text)
    anchor = ' text-anchor="end"' if (mark.anchor == "end") is not is_rtl else ""
    direction = ' direction="rtl"' if is_rtl else ""
    weight = ' font-weight="600"' if mark.face == "bold" else ""
    font = FONTS["serif" if mark.face == "serif" else "sans"]
    return (
        f'<text x="{mark.x:.1f}" y="{mark.baseline:.1f}" font-family="{font}" font-size="{mark.size}"{weight}'
        f'{anchor}{direction} fill="{mark.colour}">{_text(mark.text)}</text>'
    )


def _text(text: str) -> str:
    """Return a text for XML: escaped, without the characters that no XML file may hold."""
    return escape(_NOT_XML.sub("", text), quote=False)
