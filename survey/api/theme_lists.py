"""The themes of answers as lists of names and of ids: in files they are one text with semicolons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey, Theme
from survey.tables.data_dictionary import Cell

Listed = dict[str, Cell | list[str]]


def with_themes_of(survey: Survey, ids: Sequence[int], rows: Sequence[Mapping[str, Cell]]) -> list[Listed]:
    """Return answers (`ids` in the table, their `rows`) with their themes as lists, in the order of the text."""
    placed = db.session.execute(
        select(Answer.public_id, Theme.public_id, Theme.name)
        .join(Idea, Idea.answer_id == Answer.id)
        .join(Placement, Placement.idea_id == Idea.id)
        .join(Theme, Theme.id == Placement.theme_id)
        .where(Answer.id.in_(ids), Answer.status == "shown", Idea.run_id + 0 == survey.current_run_id)
        .order_by(Answer.id, Idea.starts, Placement.strength.desc(), Placement.theme_id)
    )
    themes: dict[str, dict[str, str]] = {}
    for answer_id, theme_id, name in placed:
        themes.setdefault(answer_id, {})[theme_id] = name
    found = [themes.get(str(row["answer_id"]), {}) for row in rows]
    return [{**row, "themes": list(own.values()), "theme_ids": list(own)} for row, own in zip(rows, found, strict=True)]


def with_theme_lists(survey: Survey, rows: Sequence[Mapping[str, Cell]]) -> list[Listed]:
    """Return readings with the themes of the reader and of the machine as lists."""
    query = select(Theme.public_id, Theme.name).where(Theme.survey_id == survey.id)
    names = dict(db.session.execute(query).all())
    listed: list[Listed] = []
    for row in rows:
        changed: Listed = dict(row)
        for whose in ("", "machine_"):
            ids = [each for each in str(row[f"{whose}theme_ids"] or "").split("; ") if each]
            changed |= {f"{whose}theme_ids": ids, f"{whose}themes": [names[each] for each in ids]}
        listed.append(changed)
    return listed
