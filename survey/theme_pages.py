"""The page of one theme: what it is, who named it, and every answer in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from survey import kinds, small_groups
from survey.database import db
from survey.languages import gettext
from survey.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.paging import Pages
from survey.quotes import GROUP_LEAST
from survey.reading import PAGE, AnswerShown, answers_shown
from survey.themes import FEW, ORIGINS
from survey.trend import Trend, over_time

BESIDE_MOST = 5


@dataclass(frozen=True, slots=True)
class Counted:
    """Something of a theme with its people: a sub-theme, or another theme; `width` is a percentage of the largest."""

    public_id: str
    name: str
    colour: int
    people: int
    width: float


@dataclass(frozen=True, slots=True)
class KindOption:
    """A kind by which the answers may be narrowed down, with the answers it leaves."""

    key: str
    label: str
    answers: int


@dataclass(frozen=True, slots=True)
class OneTheme:
    """Everything the page of a theme says."""

    survey: Survey
    public_id: str
    name: str
    description: str
    colour: int
    origin_label: str
    people: int
    share: float | None
    """Of all who answered, 0-1; None where they are too few to speak of shares"""
    came_back: int
    re_runs: int
    tentative: bool
    pinned: bool
    parts: list[Counted]
    beside: list[Counted]
    """The themes that most of its answers are in as well"""
    kinds: list[KindOption]
    part: Counted | None
    """The sub-theme that is asked for"""
    kind: KindOption | None
    too_few: bool
    """What is asked for leaves so few answers that none may be shown"""
    answers: list[AnswerShown]
    pages: Pages
    trend: Trend | None


def one_theme(survey: Survey, public_id: str, asked: Mapping[str, str]) -> OneTheme | None:
    """A theme of the result that is shown now; None where readers see no such theme.

    `asked` may name a sub-theme, a kind and a page. What is not there is not asked for.
    """
    run = db.session.get(Run, survey.current_run_id) if survey.current_run_id else None
    if run is None:
        return None
    found = db.session.execute(
        select(Theme, ThemeResult)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(Theme.public_id == public_id, Theme.survey_id == survey.id, ~Theme.hidden)
        .where(ThemeResult.run_id == run.id, ThemeResult.parent_id.is_(None))
    ).one_or_none()
    if found is None:
        return None
    theme, result = found
    parts = _parts(run, theme)
    part_id = parts.get(asked.get("part", ""), (None, None))[1]
    options = _kind_options(survey, run, theme)
    kind = next((option for option in options if option.key == asked.get("kind")), None)
    wanted = [Placement.theme_id == theme.id]
    if part_id is not None:
        wanted.append(Placement.part_id == part_id)
    if kind is not None:
        wanted.append(Answer.kind == kind.key)
    total = _count(run, wanted)
    too_few = kind is not None and not small_groups.may_show(total, kind.answers)
    pages = Pages.of(0 if too_few else total, PAGE, asked.get("page"))
    ids = [] if too_few else _answer_ids(run, wanted, pages)
    people = run.answers - run.nonanswers
    return OneTheme(
        survey=survey,
        public_id=theme.public_id,
        name=theme.name,
        description=theme.description,
        colour=theme.colour,
        origin_label=gettext(ORIGINS.get(theme.origin, theme.origin)),
        people=result.people,
        share=result.people / people if people >= FEW else None,
        came_back=result.came_back,
        re_runs=result.re_runs,
        tentative=result.tentative,
        pinned=theme.pinned,
        parts=[part for part, _ in parts.values()],
        beside=_beside(run, theme),
        kinds=options,
        part=parts[asked["part"]][0] if part_id is not None else None,
        kind=kind,
        too_few=too_few,
        answers=_listed(survey, run, theme, ids, part_id, options),
        pages=pages,
        trend=over_time(survey, run, [theme]),
    )


def _parts(run: Run, theme: Theme) -> dict[str, tuple[Counted, int]]:
    """The sub-themes of a theme with their ids, by their public ids, most people first."""
    rows = db.session.execute(
        select(Theme.public_id, Theme.name, Theme.colour, ThemeResult.people, Theme.id)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run.id, ThemeResult.parent_id == theme.id, ~Theme.hidden)
        .order_by(ThemeResult.people.desc(), ThemeResult.rank)
    ).all()
    return {row.public_id: (_counted(row, rows[0].people), row.id) for row in rows}


def _beside(run: Run, theme: Theme) -> list[Counted]:
    """The themes that answers of this one are in as well, most of them first."""
    own, other = aliased(Idea), aliased(Idea)
    own_placement, placement = aliased(Placement), aliased(Placement)
    people = func.count(other.answer_id.distinct())
    rows = db.session.execute(
        select(Theme.public_id, Theme.name, Theme.colour, people.label("people"))
        .select_from(own_placement)
        .join(own, (own.id == own_placement.idea_id) & (own.run_id == run.id))
        .join(other, (other.answer_id == own.answer_id) & (other.run_id == run.id))
        .join(placement, placement.idea_id == other.id)
        .join(Theme, Theme.id == placement.theme_id)
        .where(own_placement.theme_id == theme.id, placement.theme_id != theme.id, ~Theme.hidden)
        .group_by(Theme.public_id, Theme.name, Theme.colour)
        .order_by(people.desc(), Theme.name)
        .limit(BESIDE_MOST)
    ).all()
    return [_counted(row, rows[0].people) for row in rows]


def _counted(row: Any, most: int) -> Counted:
    return Counted(row.public_id, row.name, row.colour, row.people, round(100 * row.people / max(1, most), 1))


def _kind_options(survey: Survey, run: Run, theme: Theme) -> list[KindOption]:
    """The kinds of which it may be said who named this theme, most people first."""
    allowed = small_groups.shown_in(run).get(theme.key, set())
    answers = func.count(Answer.id.distinct())
    rows = db.session.execute(
        _in_run(run, select(Answer.kind, answers)).where(Placement.theme_id == theme.id).group_by(Answer.kind)
    ).all()
    known = kinds.known(survey)
    options = [
        KindOption(kind, known[kind].label, count)
        for kind, count in rows
        if kind in known and kind in allowed and count >= GROUP_LEAST
    ]
    return sorted(options, key=lambda option: (-option.answers, option.label))


def _in_run(run: Run, statement: Any) -> Any:
    """A statement over the placements of a run in answers that are shown."""
    return (
        statement.select_from(Placement)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == run.id, Answer.status == "shown")
    )


def _count(run: Run, wanted: list[ColumnElement[bool]]) -> int:
    return db.session.scalar(_in_run(run, select(func.count(Answer.id.distinct()))).where(*wanted)) or 0


def _answer_ids(run: Run, wanted: list[ColumnElement[bool]], pages: Pages) -> list[int]:
    """A page of the answers, those that say it most clearly first."""
    statement = _in_run(run, select(Idea.answer_id)).where(*wanted).group_by(Idea.answer_id)
    order = (func.max(Placement.strength).desc(), Idea.answer_id)
    return list(db.session.scalars(statement.order_by(*order).offset(pages.offset).limit(pages.size)))


def _listed(
    survey: Survey, run: Run, theme: Theme, ids: list[int], part_id: int | None, options: list[KindOption]
) -> list[AnswerShown]:
    """The answers with their kind, and the themes they are in besides, as far as that may be said of the kind."""
    labelled = {option.key for option in options}
    allowed, known = small_groups.shown_in(run), kinds.known(survey)

    def told(answer: AnswerShown) -> AnswerShown:
        kind = answer.kind if answer.kind in labelled else None
        others = [other for other in answer.themes if other.public_id != theme.public_id]
        return replace(
            answer,
            kind=known[kind].beside if kind else None,
            themes=[other for other in others if kind is None or kind in allowed.get(other.key, set())],
        )

    return [told(answer) for answer in answers_shown(run, ids, theme_id=theme.id, part_id=part_id)]
