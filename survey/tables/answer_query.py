"""Queries that the rows of several tables share: the answers of a survey, what a run found in each, rows streamed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Select, String, cast, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import UserDefinedType

from survey.coded_files.code_columns import OWN_SEMICOLON
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey

BATCH_ROWS = 250
"""Rows fetched and written at a time: 1,000 take a tenth longer, for they no longer fit into the processor's cache"""
MAX_SCAN_RATIO = 4
"""How many rows of the answer table may be read for each answer of the survey before the index is faster"""


def answers_of(survey: Survey) -> list[ColumnElement[bool]]:
    """Return the conditions that select the answers of a survey.

    Where most of the table between its first and last answer is its own, the table is scanned and sorted: through the
    index by time received SQLite reads a page for each answer, and 100,000 that came in random order take 1.6 times as
    long.
    """
    own = Answer.survey_id == survey.id
    count, first, last = db.session.execute(
        select(func.count(), func.min(Answer.id), func.max(Answer.id)).where(own)
    ).one()
    if not count or last - first > MAX_SCAN_RATIO * count:
        return [own]
    return [Answer.id.between(first, last), Answer.survey_id + 0 == survey.id]  # + 0: no index fits an expression


def answer_fields(
    survey: Survey, ids: Sequence[int] | None = None, wanted: Sequence[ColumnElement[bool]] = ()
) -> Select[*tuple[Any, ...]]:
    """Select what each table of answers begins with, in the order of its columns, and what idea_results tells.

    The fields are public id, text, kind, source, time received, time changed, status, results, whether it is the
    asker's, the id of its file, language. With `ids`, of those answers only; with `wanted`, of those that meet these
    conditions.
    """
    return select(
        Answer.public_id,
        Answer.text,
        Answer.kind,
        Answer.source,
        as_text(Answer.received_at),
        as_text(Answer.changed_at),
        Answer.status,
        idea_results(survey),
        Answer.is_askers,
        Answer.response_id,
        Answer.language,
    ).where(*(answers_of(survey) if ids is None else [Answer.id.in_(ids)]), *wanted)


def idea_results(survey: Survey) -> ColumnElement[str | None]:
    """Return a subquery of an answer's ideas in text order: theme ids (strongest first) or else a status, with commas.

    Both databases aggregate a sorted subquery in its order. (SQLite before 3.44 knows no order within aggregates.)
    """
    ideas = (
        select(func.coalesce(cast(Placement.theme_id, String), Idea.status).label("result"))
        .select_from(Idea)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(Idea.answer_id == Answer.id, Idea.run_id + 0 == survey.current_run_id)  # + 0: use the index by answer
        .order_by(Idea.starts, Placement.strength.desc(), Placement.theme_id)
        .correlate(Answer)
        .subquery()
    )
    return select(func.aggregate_strings(ideas.c.result, ",")).scalar_subquery()


class _TimeText(UserDefinedType[str]):
    """A UtcDateTime column read as the text that SQLite stores.

    A datetime for each of 100,000 answers would make an export take 1.3 times as long.
    """

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[datetime | None], str | None] | None:
        """Return the conversion of PostgreSQL's datetimes; None on SQLite, which has the text."""
        return None if dialect.name == "sqlite" else _utc_text


def _utc_text(time: datetime | None) -> str | None:
    return None if time is None else str(time.astimezone(UTC).replace(tzinfo=None))


def as_text(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """Return a UtcDateTime column to be read as a text, such as "2026-03-19 07:40:00.123456"."""
    return type_coerce(column, _TimeText())


def joined_names(names: Iterable[str]) -> str:
    """Return names of themes with semicolons between them; one within a name is fullwidth there."""
    return "; ".join(name.replace(";", OWN_SEMICOLON) for name in names)


def stream(query: Select[*tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query, fetched a batch at a time.

    On SQLite directly from the driver's cursor: SQLAlchemy's rows took .06 s of the .54 s of 100,000 answers.
    """
    connection = db.session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    with connection.execute(query, execution_options={} if is_sqlite else {"yield_per": BATCH_ROWS}) as result:
        source = result.cursor if is_sqlite else result
        while batch := source.fetchmany(BATCH_ROWS):
            yield from batch
