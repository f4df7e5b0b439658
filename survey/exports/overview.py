"""How much there is to take away: the rows of each table, about how large each file is, and a look at the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from survey.answers.check_models import Check, CheckReader
from survey.core.database import db
from survey.core.models import Answer, Idea, Run, Survey, Theme, ThemeResult
from survey.edits.models import Edit
from survey.exports.file_formats import as_csv
from survey.runs.lookups import shown_run
from survey.tables import rows as export_rows
from survey.tables.data_dictionary import WIDE, Column, Row
from survey.tables.wide_table import wide_rows

MAX_SAMPLED = 100
PREVIEWED_ROWS, PREVIEWED_THEMES = 3, 3


@dataclass(frozen=True, slots=True)
class TableSize:
    """The lines of a table; `bytes` is about the size of its CSV file, None where that is not estimated."""

    rows: int
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first lines of the wide table: the answer, and its first themes."""

    themes: list[str]
    rows: list[tuple[str, list[int | None]]]
    further: int
    """How many themes there are besides"""


def table_sizes(survey: Survey) -> dict[str, TableSize]:
    """Return the sizes of the tables whose lines can be counted at once. The rest are small."""
    answers = _count(select(func.count()).select_from(Answer).where(Answer.survey_id == survey.id))
    ideas = _count_cluster_rows(shown_run(survey))
    sampled = list(db.session.scalars(select(Answer.id).where(Answer.survey_id == survey.id).limit(MAX_SAMPLED)))
    some_ideas = list(
        db.session.scalars(select(Idea.id).where(Idea.run_id == survey.current_run_id).limit(MAX_SAMPLED))
    )
    of_survey = Check.survey_id == survey.id
    themes = select(func.count()).select_from(ThemeResult).join(Theme, Theme.id == ThemeResult.theme_id)
    return {
        "answers": TableSize(answers, _about(survey, "answers", export_rows.answer_rows(survey, sampled), answers)),
        "wide": TableSize(answers, _about(survey, "wide", wide_rows(survey, sampled), answers)),
        "clusters": TableSize(ideas, _about(survey, "clusters", export_rows.cluster_rows(survey, some_ideas), ideas)),
        "themes": TableSize(_count(themes.where(ThemeResult.run_id == survey.current_run_id))),
        "edits": TableSize(_count(select(func.count()).select_from(Edit).where(Edit.survey_id == survey.id))),
        "checks": TableSize(_count(select(func.count()).select_from(CheckReader).join(Check).where(of_survey))),
    }


def preview(survey: Survey) -> Preview | None:
    """Return the first lines of the wide table; None without answers or themes."""
    names = [column.name for column in export_rows.columns_of(survey, "wide")]
    first = len(WIDE.header)
    in_order = select(Answer.id).where(Answer.survey_id == survey.id, Answer.status == "shown")
    ids = list(db.session.scalars(in_order.order_by(Answer.received_at, Answer.id).limit(PREVIEWED_ROWS)))
    if not ids or len(names) == first:
        return None
    shown = slice(first, first + PREVIEWED_THEMES)
    rows = [(str(row[1]), [None if cell is None else int(cell) for cell in row[shown]])
            for row in wide_rows(survey, ids)]  # fmt: skip
    return Preview(names[shown], rows, max(0, len(names) - first - PREVIEWED_THEMES))


def _count_cluster_rows(run: Run | None) -> int:
    """Count the lines of the table of ideas, one for each theme of an idea, by what a result has counted."""
    if run is None:
        return 0
    placed = select(func.sum(ThemeResult.mentions)).where(ThemeResult.run_id == run.id, ThemeResult.parent_id.is_(None))
    unplaced = select(func.count()).where(Idea.run_id == run.id, Idea.status == "unplaced")
    return _count(placed) + _count(unplaced) + run.nonanswers


def _count(query: Select[int]) -> int:
    return db.session.scalar(query) or 0


def _about(survey: Survey, table: str, sampled: Iterable[Row], count: int) -> int | None:
    """Return about how many bytes a CSV file has, from some of its rows."""
    columns: Sequence[Column] = export_rows.columns_of(survey, table)
    rows = list(sampled)
    if not rows:
        return None
    return round(sum(len(chunk.encode()) for chunk in as_csv(columns, rows)) / len(rows) * count)
