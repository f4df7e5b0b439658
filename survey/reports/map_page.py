"""The map: patches of themes, a dot for each idea, and the same facts as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from math import cos, hypot, pi, sin, sqrt
from typing import NamedTuple

from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey
from survey.reports.map_labels import Dots, PlacedName, place_names
from survey.reports.map_search import MapSearch, search_map
from survey.results.highlighting import mask_with_spans
from survey.results.visible_themes import FoundTheme, ResultThemes, visible_themes
from survey.runs.lookups import shown_run

SIZE = 1000
"""Side of the drawing in its units; a run stores places as 0-1"""
MAX_DOTS = 4000
NARROW_LETTERS, CLOSER_LETTERS = 40, 32
"""Font sizes of the names on a narrow page, in units of the drawing, as in reports.css"""
MAX_IDEA_CHARACTERS = 140
NEIGHBOURS = 3
MAX_COVERED_SHARE = 0.26
"""Largest share of the square that the patches cover, as analysis.idea_map.layout draws them"""
MIN_CLEARANCE = 0.012
"""Smallest distance from a patch to a dot that does not belong to it"""
CANDIDATE_PLACES = 16
GOLDEN_RATIO_FRACTION = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Patch:
    """A theme on the map: its centre and radius, and the themes that lie nearest."""

    public_id: str
    name: str
    colour: int
    people: int
    x: float
    y: float
    radius: float
    neighbours: list[str]


@dataclass(frozen=True, slots=True)
class Dot:
    """An idea on the map, identified by its `place`: no two ideas share one."""

    x: float
    y: float
    colour: int
    """0 if it is in no visible theme"""
    is_found: bool = False
    """Whether it is what was searched for"""

    @property
    def place(self) -> str:
        """The coordinates as a key, which the page and `ideas_by_place` share."""
        return f"{self.x:g},{self.y:g}"


class DrawnIdea(NamedTuple):
    """A dot, and the idea that it stands for: the span from `starts` to `ends` of an answer."""

    dot: Dot
    answer_id: int
    text: str
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class MapPage:
    """The values of the map page. A narrow page has its own names: fewer, in larger letters."""

    survey: Survey
    patches: list[Patch]
    dots: list[tuple[int, list[Dot]]]
    """Grouped by colour"""
    radius: float
    """Radius of a dot"""
    names: list[PlacedName]
    names_narrow: list[PlacedName]
    is_close: bool
    """Whether these are in smaller letters, so that more patches have their name"""
    ideas: int
    """Number of ideas in the result; more than are drawn if the map was thinned"""
    search: MapSearch | None
    """What was searched for, None where nothing was"""

    @property
    def drawn(self) -> int:
        """Number of ideas that are drawn."""
        return sum(len(dots) for _, dots in self.dots)

    @property
    def marked(self) -> int:
        """Number of ideas that are marked as what was searched for."""
        return sum(dot.is_found for _, dots in self.dots for dot in dots)


def map_page(survey: Survey, query: str = "") -> MapPage:
    """Return the map of the shown result, with what a query finds marked; without patches if the run drew none."""
    run = shown_run(survey)
    themes = visible_themes(run)
    patches = map_patches(themes)
    ideas = list(_ideas(run, themes))
    drawn = (idea.answer_id for idea in ideas)
    search = search_map(survey, run, query, drawn) if patches and query.strip() else None
    found = search.found_among(ideas) if search else set()
    dots = [replace(idea.dot, is_found=number in found) for number, idea in enumerate(ideas)]
    placed = sum(dot.colour > 0 for dot in dots)
    by_colour = sorted(dots, key=lambda dot: dot.colour)
    radius = round(min(6.0, 0.3 * SIZE * sqrt(MAX_COVERED_SHARE / (pi * max(1, placed)))), 1)
    names, narrow, is_close = _names(tuple(map(_Circle.of, patches)), tuple((dot.x, dot.y) for dot in dots), radius)
    return MapPage(
        survey=survey,
        patches=patches,
        dots=[(colour, list(own)) for colour, own in groupby(by_colour, key=lambda dot: dot.colour)],
        radius=radius,
        names=names,
        names_narrow=narrow,
        is_close=is_close,
        ideas=run.ideas if run else 0,
        search=search,
    )


@dataclass(frozen=True, slots=True)
class _Circle:
    """What placing names needs of a patch."""

    name: str
    x: float
    y: float
    radius: float

    @classmethod
    def of(cls, patch: Patch) -> _Circle:
        return cls(patch.name, patch.x, patch.y, patch.radius)


@lru_cache(maxsize=16)
def _names(
    circles: tuple[_Circle, ...], dots: tuple[tuple[float, float], ...], radius: float
) -> tuple[list[PlacedName], list[PlacedName], bool]:
    """Place the names for a wide and a narrow page, and tell whether the narrow ones are in CLOSER_LETTERS.

    Cached: with 4,000 dots it takes a fifth of a second.
    """
    spread = Dots(dots, radius)
    wide = place_names(circles, SIZE, 21, spread, covering=True)
    narrow = place_names(circles, SIZE, NARROW_LETTERS, spread, covering=True)
    if len(narrow) < len(circles):
        closer = place_names(circles, SIZE, CLOSER_LETTERS, spread, covering=True)
        if len(closer) > len(narrow):
            return wide, closer, True
    return wide, narrow, False


def ideas_by_place(survey: Survey) -> dict[str, str]:
    """Return the text of each idea on the map by its place, personal data masked and long texts cut."""
    run = shown_run(survey)
    drawn = _ideas(run, visible_themes(run))
    return {idea.dot.place: _cut(idea.text, idea.starts, idea.ends) for idea in drawn}


def map_patches(themes: ResultThemes) -> list[Patch]:
    """Return the patches of the visible themes, most people first."""
    drawn = [theme for theme in themes.visible if theme.radius and theme.x is not None and theme.y is not None]
    at = [(theme.name, SIZE * (theme.x or 0), SIZE * (theme.y or 0), SIZE * (theme.radius or 0)) for theme in drawn]
    return [
        Patch(
            theme.public_id,
            theme.name,
            theme.colour,
            theme.people,
            round(x, 1),
            round(y, 1),
            round(radius, 1),
            _near(at, number),
        )
        for number, (theme, (_, x, y, radius)) in enumerate(zip(drawn, at, strict=True))
    ]


def _near(at: Sequence[tuple[str, float, float, float]], number: int) -> list[str]:
    """Return the names of the patches nearest to one, by the distance between edges."""
    _, x, y, _ = at[number]
    gaps = [(hypot(x - a, y - b) - r, name) for other, (name, a, b, r) in enumerate(at) if other != number]
    return [name for _, name in sorted(gaps)[:NEIGHBOURS]]


def _ideas(run: Run | None, themes: ResultThemes) -> Iterator[DrawnIdea]:
    """Yield the ideas to draw; above MAX_DOTS every n-th.

    An idea has the colour of its strongest visible theme. The ideas of a theme lie close to each other, so an idea of a
    hidden theme is drawn elsewhere: in another theme it is in, or among the unplaced ideas.
    """
    rows = db.session.execute(
        select(Idea.id, Idea.answer_id, Idea.x, Idea.y, Idea.starts, Idea.ends, Answer.text, Placement.theme_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == (run.id if run else None), Idea.x.is_not(None), Answer.status == "shown")
        .order_by(Idea.id, Placement.strength.desc(), Placement.theme_id)
    )
    visible = themes.by_id()
    ideas = [list(own) for _, own in groupby(rows, key=lambda row: row.id)]
    step = max(1, -(-len(ideas) // MAX_DOTS))
    seen: Counter[str] = Counter()
    for own in ideas[::step]:
        theme = next((visible[row.theme_id] for row in own if row.theme_id in visible), None)
        x, y = own[0].x, own[0].y
        if own[0].theme_id is not None and own[0].theme_id not in visible:
            x, y = _place_within(own[0].id, theme) if theme else _free_place(own[0].id, themes)
        dot = Dot(round(SIZE * x, 1), round(SIZE * y, 1), theme.colour if theme else 0)
        seen[dot.place] += 1
        if seen[dot.place] == 1:
            yield DrawnIdea(dot, own[0].answer_id, own[0].text, own[0].starts, own[0].ends)


def _place_within(number: int, theme: FoundTheme) -> tuple[float, float]:
    """Return a place in a theme's patch, the same every time for the same number."""
    away = 0.9 * (theme.radius or 0) * sqrt(number * GOLDEN_RATIO_FRACTION % 1)
    return (theme.x or 0) + away * cos(number), (theme.y or 0) + away * sin(number)


def _free_place(number: int, themes: ResultThemes) -> tuple[float, float]:
    """Return a place (0-1) outside all patches but near one, where unplaced ideas lie; the same for the same number.

    It is the nearest to a patch of CANDIDATE_PLACES points of a low-discrepancy sequence (Roberts 2018, R2).
    """
    patches = [(theme.x or 0, theme.y or 0, theme.radius) for theme in themes.visible if theme.radius]
    best, nearest = (0.5, 0.5), 2.0
    for place in range(number * CANDIDATE_PLACES, (number + 1) * CANDIDATE_PLACES):
        x, y = (0.5 + place * 0.7548776662466927) % 1, (0.5 + place * 0.5698402909980532) % 1
        gap = min((hypot(x - a, y - b) - radius for a, b, radius in patches), default=MIN_CLEARANCE)
        if MIN_CLEARANCE <= gap < nearest:
            best, nearest = (x, y), gap
    return best


def _cut(text: str, starts: int, ends: int) -> str:
    """Return the masked text of an idea, cut between words if it is long."""
    shown, [(start, end)] = mask_with_spans(text, [(starts, ends)])
    words = " ".join(shown[start:end].split())
    if len(words) <= MAX_IDEA_CHARACTERS:
        return words
    return (words[:MAX_IDEA_CHARACTERS].rpartition(" ")[0] or words[:MAX_IDEA_CHARACTERS]) + " …"
