"""The preview image of a shared link (og:image): a PNG of 1200 x 630 pixels, drawn from a Card and nothing else."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageOps

from analysis.languages import direction
from survey.core.i18n import ENGLISH, public_messages
from survey.sharing import text_layout
from survey.sharing.text_layout import ITALIC, SANS, SANS_BOLD, SERIF_STYLE, Style
from survey.web.formatting import number_in

WIDTH, HEIGHT = 1200, 630
DRAWING_VERSION = 2
"""Increase it whenever the same card is drawn differently"""
ONE_QUESTION, ONE_LINE, ASKS = "One question.", "One line is enough.", "%(name)s asks one question."
ANSWERED = ("%(n)s person answered.", "%(n)s people answered.")
SO_FAR = ("%(n)s person has answered so far.", "%(n)s people have answered so far.")
"""Messages that survey.sharing.links and the theme page have too, and that the public catalogues hold for these"""
FULL_STOPS = ".。"
MAX_THREADS = 3
MARGIN = 72
WORD_GAP = 10
THREAD_SCALE = 4
"""Threads are drawn this many times larger and then reduced, for smooth edges (antialiasing)"""
TEXT_SCALE = 2
"""The same for text"""

# The colours of the light theme in static/base.css; a test compares them.
PAPER, INK, MUTED, ACTION, SECOND = "#faf7f2", "#23201c", "#6b645b", "#a4382a", "#2b49ac"
DYES = (
    "#2b49ac", "#906712", "#b03f7d", "#0a4238", "#0475a3", "#74040c",
    "#557653", "#551769", "#844001", "#5f4d36", "#493f58", "#4c5859",
)  # fmt: skip

# The same paths as in templates/macros/threads.html.
STRAND = (
    "M-60 33C200 29 420 38 735 34C815 33 874 54 873.5 79C873 93 854 102 830 102C806 102 787 93 786.5 79"
    "C786 54 845 33 925 34C1180 30 1400 38 1660 33"
)
OVER_GAP, OVER = "M819.7 48.9C826.2 46.4 833.6 44.1 841.8 42.2", "M813.7 51.3C823.5 47 835.7 43.3 849.8 40.4"
LOWER_GAP = "M803.7 97.6C796.5 94.9 791.1 90.8 788.4 85.9"
UPPER_GAP, UPPER = "M796.3 50.4C803.5 53.1 808.9 57.2 811.6 62.1", "M789 48.1C802.4 51.3 811.9 58.1 813.3 67.1"
MARK = ("M2 22C12 22 20 6 30 6", "M11 10.4C14.4 12.8 17.6 15.2 21 17.6", "M2 6C12 6 20 22 30 22")
MARK_WIDTH = 32 * 1.6
LOGO_BOX = (200, 84)
FRAY = "M0 0C24 0 30 -9 46 -9C62 -9 66 9 92 2"

STITCH, STITCH_GAP, STITCH_WIDTH = 21, 30, 16
BAR_WIDTH, MAX_BAR_LENGTH, MIN_BAR_LENGTH, LABEL_GAP, MAX_LABEL_LENGTH = 26, 767, 40, 117, 600

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Thread:
    """A theme in the image; `colour` is 1 to 12."""

    name: str
    colour: int
    people: int
    tentative: bool = False
    """Drawn with a running stitch, as on the page"""


@dataclass(frozen=True, slots=True)
class Card:
    """The content of an image. `people` is the number of answers, None for the question's image.

    `language` is that of the survey: the image's own words are in it, in English if there is no catalogue for it.
    """

    question: str
    asker: str
    people: int | None = None
    threads: tuple[Thread, ...] = ()
    language: str = ENGLISH
    subtitle: str = ""
    """What stands under the question instead of who asks"""
    accent: str = ""
    """The survey's own colour, of the loops"""
    logo: str = ""
    """Version of the survey's logo"""


def version(card: Card) -> str:
    """Return a hash that changes whenever the image of a card changes."""
    content = repr((DRAWING_VERSION, text_layout.CAN_SHAPE, astuple(card)))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def draw(card: Card, logo: bytes | None = None) -> bytes:
    """Return the image of a card as PNG, the same bytes for the same card; `logo` is the file of its logo.

    An image with a logo is not kept here, so that a removed logo is gone.
    """
    return _draw_anew(card, logo) if logo else _draw(card)


@lru_cache(maxsize=64)
def _draw(card: Card) -> bytes:
    return _draw_anew(card, None)


def _draw_anew(card: Card, logo: bytes | None) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    sheet = Image.new("RGB", (WIDTH * TEXT_SCALE, HEIGHT * TEXT_SCALE), PAPER)
    pen = ImageDraw.Draw(sheet)
    threads = [thread for thread in card.threads[:MAX_THREADS] if thread.people > 0]
    mirrored = direction(card.language) == "rtl"
    if threads:
        _write(pen, _question(card), sizes=(68, 60, 52, 46, 40, 34), top=52, bottom=262, middle=False)
        bars = _bars(threads)
        for end, label, size, y in bars:
            beside = end + LABEL_GAP
            at = (WIDTH - beside - text_layout.length(SERIF_STYLE, label, size) if mirrored else beside, y + 14)
            rtl = text_layout.starts_rtl(label)
            text_layout.draw_line(pen, at, label, SERIF_STYLE, size, INK, rtl=rtl, scale=TEXT_SCALE)
        _write_count(pen, card.people or 0, card.language)
    else:
        _write(pen, _question(card), sizes=(88, 80, 72, 64, 56, 50, 44, 38), top=252, bottom=500, middle=True)
        _write_along_edge(pen, 560, [(_subtitle(card), ITALIC, MUTED)], 36, mirrored=mirrored)
    image.paste(sheet.resize((WIDTH, HEIGHT), Image.Resampling.BOX))
    image = ImageOps.mirror(image) if mirrored else image  # the threads begin where a line of text does
    if threads:
        for thread, (end, _, _, y) in zip(threads, bars, strict=True):
            draw_bar = _draw_stitched_bar if thread.tentative else _draw_bar
            draw_bar(image, end, y, DYES[(thread.colour - 1) % len(DYES)])
    else:
        _draw_loops(image, card.accent or ACTION)
    image = ImageOps.mirror(image) if mirrored else image
    if logo:
        _draw_logo(image, logo, mirrored)
    else:
        _draw_mark(image, WIDTH - 1072 - MARK_WIDTH if mirrored else 1072, 540 if threads else 528)
    return _as_png(image)


def _question(card: Card) -> str:
    """Return the question, or "One question" where the fonts lack a letter of it."""
    if text_layout.drawable(SERIF_STYLE, card.question):
        return card.question
    return public_messages(card.language).ugettext(ONE_QUESTION).rstrip(FULL_STOPS)


def _subtitle(card: Card) -> str:
    """Return the line under the question of an image without threads."""
    said = public_messages(card.language)
    if card.subtitle and text_layout.drawable(ITALIC, card.subtitle):
        return text_layout.fitted(ITALIC, card.subtitle, 36, _subtitle_width(card))
    if card.people is not None:
        return said.ungettext(*SO_FAR, card.people) % {"n": number_in(card.people, card.language)}
    one_line = said.ugettext(ONE_LINE)
    if not text_layout.drawable(ITALIC, card.asker):
        return one_line
    asks = said.ugettext(ASKS)
    whole = f"{asks % {'name': text_layout.plain(card.asker)}} {one_line}"
    if text_layout.length(ITALIC, whole, 36) <= _subtitle_width(card):
        return whole
    return asks % {"name": text_layout.fitted(ITALIC, card.asker, 36, _subtitle_width(card) - 240)}


def _subtitle_width(card: Card) -> int:
    return WIDTH - 2 * MARGIN - LOGO_BOX[0] - 2 * WORD_GAP if card.logo else 960


def _write(pen: ImageDraw.ImageDraw, text: str, *, sizes: Sequence[int], top: int, bottom: int, middle: bool) -> None:
    """Draw a text between top and bottom in the largest size that fits; truncate it if none does."""
    width = WIDTH - 2 * MARGIN
    for size in sizes:
        lines = text_layout.wrapped(SERIF_STYLE, text, size, width)
        line_height = round(size * 1.18)
        if len(lines) * line_height <= bottom - top:
            break
    else:
        max_lines = (bottom - top) // line_height
        rest = " ".join(lines[max_lines - 1 :])
        lines = [*lines[: max_lines - 1], text_layout.fitted(SERIF_STYLE, rest, size, width)]
    baseline = top + size * 0.94
    if middle:
        baseline += (bottom - top - len(lines) * line_height) / 2
    rtl = text_layout.starts_rtl(text)
    for line in lines:
        x = WIDTH - MARGIN - text_layout.length(SERIF_STYLE, line, size) if rtl else MARGIN - size * 0.03
        text_layout.draw_line(pen, (x, baseline), line, SERIF_STYLE, size, INK, rtl=rtl, scale=TEXT_SCALE)
        baseline += line_height


def _write_count(pen: ImageDraw.ImageDraw, people: int, language: str) -> None:
    """Draw the number of answers at the bottom: a sentence in which the number is bold."""
    sentence = public_messages(language).ungettext(*ANSWERED, people)
    before, counted, after = sentence.rstrip(FULL_STOPS).partition("%(n)s")  # Arabic says one and two in words
    parts: list[tuple[str, Style, str]] = [
        (before.strip(), SANS, MUTED),
        (number_in(people, language) if counted else "", SANS_BOLD, INK),
        (after.strip(), SANS, MUTED),
    ]
    _write_along_edge(pen, 580, [part for part in parts if part[0]], 32, mirrored=direction(language) == "rtl")


def _write_along_edge(
    pen: ImageDraw.ImageDraw, baseline: float, parts: Sequence[tuple[str, Style, str]], size: int, *, mirrored: bool
) -> None:
    """Draw parts of a sentence (text, style, colour) side by side, from the edge where its writing begins."""
    lengths = [text_layout.length(style, text, size) for text, style, _ in parts]
    x = WIDTH - MARGIN - sum(lengths) - WORD_GAP * (len(parts) - 1) if mirrored else float(MARGIN)
    placed = list(zip(parts, lengths, strict=True))
    rtl = text_layout.starts_rtl("".join(text for text, _, _ in parts))  # English where there is no catalogue
    for (text, style, colour), length in reversed(placed) if rtl else placed:
        text_layout.draw_line(pen, (x, baseline), text, style, size, colour, rtl=rtl, scale=TEXT_SCALE)
        x += length + WORD_GAP


def _bars(threads: Sequence[Thread]) -> list[tuple[float, str, int, int]]:
    """Return for each bar the x of its end, its label, the font size of the label, and the y of the bar.

    All bars have one scale; the longest is as long as the labels leave room for.
    """
    names = [thread.name if text_layout.drawable(SERIF_STYLE, thread.name) else "" for thread in threads]
    size = next(
        (s for s in (44, 40, 36) if all(text_layout.length(SERIF_STYLE, n, s) <= MAX_LABEL_LENGTH for n in names)), 36
    )
    labels = [text_layout.fitted(SERIF_STYLE, name, size, MAX_LABEL_LENGTH) for name in names]
    top = max(thread.people for thread in threads)
    room = WIDTH - MARGIN - LABEL_GAP
    longest = min(
        [MAX_BAR_LENGTH]
        + [
            (room - text_layout.length(SERIF_STYLE, label, size)) * top / thread.people
            for label, thread in zip(labels, threads, strict=True)
        ]
    )
    first = 322 + 41 * (MAX_THREADS - len(threads))
    return [
        (max(MIN_BAR_LENGTH, longest * thread.people / top), label, size, first + 82 * place)
        for place, (thread, label) in enumerate(zip(threads, labels, strict=True))
    ]


# ---------- threads ----------


def _draw_bar(image: Image.Image, end: float, y: float, colour: str) -> None:
    """Draw a bar as a twisted thread from the left edge to `end`, with a frayed end."""
    _stroke(image, [(end - 1 + px, y + py) for px, py in _curve(FRAY)], 5, colour)
    body = _mask((0, y - 20, end + 20, y + 20), [(-20, y), (end, y)], BAR_WIDTH)
    box = (0, round(y) - 20)
    image.paste(Image.new("RGB", body.size, colour), box, body)
    twist = Image.new("L", (body.width * THREAD_SCALE, body.height * THREAD_SCALE))
    pen = ImageDraw.Draw(twist)
    slant = 40 * 0.625
    for x in range(-30, body.width + 40, 18):
        line = [(x * THREAD_SCALE, 40 * THREAD_SCALE), ((x + slant) * THREAD_SCALE, 0)]
        pen.line(line, fill=round(255 * 0.28), width=round(3.4 * THREAD_SCALE))
    image.paste(
        Image.new("RGB", body.size, "#ffffff"), box, ImageChops.multiply(twist.reduce(THREAD_SCALE), body)
    )  # fmt: skip


def _draw_stitched_bar(image: Image.Image, end: float, y: float, colour: str) -> None:
    """Draw the bar of a tentative theme: a running stitch from the left edge to `end`."""
    x = float(STITCH_WIDTH)
    while x < end:
        _stroke(image, [(x, y), (min(x + STITCH, end), y)], STITCH_WIDTH, colour)
        x += STITCH + STITCH_GAP


def _draw_logo(image: Image.Image, logo: bytes, mirrored: bool) -> None:
    """Draw the survey's logo at the end of the last line, where the mark of the site is without one."""
    with Image.open(BytesIO(logo), formats=("WEBP",)) as opened:
        drawn = opened.convert("RGBA")
    drawn.thumbnail(LOGO_BOX, Image.Resampling.LANCZOS)
    x = MARGIN if mirrored else WIDTH - MARGIN - drawn.width
    image.paste(drawn, (x, 548 - drawn.height // 2), drawn)


def _draw_loops(image: Image.Image, asks: str) -> None:
    """Draw two linked loops: one asks, one answers."""

    def placed(path: str, turned: bool = False) -> list[Point]:
        points = [(1600 - x, 148 - y) if turned else (x, y) for x, y in _curve(path)]
        return [(-720 + 1.65 * x, 12 + 1.65 * y) for x, y in points]

    thick, gap = 3.6 * 1.65, 9 * 1.65
    _stroke(image, placed(STRAND, True), thick, asks)
    _stroke(image, placed(OVER_GAP, True), gap, PAPER, rounded=False)
    _stroke(image, placed(OVER, True), thick, asks)
    _stroke(image, placed(LOWER_GAP), gap, PAPER, rounded=False)
    _stroke(image, placed(STRAND), thick, SECOND)
    _stroke(image, placed(OVER_GAP), gap, PAPER, rounded=False)
    _stroke(image, placed(OVER), thick, SECOND)
    _stroke(image, placed(UPPER_GAP), gap, PAPER, rounded=False)
    _stroke(image, placed(UPPER), thick, asks)


def _draw_mark(image: Image.Image, x: float, y: float) -> None:
    """Draw the logo: two crossing threads."""
    for path, width, colour in zip(MARK, (3.2, 7, 3.2), (SECOND, PAPER, ACTION), strict=True):
        points = [(x + 1.6 * px, y + 1.6 * py) for px, py in _curve(path)]
        _stroke(image, points, width * 1.6, colour, rounded=colour != PAPER)


def _curve(path: str) -> list[Point]:
    """Return the points of an SVG path (one M, then cubic C commands) as a polyline of 64 segments per curve."""
    values = [float(value) for value in re.findall(r"-?\d+(?:\.\d+)?", path)]
    pairs = list(zip(values[::2], values[1::2], strict=True))
    points = [pairs[0]]
    for place in range(1, len(pairs), 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points[-1], *pairs[place : place + 3]
        for step in range(1, 65):
            t, u = step / 64, 1 - step / 64
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            x = sum(w * v for w, v in zip(weights, (x0, x1, x2, x3), strict=True))
            y = sum(w * v for w, v in zip(weights, (y0, y1, y2, y3), strict=True))
            points.append((x, y))
    return points


def _stroke(image: Image.Image, points: Sequence[Point], width: float, colour: str, *, rounded: bool = True) -> None:
    """Draw an antialiased line of this width through points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    box = (max(0, min(xs) - width), max(0, min(ys) - width), min(WIDTH, max(xs) + width), min(HEIGHT, max(ys) + width))
    mask = _mask(box, points, width, rounded=rounded)
    image.paste(Image.new("RGB", mask.size, colour), (int(box[0]), int(box[1])), mask)


def _mask(
    box: tuple[float, float, float, float], points: Sequence[Point], width: float, *, rounded: bool = True
) -> Image.Image:
    """Return the mask of a line through points, within a box (left, top, right, bottom)."""
    left, top = int(box[0]), int(box[1])
    size = (int(box[2]) + 1 - left, int(box[3]) + 1 - top)
    large = Image.new("L", (size[0] * THREAD_SCALE, size[1] * THREAD_SCALE))
    pen = ImageDraw.Draw(large)
    moved = [((x - left) * THREAD_SCALE, (y - top) * THREAD_SCALE) for x, y in points]
    radius = width * THREAD_SCALE / 2
    edges = list(_edges(moved, radius))
    for (left_edge, right_edge), (next_left, next_right) in pairwise(edges):
        pen.polygon([left_edge, right_edge, next_right, next_left], fill=255)
    if rounded:
        for x, y in (moved[0], moved[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return large.reduce(THREAD_SCALE)


def _edges(points: Sequence[Point], radius: float) -> Iterator[tuple[Point, Point]]:
    """Yield for each point of a line the two points at its sides, `radius` away."""
    for place, (x, y) in enumerate(points):
        (x0, y0), (x1, y1) = points[max(0, place - 1)], points[min(len(points) - 1, place + 1)]
        far = math.hypot(x1 - x0, y1 - y0)
        dx, dy = radius * (y1 - y0) / far, radius * (x0 - x1) / far
        yield (x + dx, y + dy), (x - dx, y - dy)


def _as_png(image: Image.Image) -> bytes:
    """Return the image as PNG with 128 colours, which look the same and make a smaller file."""
    file = BytesIO()
    image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()
