"""The map: patches of themes, a dot for each idea, and the same facts as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import hypot, pi, sqrt

from sqlalchemy import select

from survey.database import db
from survey.map_names import Name, names_beside
from survey.marking import masked_with
from survey.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult

SIZE = 1000
"""Units of the drawing to a side; a run gives places as 0 to 1"""
DOTS_MOST = 4000
WORDS_MOST = 140
NEIGHBOURS = 3
COVERED = 0.26
"""Share of the square that the patches cover, at most: analysis.map"""


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
    """An idea on the map. `place` names it: no two ideas lie at one place."""

    x: float
    y: float
    colour: int
    """0 where it is in no theme that is shown"""

    @property
    def place(self) -> str:
        """Its place as the page and the words name it."""
        return f"{self.x:g},{self.y:g}"


@dataclass(frozen=True, slots=True)
class MapPage:
    """Everything the map says. Names stand twice: for a narrow page in larger letters, and fewer of them."""

    survey: Survey
    patches: list[Patch]
    dots: list[tuple[int, list[Dot]]]
    """By their colour"""
    radius: float
    """Of a dot"""
    names: list[Name]
    names_narrow: list[Name]
    ideas: int
    """How many ideas there are in all; more than are drawn where the map was thinned"""

    @property
    def drawn(self) -> int:
        """How many ideas are drawn."""
        return sum(len(dots) for _, dots in self.dots)


def map_page(survey: Survey) -> MapPage:
    """The map of the result that is shown now; without patches where none was drawn."""
    run = _run(survey)
    patches = map_patches(run)
    dots = [dot for dot, _ in _ideas(run)]
    placed = sum(dot.colour > 0 for dot in dots)
    by_colour = sorted(dots, key=lambda dot: dot.colour)
    return MapPage(
        survey=survey,
        patches=patches,
        dots=[(colour, list(own)) for colour, own in groupby(by_colour, key=lambda dot: dot.colour)],
        radius=round(min(6.0, 0.3 * SIZE * sqrt(COVERED / (pi * max(1, placed)))), 1),
        names=names_beside(patches, SIZE, 21, covering=True),
        names_narrow=names_beside(patches, SIZE, 40),
        ideas=run.ideas if run else 0,
    )


def map_words(survey: Survey) -> dict[str, str]:
    """The words of each idea on the map by its place, personal data masked and long ones cut."""
    return {dot.place: _cut(text, starts, ends) for dot, (text, starts, ends) in _ideas(_run(survey))}


def map_patches(run: Run | None) -> list[Patch]:
    """The themes that readers see as a run drew them, most people first."""
    rows = db.session.execute(
        select(
            Theme.public_id,
            Theme.name,
            Theme.colour,
            ThemeResult.people,
            ThemeResult.x,
            ThemeResult.y,
            ThemeResult.radius,
        )
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == (run.id if run else None), ThemeResult.radius > 0, ~Theme.hidden)
        .order_by(ThemeResult.people.desc(), ThemeResult.rank)
    ).all()
    at = [(row.name, SIZE * row.x, SIZE * row.y, SIZE * row.radius) for row in rows]
    return [
        Patch(row.public_id, row.name, row.colour, row.people, round(x, 1), round(y, 1), round(r, 1), _near(at, number))
        for number, (row, (_, x, y, r)) in enumerate(zip(rows, at, strict=True))
    ]


def _near(at: Sequence[tuple[str, float, float, float]], number: int) -> list[str]:
    """The names of the patches that lie nearest to one, edge to edge."""
    _, x, y, _ = at[number]
    gaps = [(hypot(x - a, y - b) - r, name) for other, (name, a, b, r) in enumerate(at) if other != number]
    return [name for _, name in sorted(gaps)[:NEIGHBOURS]]


def _run(survey: Survey) -> Run | None:
    return db.session.get(Run, survey.current_run_id) if survey.current_run_id else None


def _ideas(run: Run | None) -> Iterator[tuple[Dot, tuple[str, int, int]]]:
    """The ideas that are drawn, each with its text and span; of very many an even part.

    An idea has the colour of the theme it is surest in, and none where that theme is hidden.
    """
    rows = db.session.execute(
        select(Idea.id, Idea.x, Idea.y, Idea.starts, Idea.ends, Answer.text, Theme.colour, Theme.hidden)
        .join(Answer, Answer.id == Idea.answer_id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .outerjoin(Theme, Theme.id == Placement.theme_id)
        .where(Idea.run_id == (run.id if run else None), Idea.x.is_not(None), Answer.status == "shown")
        .order_by(Idea.id, Placement.strength.desc(), Theme.id)
    )
    ideas = [next(own) for _, own in groupby(rows, key=lambda row: row.id)]
    step = max(1, -(-len(ideas) // DOTS_MOST))
    seen: Counter[str] = Counter()
    for row in ideas[::step]:
        colour = 0 if row.colour is None or row.hidden else row.colour
        dot = Dot(round(SIZE * row.x, 1), round(SIZE * row.y, 1), colour)
        seen[dot.place] += 1
        if seen[dot.place] == 1:
            yield dot, (row.text, row.starts, row.ends)


def _cut(text: str, starts: int, ends: int) -> str:
    """The words of an idea, cut between words where they are long."""
    shown, [(start, end)] = masked_with(text, [(starts, ends)])
    words = " ".join(shown[start:end].split())
    if len(words) <= WORDS_MOST:
        return words
    return (words[:WORDS_MOST].rpartition(" ")[0] or words[:WORDS_MOST]) + " …"
