"""The picture that stands beside a link in a feed: 1200 x 630 pixels, drawn from a record and nothing else."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

from survey.sharing import text_layout
from survey.sharing.text_layout import ITALIC, SANS, SANS_BOLD, SERIF_STYLE, Style
from survey.web.formatting import number, plural

WIDTH, HEIGHT = 1200, 630
DRAWING = 1
"""Counted up whenever the same record comes out as another picture"""
MAX_THREADS = 3
MARGIN = 72
FINE = 4
"""Threads are drawn this many times larger, then made smaller: their edges come out smooth"""
LETTERS = 2
"""The same for letters"""

# The colours of the light theme in static/threads.css; a test holds them together.
PAPER, INK, MUTED, ACTION, SECOND = "#faf7f2", "#23201c", "#6b645b", "#a4382a", "#2b49ac"
DYES = (
    "#2b49ac", "#906712", "#b03f7d", "#0a4238", "#0475a3", "#74040c",
    "#557653", "#551769", "#844001", "#5f4d36", "#493f58", "#4c5859",
)  # fmt: skip

# templates/macros/threads.html draws the same loops; here they stand at the top of the picture.
STRAND = (
    "M-60 33C200 29 420 38 735 34C815 33 874 54 873.5 79C873 93 854 102 830 102C806 102 787 93 786.5 79"
    "C786 54 845 33 925 34C1180 30 1400 38 1660 33"
)
OVER_GAP, OVER = "M819.7 48.9C826.2 46.4 833.6 44.1 841.8 42.2", "M813.7 51.3C823.5 47 835.7 43.3 849.8 40.4"
LOWER_GAP = "M803.7 97.6C796.5 94.9 791.1 90.8 788.4 85.9"
UPPER_GAP, UPPER = "M796.3 50.4C803.5 53.1 808.9 57.2 811.6 62.1", "M789 48.1C802.4 51.3 811.9 58.1 813.3 67.1"
MARK = ("M2 22C12 22 20 6 30 6", "M11 10.4C14.4 12.8 17.6 15.2 21 17.6", "M2 6C12 6 20 22 30 22")
FRAY = "M0 0C24 0 30 -9 46 -9C62 -9 66 9 92 2"

BAR, BAR_MOST, BAR_LEAST, LABEL_GAP, LABEL_MOST = 26, 767, 40, 117, 600

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Thread:
    """A theme as the picture shows it; colour is 1 to 12."""

    name: str
    colour: int
    people: int


@dataclass(frozen=True, slots=True)
class Card:
    """What a picture is drawn from. `people` is None beside a question, else how many answered."""

    question: str
    asker: str
    people: int | None = None
    threads: tuple[Thread, ...] = ()


def version(card: Card) -> str:
    """Names the picture of a card: another one whenever another picture would be drawn."""
    said = repr((DRAWING, text_layout.SHAPES, astuple(card)))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@lru_cache(maxsize=64)
def draw(card: Card) -> bytes:
    """The picture of a card as PNG. The same card gives the same bytes."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    sheet = Image.new("RGB", (WIDTH * LETTERS, HEIGHT * LETTERS), PAPER)
    pen = ImageDraw.Draw(sheet)
    threads = [thread for thread in card.threads[:MAX_THREADS] if thread.people > 0]
    if threads:
        _write(pen, _question(card), sizes=(68, 60, 52, 46, 40, 34), top=52, bottom=262, middle=False)
        bars = _bars(threads)
        for end, label, size, y in bars:
            at = (end + LABEL_GAP, y + 14)
            leftward = text_layout.starts_leftward(label)
            text_layout.draw_line(pen, at, label, SERIF_STYLE, size, INK, leftward=leftward, scale=LETTERS)
        _write_count(pen, card.people or 0)
    else:
        _write(pen, _question(card), sizes=(88, 80, 72, 64, 56, 50, 44, 38), top=252, bottom=500, middle=True)
        text_layout.draw_line(pen, (MARGIN, 560), _below(card), ITALIC, 36, MUTED, scale=LETTERS)
    image.paste(sheet.resize((WIDTH, HEIGHT), Image.Resampling.BOX))
    if threads:
        for thread, (end, _, _, y) in zip(threads, bars, strict=True):
            _draw_bar(image, end, y, DYES[(thread.colour - 1) % len(DYES)])
    else:
        _draw_loops(image)
    _draw_mark(image, 1072, 540 if threads else 528)
    return _as_png(image)


def _question(card: Card) -> str:
    """The question; "One question" where the fonts lack a letter of it."""
    return card.question if text_layout.drawable(SERIF_STYLE, card.question) else "One question"


def _below(card: Card) -> str:
    """The line under the question of a picture without threads."""
    if card.people is not None:
        return f"{number(card.people)} {plural(card.people, 'person', 'people')} answered so far."
    if not text_layout.drawable(ITALIC, card.asker):
        return "One line is enough."
    whole = f"{text_layout.plain(card.asker)} asks. One line is enough."
    if text_layout.length(ITALIC, whole, 36) <= 960:
        return whole
    return text_layout.fitted(ITALIC, card.asker, 36, 860) + " asks."


def _write(pen: ImageDraw.ImageDraw, text: str, *, sizes: Sequence[int], top: int, bottom: int, middle: bool) -> None:
    """Write a text between top and bottom, in the largest size that fits; cut where even the smallest does not."""
    width = WIDTH - 2 * MARGIN
    for size in sizes:
        lines = text_layout.wrapped(SERIF_STYLE, text, size, width)
        line_height = round(size * 1.18)
        if len(lines) * line_height <= bottom - top:
            break
    else:
        most = (bottom - top) // line_height
        lines = [*lines[: most - 1], text_layout.fitted(SERIF_STYLE, " ".join(lines[most - 1 :]), size, width)]
    baseline = top + size * 0.94
    if middle:
        baseline += (bottom - top - len(lines) * line_height) / 2
    leftward = text_layout.starts_leftward(text)
    for line in lines:
        x = WIDTH - MARGIN - text_layout.length(SERIF_STYLE, line, size) if leftward else MARGIN - size * 0.03
        text_layout.draw_line(pen, (x, baseline), line, SERIF_STYLE, size, INK, leftward=leftward, scale=LETTERS)
        baseline += line_height


def _write_count(pen: ImageDraw.ImageDraw, people: int) -> None:
    """How many answered, at the foot."""
    parts: list[tuple[str, Style, str]] = [
        (number(people), SANS_BOLD, INK),
        (f"{plural(people, 'person', 'people')} answered", SANS, MUTED),
    ]
    x = float(MARGIN)
    for text, style, colour in parts:
        text_layout.draw_line(pen, (x, 580), text, style, 32, colour, scale=LETTERS)
        x += text_layout.length(style, text, 32) + 10


def _bars(threads: Sequence[Thread]) -> list[tuple[float, str, int, int]]:
    """Where each bar ends, its label, the size of that, and its height in the picture.

    All are to one scale, the longest as long as the labels leave room for.
    """
    names = [thread.name if text_layout.drawable(SERIF_STYLE, thread.name) else "" for thread in threads]
    size = next(
        (s for s in (44, 40, 36) if all(text_layout.length(SERIF_STYLE, n, s) <= LABEL_MOST for n in names)), 36
    )
    labels = [text_layout.fitted(SERIF_STYLE, name, size, LABEL_MOST) for name in names]
    top = max(thread.people for thread in threads)
    room = WIDTH - MARGIN - LABEL_GAP
    longest = min(
        [BAR_MOST]
        + [
            (room - text_layout.length(SERIF_STYLE, label, size)) * top / thread.people
            for label, thread in zip(labels, threads, strict=True)
        ]
    )
    first = 322 + 41 * (MAX_THREADS - len(threads))
    return [
        (max(BAR_LEAST, longest * thread.people / top), label, size, first + 82 * place)
        for place, (thread, label) in enumerate(zip(threads, labels, strict=True))
    ]


# ---------- threads ----------


def _draw_bar(image: Image.Image, end: float, y: float, colour: str) -> None:
    """A thread that runs in from the left edge: twisted, its end frayed."""
    _stroke(image, [(end - 1 + px, y + py) for px, py in _curve(FRAY)], 5, colour)
    body = _mask((0, y - 20, end + 20, y + 20), [(-20, y), (end, y)], BAR)
    box = (0, round(y) - 20)
    image.paste(Image.new("RGB", body.size, colour), box, body)
    twist = Image.new("L", (body.width * FINE, body.height * FINE))
    pen = ImageDraw.Draw(twist)
    slant = 40 * 0.625
    for x in range(-30, body.width + 40, 18):
        pen.line([(x * FINE, 40 * FINE), ((x + slant) * FINE, 0)], fill=round(255 * 0.28), width=round(3.4 * FINE))
    image.paste(
        Image.new("RGB", body.size, "#ffffff"), box, ImageChops.multiply(twist.reduce(FINE), body)
    )  # fmt: skip


def _draw_loops(image: Image.Image) -> None:
    """Two linked loops: somebody asks, somebody answers."""

    def placed(path: str, turned: bool = False) -> list[Point]:
        points = [(1600 - x, 148 - y) if turned else (x, y) for x, y in _curve(path)]
        return [(-720 + 1.65 * x, 12 + 1.65 * y) for x, y in points]

    thick, gap = 3.6 * 1.65, 9 * 1.65
    _stroke(image, placed(STRAND, True), thick, ACTION)
    _stroke(image, placed(OVER_GAP, True), gap, PAPER, rounded=False)
    _stroke(image, placed(OVER, True), thick, ACTION)
    _stroke(image, placed(LOWER_GAP), gap, PAPER, rounded=False)
    _stroke(image, placed(STRAND), thick, SECOND)
    _stroke(image, placed(OVER_GAP), gap, PAPER, rounded=False)
    _stroke(image, placed(OVER), thick, SECOND)
    _stroke(image, placed(UPPER_GAP), gap, PAPER, rounded=False)
    _stroke(image, placed(UPPER), thick, ACTION)


def _draw_mark(image: Image.Image, x: float, y: float) -> None:
    """The mark of the product: two threads crossing."""
    for path, width, colour in zip(MARK, (3.2, 7, 3.2), (SECOND, PAPER, ACTION), strict=True):
        points = [(x + 1.6 * px, y + 1.6 * py) for px, py in _curve(path)]
        _stroke(image, points, width * 1.6, colour, rounded=colour != PAPER)


def _curve(path: str) -> list[Point]:
    """The points of an SVG path of one M and cubic C commands, close enough to draw straight lines between."""
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
    """Draw a line of the given width through points, its edges smooth."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    box = (max(0, min(xs) - width), max(0, min(ys) - width), min(WIDTH, max(xs) + width), min(HEIGHT, max(ys) + width))
    mask = _mask(box, points, width, rounded=rounded)
    image.paste(Image.new("RGB", mask.size, colour), (int(box[0]), int(box[1])), mask)


def _mask(
    box: tuple[float, float, float, float], points: Sequence[Point], width: float, *, rounded: bool = True
) -> Image.Image:
    """The part of the picture in a box (left, top, right, bottom) that a line through points covers."""
    left, top = int(box[0]), int(box[1])
    size = (int(box[2]) + 1 - left, int(box[3]) + 1 - top)
    large = Image.new("L", (size[0] * FINE, size[1] * FINE))
    pen = ImageDraw.Draw(large)
    moved = [((x - left) * FINE, (y - top) * FINE) for x, y in points]
    radius = width * FINE / 2
    edges = list(_edges(moved, radius))
    for (left_edge, right_edge), (next_left, next_right) in pairwise(edges):
        pen.polygon([left_edge, right_edge, next_right, next_left], fill=255)
    if rounded:
        for x, y in (moved[0], moved[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return large.reduce(FINE)


def _edges(points: Sequence[Point], radius: float) -> Iterator[tuple[Point, Point]]:
    """For each point of a line the points at its two sides, `radius` away."""
    for place, (x, y) in enumerate(points):
        (x0, y0), (x1, y1) = points[max(0, place - 1)], points[min(len(points) - 1, place + 1)]
        far = math.hypot(x1 - x0, y1 - y0)
        dx, dy = radius * (y1 - y0) / far, radius * (x0 - x1) / far
        yield (x + dx, y + dy), (x - dx, y - dy)


def _as_png(image: Image.Image) -> bytes:
    """The picture as a small file: 128 colours are more than it has that can be told apart."""
    file = BytesIO()
    image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()
