"""The page of one theme: what it is, who named it, and every answer in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey
from survey.reports.answer_list import ANSWERS_PER_PAGE, ListedAnswer, listed_answers
from survey.reports.newest_answers import MAX_LISTED, first_listed
from survey.reports.trend import Trend, people_over_time
from survey.results.quotes import Opposite, opposites
from survey.results.read_model import MIN_PEOPLE_FOR_SHARES
from survey.results.visible_themes import FoundTheme, visible_themes
from survey.runs import counted_people
from survey.runs.lookups import in_run, shown_run
from survey.web.pagination import Pages

MAX_RELATED_THEMES = 5


@dataclass(frozen=True, slots=True)
class CountedTheme:
    """A sub-theme or related theme with its number of people; `width` is a percentage of the largest."""

    public_id: str
    name: str
    colour: int
    people: int
    width: float


@dataclass(frozen=True, slots=True)
class OneTheme:
    """The values of the page of a theme."""

    survey: Survey
    public_id: str
    name: str
    description: str
    colour: int
    origin: str
    origin_label: str
    people: int
    share: float | None
    """Of all who answered, 0-1; None if they are too few to show shares"""
    came_back: int
    re_runs: int
    tentative: bool
    loose: bool
    put_together: bool
    pinned: bool
    parts: list[CountedTheme]
    related: list[CountedTheme]
    """Other themes that its answers are in, most answers first"""
    further_related: int
    """How many more there are"""
    part: CountedTheme | None
    """The requested sub-theme"""
    answers: list[ListedAnswer]
    pages: Pages
    newest: int | None
    """How many of the newest answers of the survey the list and the related themes are of; None: of all"""
    trend: Trend | None
    opposite: Opposite | None


def one_theme(survey: Survey, public_id: str, query: Mapping[str, str]) -> OneTheme | None:
    """Return a theme of the shown result; None if readers see no such theme.

    `query` may have `part` (a sub-theme) and `page`; unknown values are ignored.
    """
    run = shown_run(survey)
    visible = visible_themes(run).by_id()
    theme = next((theme for theme in visible.values() if theme.public_id == public_id), None)
    if run is None or theme is None:
        return None
    part = next((part for part in theme.parts if part.public_id == query.get("part")), None)
    part_id = part.id if part else None
    first = first_listed(run)
    pages = Pages.of(_count(run, theme, part_id, first), ANSWERS_PER_PAGE, query.get("page"))
    people = counted_people.people(survey)
    max_people = max((part.people for part in theme.parts), default=1)
    related = _related_themes(run, theme, visible, first)
    return OneTheme(
        survey=survey,
        public_id=theme.public_id,
        name=theme.name,
        description=theme.description,
        colour=theme.colour,
        origin=theme.origin,
        origin_label=theme.origin_label,
        people=theme.people,
        share=theme.people / people if people >= MIN_PEOPLE_FOR_SHARES else None,
        came_back=theme.came_back,
        re_runs=theme.re_runs,
        tentative=theme.tentative,
        loose=theme.loose,
        put_together=theme.put_together,
        pinned=theme.pinned,
        parts=[_counted_theme(part, part.people, max_people) for part in theme.parts],
        related=related[:MAX_RELATED_THEMES],
        further_related=len(related[MAX_RELATED_THEMES:]),
        part=_counted_theme(part, part.people, max_people) if part else None,
        answers=_listed(run, theme, visible, _answer_ids(run, theme, part_id, first, pages), part_id),
        pages=pages,
        newest=MAX_LISTED if first is not None else None,
        trend=people_over_time(survey, run, [theme]),
        opposite=opposites(run).get(theme.id),
    )


def _related_themes(
    run: Run, theme: FoundTheme, visible: Mapping[int, FoundTheme], first: int | None
) -> list[CountedTheme]:
    """Return the other themes that answers of a theme are in, most answers first."""
    own, other = aliased(Idea), aliased(Idea)
    own_placement, placement = aliased(Placement), aliased(Placement)
    of_run = [own.run_id == run.id, other.run_id == run.id]
    of_theme, related = own_placement.theme_id == theme.id, placement.theme_id + 0
    if first is not None:  # see _in_run
        of_run = [own.run_id + 0 == run.id, other.run_id + 0 == run.id, own.answer_id >= first]
        of_theme = own_placement.theme_id + 0 == theme.id
    rows = db.session.execute(
        select(related, func.count(other.answer_id.distinct()))
        .select_from(own_placement)
        .join(own, own.id == own_placement.idea_id)
        .join(other, other.answer_id == own.answer_id)
        .join(placement, placement.idea_id == other.id)
        .where(*of_run, of_theme, related.in_(visible.keys() - {theme.id}))
        .group_by(related)
    )
    counted = sorted(((visible[theme_id], count) for theme_id, count in rows), key=lambda row: (-row[1], row[0].name))
    return [_counted_theme(other_theme, count, counted[0][1]) for other_theme, count in counted]


def _counted_theme(theme: FoundTheme, people: int, max_people: int) -> CountedTheme:
    return CountedTheme(theme.public_id, theme.name, theme.colour, people, round(100 * people / max(1, max_people), 1))


def _in_run(run: Run, statement: Any, theme: FoundTheme, part_id: int | None, first: int | None) -> Any:
    """Restrict a SELECT to the placements of a run in a theme, and in one of its parts if it is given.

    They are of shown answers, with ids from ``first`` on if it is given. `+ 0` makes SQLite begin with the ideas of
    these then, not with all placements of the theme.
    """
    if first is None:
        wanted = [Idea.run_id == run.id, Placement.theme_id == theme.id]
    else:
        wanted = [in_run(run.id), Idea.answer_id >= first, Placement.theme_id + 0 == theme.id]
    if part_id is not None:
        wanted.append(Placement.part_id + 0 == part_id if first is not None else Placement.part_id == part_id)
    return (
        statement.select_from(Placement)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(*wanted, Answer.status == "shown")
    )


def _count(run: Run, theme: FoundTheme, part_id: int | None, first: int | None) -> int:
    return db.session.scalar(_in_run(run, select(func.count(Answer.id.distinct())), theme, part_id, first)) or 0


def _answer_ids(run: Run, theme: FoundTheme, part_id: int | None, first: int | None, pages: Pages) -> list[int]:
    """Return the ids of a page of answers, strongest placement first."""
    statement = _in_run(run, select(Idea.answer_id), theme, part_id, first).group_by(Idea.answer_id)
    order = (func.max(Placement.strength).desc(), Idea.answer_id)
    return list(db.session.scalars(statement.order_by(*order).offset(pages.offset).limit(pages.size)))


def _listed(
    run: Run, theme: FoundTheme, visible: Mapping[int, FoundTheme], ids: list[int], part_id: int | None
) -> list[ListedAnswer]:
    """Return answers with the other themes they are in."""
    return [
        replace(answer, themes=[other for other in answer.themes if other.public_id != theme.public_id])
        for answer in listed_answers(run, visible, ids, theme_id=theme.id, part_id=part_id)
    ]
