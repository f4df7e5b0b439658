"""What the owner takes away. Rows are made once, in one generator; each format only writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select

from survey.database import db
from survey.models import Answer, Idea, Placement, Survey, Theme

COLUMNS = (
    "answer_id",
    "answer",
    "idea",
    "theme_id",
    "theme",
    "origin",
    "strength",
    "kind",
    "source",
    "received_at",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"
ROWS_AT_ONCE = 1000

Cell = str | float | None


def cluster_rows(survey: Survey) -> Iterator[tuple[Cell, ...]]:
    """One row per idea in a theme, in the order the answers came; the columns are COLUMNS."""
    rows = db.session.execute(
        select(
            Answer.public_id,
            Answer.text,
            Idea.starts,
            Idea.ends,
            Theme.public_id.label("theme_id"),
            Theme.name,
            Theme.origin,
            Placement.strength,
            Answer.kind,
            Answer.source,
            Answer.received_at,
        )
        .join(Idea, Idea.answer_id == Answer.id)
        .join(Placement, Placement.idea_id == Idea.id)
        .join(Theme, Theme.id == Placement.theme_id)
        .where(Idea.run_id == survey.current_run_id)
        .order_by(Answer.received_at, Answer.id, Idea.starts, Placement.strength.desc(), Theme.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for row in rows:
        yield (
            row.public_id,
            row.text,
            row.text[row.starts : row.ends],
            row.theme_id,
            row.name,
            row.origin,
            round(row.strength, 3),
            row.kind,
            row.source,
            iso(row.received_at),
        )


def as_csv(columns: Iterable[str], rows: Iterable[tuple[Cell, ...]]) -> Iterator[str]:
    """A CSV file in pieces: UTF-8 with a byte order mark (spreadsheets need it), formula cells defused."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow([defused(cell) for cell in row])
        if number % ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def defused(cell: Cell) -> Cell:
    """A cell no spreadsheet runs: a text that starts like a formula gets an apostrophe before it."""
    if isinstance(cell, str) and (cell.startswith(FORMULA_STARTS) or cell.lstrip().startswith(FORMULA_STARTS)):
        return "'" + cell
    return cell


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
