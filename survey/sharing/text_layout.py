"""Text in preview images: which bundled font draws which letter, how wide a text is, where lines break.

Latin, Greek and Cyrillic are set in Source Serif 4; Arabic, Armenian, Bengali, Devanagari, Ethiopic, Georgian,
Gujarati, Gurmukhi, Hebrew, Kannada, Khmer, Lao, Malayalam, Myanmar, Odia, Sinhala, Tamil, Telugu and Thai in Noto
Sans; Chinese, Japanese and Korean in Noto Sans CJK; emoji in one colour. Other scripts (Tibetan, Mongolian,
Cherokee, Canadian syllabics and so on) are not covered: a text in one of them is not drawn at all, because a question
with letters missing would be another question. All fonts are under the SIL Open Font License 1.1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from fontTools.ttLib import TTFont
from PIL import ImageFont, features
from PIL.ImageDraw import ImageDraw

from survey.sharing.fonts import CJK, NOTO, SERIF, font_file

CAN_SHAPE = features.check_feature("raqm")
"""Whether Pillow can shape text: join letters and reorder them (needs libfribidi)"""
JOINED = (
    "Arabic", "Hebrew", "Devanagari", "Bengali", "Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Oriya", "Sinhala",
    "Tamil", "Telugu", "Khmer", "Myanmar", "Thai", "Lao",
)  # fmt: skip
SINGLE = ("Armenian", "Georgian", "Ethiopic")
JOINERS = "\u200c\u200d"
ELLIPSIS = "…"
# Invisible: variation selectors, directional marks, soft hyphens.
_UNSEEN = re.compile("[\ufe0e\ufe0f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")
# Lines may break after a space, and between the letters of scripts that write none.
_PIECES = re.compile(
    "[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\u3001-\u3003\u300d\u300f\uff01\uff0c\uff1f]*"
    "|[^\\s\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+ ?| "
)


@dataclass(frozen=True, slots=True)
class Face:
    """A font file, with the values of its variation axes (in the order of the file)."""

    package: str
    file: str
    axes: tuple[int, ...]
    index: int = 0


@dataclass(frozen=True, slots=True)
class Style:
    """The first face of a text; the others are fallbacks for letters it lacks."""

    first: Face


SERIF_STYLE = Style(Face(SERIF, "files/SourceSerif4[opsz,wght].ttf", (400, 34)))
ITALIC = Style(Face(SERIF, "files/SourceSerif4-Italic[opsz,wght].ttf", (400, 26)))
SANS = Style(Face(NOTO, "NotoSans[wght].ttf", (400,)))
SANS_BOLD = Style(Face(NOTO, "NotoSans[wght].ttf", (600,)))


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a text that is drawn with one face."""

    text: str
    face: Face

    @property
    def is_rtl(self) -> bool:
        """Return whether it is read from right to left."""
        return _is_rtl(self.text)


def faces(style: Style, text: str) -> tuple[Face, ...]:
    """Return the faces to try for each letter of a text, in this order."""
    cjk = 0 if re.search("[\u3040-\u30ff]", text) else 1 if re.search("[\u1100-\u11ff\uac00-\ud7af]", text) else 2
    return (
        style.first,
        SANS.first,
        *(Face(NOTO, f"NotoSans{name}[wght].ttf", (400,)) for name in (JOINED if CAN_SHAPE else ()) + SINGLE),
        Face(NOTO, "NotoEmoji[wght].ttf", (400,)),
        Face(NOTO, "NotoSansSymbols[wght].ttf", (400,)),
        Face(CJK, "NotoSansCJK-VF.otf.ttc", (400,), cjk),
    )


@cache
def covered(package: str, file: str, index: int) -> frozenset[int]:
    """Return the code points a font file has a glyph for. Raises FontError."""
    with font_file(package, file) as path, TTFont(path, lazy=True, fontNumber=index) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=128)
def font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """Return a face at a size in pixels. Raises FontError."""
    with font_file(face.package, face.file) as path:
        loaded = ImageFont.truetype(str(path), size, index=face.index)
    loaded.set_variation_by_axes(list(face.axes))
    return loaded


@lru_cache(maxsize=512)
def runs(style: Style, text: str) -> tuple[Run, ...] | None:
    """Return a text split into runs of one face each; None where no face has one of its letters or numbers.

    Other characters that no face has are left out.
    """
    candidates = faces(style, text)
    found: list[Run] = []
    for character in plain(text):
        face = _face_of(character, candidates, found[-1].face if found else None)
        if face is None:
            if unicodedata.category(character)[0] in "LNM":
                return None
        elif found and found[-1].face == face:
            found[-1] = Run(found[-1].text + character, face)
        else:
            found.append(Run(character, face))
    return tuple(found)


def plain(text: str) -> str:
    """Return a text as one line, without invisible characters."""
    return _SPACE.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFC", text))).strip()


def drawable(style: Style, text: str) -> bool:
    """Return whether every letter of a text can be drawn, and there is at least one."""
    return any(run.text.strip() for run in runs(style, text) or ())


def length(style: Style, text: str, size: int) -> float:
    """Return the width of a line, in pixels."""
    return sum(_length(run, size) for run in runs(style, text) or ())


def draw_line(
    to: ImageDraw,
    at: tuple[float, float],
    text: str,
    style: Style,
    size: int,
    colour: str,
    *,
    rtl: bool = False,
    scale: int = 1,
) -> None:
    """Draw one line; `at` is the left end of its baseline. The runs of an `rtl` line are drawn from right to left."""
    x, baseline = at
    for run in _ordered(runs(style, text) or (), rtl):
        to.text(
            (x * scale, baseline * scale), run.text, fill=colour, font=font(run.face, size * scale), anchor="ls",
            direction=_direction(run),
        )  # fmt: skip
        x += _length(run, size)


def fitted(style: Style, text: str, size: int, width: float) -> str:
    """Return a text that fits the width in one line, truncated with an ellipsis if necessary."""
    text = plain(text)
    if length(style, text, size) <= width:
        return text
    cut = text
    while cut and length(style, cut + ELLIPSIS, size) > width:
        cut = cut[:-1].rstrip()
    return cut + ELLIPSIS


def wrapped(style: Style, text: str, size: int, width: float) -> list[str]:
    """Return the lines of a text: as few as fit the width, of similar length."""
    text = plain(text)
    fewest = _filled(style, text, size, width)
    narrow, wide = width / 2, width
    while wide - narrow > 4:
        middle = (narrow + wide) / 2
        if len(_filled(style, text, size, middle)) > len(fewest):
            narrow = middle
        else:
            wide = middle
    return _filled(style, text, size, wide)


def starts_rtl(text: str) -> bool:
    """Return whether the first letter is of a script that is read from right to left."""
    return _is_rtl(text)


def _ordered(found: Sequence[Run], rtl: bool) -> list[Run]:
    """Return runs in drawing order. A space after a run of the other direction moves to the run that follows."""
    placed: list[Run] = []
    space = ""
    for run in found:
        text = space + run.text
        space = " " if run.is_rtl != rtl and text.endswith(" ") else ""
        placed.append(Run(text.removesuffix(space), run.face))
    return placed[::-1] if rtl else placed


def _filled(style: Style, text: str, size: int, width: float) -> list[str]:
    lines = [""]
    for piece in _pieces(style, text, size, width):
        if lines[-1] and length(style, lines[-1] + piece.rstrip(), size) > width:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]


def _pieces(style: Style, text: str, size: int, width: float) -> Iterator[str]:
    """Yield the unbreakable pieces of a text; a word that is wider than a line is broken all the same."""
    for piece in _PIECES.findall(text):
        while length(style, piece, size) > width and len(piece) > 1:
            fit = next(n for n in range(len(piece) - 1, 0, -1) if n == 1 or length(style, piece[:n], size) <= width)
            while fit > 1 and unicodedata.category(piece[fit])[0] == "M":
                fit -= 1
            yield piece[:fit]
            piece = piece[fit:]
        yield piece


def _face_of(character: str, candidates: tuple[Face, ...], current: Face | None) -> Face | None:
    kind = unicodedata.category(character)
    keeps_face = kind[0] in "ZPNM" or character in JOINERS or "\U0001f3fb" <= character <= "\U0001f3ff"
    if keeps_face and current is not None and ord(character) in covered(current.package, current.file, current.index):
        return current
    if character in JOINERS:
        return None
    return next((face for face in candidates if ord(character) in covered(face.package, face.file, face.index)), None)


@lru_cache(maxsize=4096)
def _length(run: Run, size: int) -> float:
    return font(run.face, size).getlength(run.text, direction=_direction(run))


def _direction(run: Run) -> str | None:
    return ("rtl" if run.is_rtl else "ltr") if CAN_SHAPE else None


def _is_rtl(text: str) -> bool:
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((kind != "L" for kind in strong if kind in ("L", "R", "AL")), False)
