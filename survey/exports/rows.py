"""What the owner takes away, as rows. They are made once, in one generator a table; survey.exports.file_formats only
writes them.

The columns are in survey.exports.data_dictionary. Nothing is piled up: rows come from the database some hundred at a
time. A moment
is a text in UTC, "2026-03-19 07:40:00.123456": to make a datetime of each takes longer than to find the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Select, String, cast, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.types import UserDefinedType

from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.results.lookups import shown_run

ROWS_AT_ONCE = 250
"""So few that they are still in the processor's cache when they are written: of 4,000 each takes half as long again"""
TOLD_MOST = 4000
SPARSE = 4
"""Answers of the whole site to one of the survey, among which it is no longer worth while to read them all"""

Cell = str | int | float | None
Cells = tuple[Cell, ...]


def answer_rows(survey: Survey, ids: Sequence[int] | None = None) -> Iterator[Cells]:
    """One row per answer, in the order they came; of these ids only, where they are given, and in theirs."""
    wanted = _of(survey) if ids is None else [Answer.id.in_(ids)]
    order = (Answer.received_at, Answer.id) if ids is None else (Answer.id,)
    found = select(
        Answer.public_id,
        Answer.text,
        Answer.kind,
        Answer.source,
        _as_text(Answer.received_at),
        _as_text(Answer.changed_at),
        Answer.status,
        _ideas(survey),
        Answer.is_askers,
    )
    called = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    names = dict(db.session.execute(select(Theme.id, Theme.name).where(Theme.survey_id == survey.id)).all())
    told = lru_cache(TOLD_MOST)(partial(_told, names))  # few differ among very many rows
    for rows in _fetched(found.where(*wanted).order_by(*order)):
        for public_id, text, kind, source, received_at, changed_at, status, ideas, is_askers in rows:
            placement, themes = told(ideas) if status == "shown" else (None, None)
            kind = called.get(kind, kind)
            yield public_id, text, kind, source, received_at, changed_at, status, placement, themes, bool(is_askers)


def cluster_rows(survey: Survey, ids: Sequence[int] | None = None) -> Iterator[Cells]:
    """One row per idea in a theme, and one per idea in none, in the order the answers came; or of these ideas only."""
    wanted = Idea.run_id == survey.current_run_id if ids is None else Idea.id.in_(ids)
    order = (Answer.received_at, Answer.id, Idea.starts) if ids is None else (Idea.id,)
    found = (
        select(
            Answer.public_id,
            Answer.text,
            Idea.starts,
            Idea.ends,
            Idea.status,
            Placement.theme_id,
            Placement.strength,
            Placement.quote,
            Answer.kind,
            Answer.source,
            _as_text(Answer.received_at),
        )
        .join(Idea, Idea.answer_id == Answer.id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(wanted, Answer.status == "shown")
        .order_by(*order, Placement.strength.desc(), Placement.theme_id)
    )
    called = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    theme = select(Theme.id, Theme.public_id, Theme.name, Theme.origin).where(Theme.survey_id == survey.id)
    themes = {number: about for number, *about in db.session.execute(theme)}
    for rows in _fetched(found):
        for public_id, text, starts, ends, status, theme_id, strength, quote, kind, source, received_at in rows:
            about = (None, None, None) if theme_id is None else themes[theme_id]
            sure = None if strength is None else round(strength, 3)
            where = (status, None, None) if status == "nonanswer" else (status, starts, ends)
            idea = None if status == "nonanswer" else text[starts:ends]
            kind = called.get(kind, kind)
            yield public_id, text, idea, *about, sure, kind, source, received_at, *where, quote is not None


def theme_rows(survey: Survey) -> Iterator[Cells]:
    """One row per theme of the result that is shown, most people first."""
    run = shown_run(survey)
    if run is None:
        return
    parent = aliased(Theme)
    people = max(1, run.answers - run.nonanswers)
    for theme, result, part_of in db.session.execute(
        select(Theme, ThemeResult, parent.public_id)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .outerjoin(parent, parent.id == ThemeResult.parent_id)
        .where(ThemeResult.run_id == run.id)
        .order_by(ThemeResult.people.desc(), ThemeResult.rank, Theme.id)
    ):
        yield (
            theme.public_id,
            theme.name,
            theme.description,
            theme.origin,
            result.people,
            round(result.people / people, 4),
            result.mentions,
            result.came_back,
            result.re_runs,
            result.tentative,
            theme.hidden,
            theme.pinned,
            part_of,
        )


ROWS: dict[str, Callable[[Survey], Iterator[Cells]]] = {
    "answers": answer_rows,
    "clusters": cluster_rows,
    "themes": theme_rows,
}


def _of(survey: Survey) -> list[ColumnElement[bool]]:
    """Which answers are the survey's.

    Where they lie close together in the table they are read as they lie and sorted then. SQLite would rather find each
    by itself, in the order they came: the index names them so, and they may be anywhere. That takes it twice as long.
    """
    own = Answer.survey_id == survey.id
    many, first, last = db.session.execute(
        select(func.count(), func.min(Answer.id), func.max(Answer.id)).where(own)
    ).one()
    if not many or last - first > SPARSE * many:
        return [own]
    return [Answer.id.between(first, last), Answer.survey_id + 0 == survey.id]  # of a sum there is no index


def _ideas(survey: Survey) -> ColumnElement[str | None]:
    """Of each idea of an answer, as they stand in it, its themes' ids, the strongest first, or else its status.

    With commas between them. Both databases string together what a sorted subquery gives in its order.
    """
    ideas = (
        select(func.coalesce(cast(Placement.theme_id, String), Idea.status).label("told"))
        .select_from(Idea)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(Idea.answer_id == Answer.id, Idea.run_id + 0 == survey.current_run_id)  # by the answer, not the run
        .order_by(Idea.starts, Placement.strength.desc(), Placement.theme_id)
        .correlate(Answer)
        .subquery()
    )
    return select(func.aggregate_strings(ideas.c.told, ",")).scalar_subquery()


def _told(names: dict[int, str], ideas: str | None) -> tuple[str, str]:
    """The placement of an answer, and the names of its themes."""
    found = ideas.split(",") if ideas else []
    themes = dict.fromkeys(names[int(each)] for each in found if each.isdigit())
    if themes:
        return "placed", "; ".join(themes)
    return next((status for status in ("placed", "unplaced", "nonanswer") if status in found), "waiting"), ""


class _AsText(UserDefinedType[str]):
    """A moment as the text that SQLite keeps of it."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[datetime | None], str | None] | None:
        """None on SQLite, where nothing is left to do."""
        return None if dialect.name == "sqlite" else _text


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else str(moment.astimezone(UTC).replace(tzinfo=None))


def _as_text(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    return type_coerce(column, _AsText())


def _fetched(found: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """The rows, some hundred at a time.

    SQLite's driver gives them itself: SQLAlchemy would only wrap each. Of another server's it has some in its buffer.
    """
    connection = db.session.connection()
    raw = connection.dialect.name == "sqlite"
    with connection.execute(found, execution_options={} if raw else {"yield_per": ROWS_AT_ONCE}) as result:
        source = result.cursor if raw else result
        while rows := source.fetchmany(ROWS_AT_ONCE):
            yield rows
