"""The rows of the table about edits: what was done to the themes, in the order it was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from survey.core.database import db
from survey.core.models import Survey, Theme
from survey.edits.models import Edit, IdeaChange, Proposal
from survey.tables.data_dictionary import Cell, Row

BEGINS, ENDS = ("new", "split"), ("gone", "merged")
"""Kinds of a proposal's changes after which there is a theme more, or one less"""


def edit_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each edit of a survey, oldest first. Five queries."""
    themes = {
        theme_id: cells
        for theme_id, *cells in db.session.execute(
            select(Theme.id, Theme.public_id, Theme.name).where(Theme.survey_id == survey.id)
        )
    }
    moved, taught = _moved(survey, taught=False), _moved(survey, taught=True)
    proposals: dict[str, list[dict[str, Any]]] = dict(
        db.session.execute(select(Proposal.public_id, Proposal.changes).where(Proposal.survey_id == survey.id)).all()
    )
    edits = db.session.scalars(select(Edit).where(Edit.survey_id == survey.id).order_by(Edit.id))
    for number, edit in enumerate(edits, 1):
        ideas, people = moved.get(edit.id, (0, 0))
        yield (
            number,
            _time(edit.made_at),
            edit.action,
            *_theme(themes, edit.theme_id),
            *_theme(themes, edit.target_id),
            *_before_and_after(edit),
            ideas,
            people,
            taught.get(edit.id, (0, 0))[0],
            *_found(edit, proposals),
            _time(edit.undone_at),
            edit.owner_name or None,
        )


def _moved(survey: Survey, *, taught: bool) -> dict[int, tuple[int, int]]:
    """Return how many ideas, and how many people's, each edit moved itself, or besides because of what it taught."""
    rows = db.session.execute(
        select(IdeaChange.edit_id, func.count(), func.count(IdeaChange.answer_id.distinct()))
        .join(Edit, Edit.id == IdeaChange.edit_id)
        .where(Edit.survey_id == survey.id, IdeaChange.taught == taught)
        .group_by(IdeaChange.edit_id)
    )
    return {edit_id: (ideas, people) for edit_id, ideas, people in rows}


def _theme(themes: Mapping[int, list[str]], theme_id: int | None) -> tuple[Cell, Cell]:
    """Return the public id and the name of a theme."""
    public_id, name = (None, None) if theme_id is None else themes[theme_id]
    return public_id, name


def _before_and_after(edit: Edit) -> tuple[Cell, Cell]:
    """Return what an edit changed in words: a name, a description, a place; None where it was nothing of the kind."""
    details = edit.details or {}
    if edit.action == "describe":
        return details.get("before") or None, details.get("after") or None
    if edit.action == "order":
        places = [_place(list(details.get(side, {})), edit.theme_id) for side in ("before", "after")]
        return places[0], places[1]
    return edit.name_before, edit.name


def _place(order: list[str], theme_id: int | None) -> str | None:
    """Return the place of a theme in an order that lists the themes by id, from 1."""
    return str(order.index(str(theme_id)) + 1) if str(theme_id) in order else None


def _found(edit: Edit, proposals: Mapping[str, list[dict[str, Any]]]) -> tuple[Cell, Cell, Cell, Cell]:
    """Return how many themes began and ended, and how many changes were accepted of how many there were."""
    details = edit.details or {}
    if edit.action == "found":
        return details.get("new", 0), details.get("gone", 0), None, None
    if edit.action != "accept":
        return None, None, None, None
    offered = proposals.get(details.get("proposal", ""), [])
    chosen = [number for number in details.get("changes", []) if number < len(offered)]
    kinds = Counter(offered[number]["kind"] for number in chosen)
    begun, ended = (sum(kinds[kind] for kind in side) for side in (BEGINS, ENDS))
    return begun, ended, len(details.get("changes", [])), len(offered)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else str(moment.astimezone(UTC).replace(tzinfo=None))
