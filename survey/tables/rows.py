"""The rows of each exported table. Each is a generator over the database: memory does not grow with the answers.

survey.tables.data_dictionary describes the columns, survey.exports.file_formats writes the rows. A time is a UTC text
such as "2026-03-19 07:40:00.123456".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.results.quotes import people_against
from survey.results.visible_themes import all_themes
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.tables.answer_query import answer_fields, as_text, joined_names, stream
from survey.tables.check_rows import check_rows, reading_rows
from survey.tables.data_dictionary import TABLES, WIDE, Column, Row
from survey.tables.edit_rows import edit_rows
from survey.tables.wide_table import wide_columns, wide_rows

MAX_CACHED_PLACEMENTS = 4000


def answer_rows(
    survey: Survey, ids: Sequence[int] | None = None, *, wanted: Sequence[ColumnElement[bool]] = ()
) -> Iterator[Row]:
    """Yield a row for each answer of a survey, by time received; with `ids`, for those answers only, by id.

    With `wanted`, for those that meet these conditions.
    """
    order = (Answer.received_at, Answer.id) if ids is None else (Answer.id,)
    kind_names = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    theme_names = dict(db.session.execute(select(Theme.id, Theme.name).where(Theme.survey_id == survey.id)).all())
    placement_of = lru_cache(MAX_CACHED_PLACEMENTS)(partial(_placement, theme_names))  # few differ among many answers
    for public_id, text, kind, source, received_at, changed_at, status, results, is_askers, *last in stream(
        answer_fields(survey, ids, wanted).order_by(*order)
    ):
        placement, themes = placement_of(results) if status == "shown" else (None, None)
        kind = kind_names.get(kind, kind)
        yield public_id, text, kind, source, received_at, changed_at, status, placement, themes, bool(is_askers), *last


def cluster_rows(survey: Survey, ids: Sequence[int] | None = None) -> Iterator[Row]:
    """Yield a row for each idea and theme of the current run, and one for each idea in no theme, by time received.

    With `ids`, for those ideas only, by id.
    """
    wanted = Idea.run_id == survey.current_run_id if ids is None else Idea.id.in_(ids)
    order = (Answer.received_at, Answer.id, Idea.starts) if ids is None else (Idea.id,)
    query = (
        select(
            Answer.public_id,
            Answer.text,
            Idea.starts,
            Idea.ends,
            Idea.status,
            Placement.theme_id,
            Placement.strength,
            Placement.quote,
            Placement.against,
            Answer.kind,
            Answer.source,
            as_text(Answer.received_at),
            Answer.response_id,
        )
        .join(Idea, Idea.answer_id == Answer.id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(wanted, Answer.status == "shown")
        .order_by(*order, Placement.strength.desc(), Placement.theme_id)
    )
    kind_names = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    theme_query = select(Theme.id, Theme.public_id, Theme.name, Theme.origin).where(Theme.survey_id == survey.id)
    themes = {theme_id: cells for theme_id, *cells in db.session.execute(theme_query)}
    for public_id, text, start, end, status, theme_id, strength, quote, against, *about in stream(query):
        theme = (None, None, None) if theme_id is None else themes[theme_id]
        rounded = None if strength is None else round(strength, 3)
        span = (None, None) if status == "nonanswer" else (start, end)
        idea = None if status == "nonanswer" else text[start:end]
        kind, *rest, response_id = about
        yield (
            *(public_id, text, idea, *theme, rounded, kind_names.get(kind, kind), *rest, status, *span),
            *(quote is not None, bool(against), response_id),
        )


def theme_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each theme of the current run, most people first.

    Like the pages they say nothing of re-runs where somebody put a theme together.
    """
    run = shown_run(survey)
    if run is None:
        return
    by_hand = {theme.id for theme in all_themes(run) if theme.put_together}
    parent = aliased(Theme)
    all_people = max(1, counted_people.people(survey))
    against = people_against(run) | people_against(run, Placement.part_id)
    for theme, result, parent_id in db.session.execute(
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
            round(result.people / all_people, 4),
            result.mentions,
            *((None, None, None) if theme.id in by_hand else (result.came_back, result.re_runs, result.tentative)),
            theme.hidden,
            theme.pinned,
            parent_id,
            against.get(theme.id, 0),
        )


def kind_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each theme of the shown result and each kind, most people first. Four queries.

    What may be published of these counts: survey.publication.rows.
    """
    themes = all_themes(shown_run(survey))
    labels = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    answered = _people_by_kind(survey)
    named = {(theme_id, kind): people for theme_id, kind, people in _people_by_theme_and_kind(survey)}
    kinds = sorted(answered, key=lambda kind: (kind is None, -answered[kind], str(kind)))
    for theme in themes:
        for kind in kinds:
            people = named.get((theme.id, kind), 0)
            yield (
                theme.public_id,
                theme.name,
                labels.get(kind, kind) if kind else None,
                answered[kind],
                people,
                round(people / answered[kind], 4),
            )


ROWS: dict[str, Callable[[Survey], Iterator[Row]]] = {
    "answers": answer_rows,
    "wide": wide_rows,
    "clusters": cluster_rows,
    "themes": theme_rows,
    "kinds": kind_rows,
    "edits": edit_rows,
    "checks": check_rows,
    "readings": reading_rows,
}


def columns_of(survey: Survey, table: str) -> tuple[Column, ...]:
    """Return the columns of a table of a survey: those of the data dictionary, and in the wide one its themes."""
    return wide_columns(survey) if table == WIDE.name else TABLES[table].columns


def _placement(theme_names: dict[int, str], idea_results: str | None) -> tuple[str, str]:
    """Return the placement of an answer and the names of its themes, from what _idea_results selects."""
    results = idea_results.split(",") if idea_results else []
    themes = dict.fromkeys(theme_names[int(result)] for result in results if result.isdigit())
    if themes:
        return "placed", joined_names(themes)
    return next((status for status in ("placed", "unplaced", "nonanswer") if status in results), "waiting"), ""


def _people_by_kind(survey: Survey) -> dict[str | None, int]:
    """Return how many people of each kind said something to the question; None for those who chose no kind."""
    query = (
        select(Answer.kind, func.count(Answer.id.distinct()))
        .join(Idea, Idea.answer_id == Answer.id)
        .where(Idea.run_id == survey.current_run_id, Idea.status != "nonanswer", Answer.status == "shown")
        .group_by(Answer.kind)
    )
    return dict(db.session.execute(query).all())


def _people_by_theme_and_kind(survey: Survey) -> list[tuple[int, str | None, int]]:
    rows = db.session.execute(
        select(Placement.theme_id, Answer.kind, func.count(Answer.id.distinct()))
        .select_from(Placement)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == survey.current_run_id, Answer.status == "shown")
        .group_by(Placement.theme_id, Answer.kind)
    )
    return [(theme_id, kind, people) for theme_id, kind, people in rows]
