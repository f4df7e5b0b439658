"""What the owner takes away, as rows. They are made once, in one generator a table; survey.formats only writes them.

The columns are in survey.dictionary. Nothing is piled up: rows come from the database some thousand at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import aliased

from survey import kinds
from survey.database import db
from survey.kinds import Kind
from survey.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult

ROWS_AT_ONCE = 1000

Cell = str | int | float | datetime | None
Cells = tuple[Cell, ...]


def answer_rows(survey: Survey, ids: Sequence[int] | None = None) -> Iterator[Cells]:
    """One row per answer, in the order they came; of these ids only, where they are given, and in theirs."""
    wanted = Answer.survey_id == survey.id if ids is None else Answer.id.in_(ids)
    first = Answer.received_at if ids is None else Answer.id
    called = {kind.key: kind.exported for kind in kinds.known(survey).values()}
    names = dict(db.session.execute(select(Theme.id, Theme.name).where(Theme.survey_id == survey.id)).all())
    # By the connection, because the session would look at each row once more; a row is told from the next by its id.
    found = db.session.connection().execute(
        select(
            Answer.id,
            Idea.status,
            Placement.theme_id,
            Answer.public_id,
            Answer.text,
            Answer.kind,
            Answer.source,
            Answer.received_at,
            Answer.changed_at,
            Answer.status,
            Answer.is_askers,
        )
        .outerjoin(Idea, (Idea.answer_id == Answer.id) & (Idea.run_id == survey.current_run_id))
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(wanted)
        .order_by(first, Answer.id, Idea.starts, Placement.strength.desc(), Placement.theme_id),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    for _, group in groupby(found, key=itemgetter(0)):
        last: Any = None
        statuses: set[str | None] = set()
        themes: dict[str, None] = {}
        for last in group:
            statuses.add(last[1])
            if last[2] is not None:
                themes[names[last[2]]] = None
        _, _, _, public_id, text, kind, source, received_at, changed_at, status, is_askers = last
        shown = status == "shown"
        yield (
            public_id,
            text,
            called.get(kind, kind),
            source,
            received_at,
            changed_at,
            status,
            _placement(statuses) if shown else None,
            "; ".join(themes) if shown else None,
            is_askers,
        )


def cluster_rows(survey: Survey, ids: Sequence[int] | None = None) -> Iterator[Cells]:
    """One row per idea in a theme, and one per idea in none, in the order the answers came; or of these ideas only."""
    wanted: ColumnElement[bool] = Idea.run_id == survey.current_run_id if ids is None else Idea.id.in_(ids)
    order = (Answer.received_at, Answer.id, Idea.starts) if ids is None else (Idea.id,)
    found: Iterable[Row[Any]] = db.session.execute(
        select(
            Answer.public_id,
            Answer.text,
            Idea.starts,
            Idea.ends,
            Idea.status,
            Theme.public_id.label("theme_id"),
            Theme.name,
            Theme.origin,
            Placement.strength,
            Placement.quote,
            Answer.kind,
            Answer.source,
            Answer.received_at,
        )
        .join(Idea, Idea.answer_id == Answer.id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .outerjoin(Theme, Theme.id == Placement.theme_id)
        .where(wanted, Answer.status == "shown")
        .order_by(*order, Placement.strength.desc(), Theme.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    called = kinds.known(survey)
    for row in found:
        yield _cluster_cells(row, _kind(called, row.kind))


def _cluster_cells(row: Row[Any], kind: str | None) -> Cells:
    makes_a_point = row.status != "nonanswer"
    return (
        row.public_id,
        row.text,
        row.text[row.starts : row.ends] if makes_a_point else None,
        row.theme_id,
        row.name,
        row.origin,
        None if row.strength is None else round(row.strength, 3),
        kind,
        row.source,
        row.received_at,
        row.status,
        row.starts if makes_a_point else None,
        row.ends if makes_a_point else None,
        row.quote is not None,
    )


def theme_rows(survey: Survey) -> Iterator[Cells]:
    """One row per theme of the result that is shown, most people first."""
    run = db.session.get(Run, survey.current_run_id) if survey.current_run_id else None
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


def _kind(called: Mapping[str, Kind], key: str | None) -> str | None:
    return called[key].exported if key is not None and key in called else key


def _placement(found: set[str | None]) -> str:
    return next((status for status in ("placed", "unplaced", "nonanswer") if status in found), "waiting")
