"""Coded surveys for tests: answers with a result written straight into the tables, and codings of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from sqlalchemy import select

from survey.answers.coding_models import Coding
from survey.coded_files import codings
from survey.coded_files.assign import Mark
from survey.coded_files.codings import Code
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.results.result_counts import recount
from tests.support.filled_survey import Says, fill

Said = Sequence[str | tuple[str, str]]
"""Codes of an answer: of all of it, or (words, code) of a part"""


def survey() -> Survey:
    """The only survey."""
    return db.session.scalars(select(Survey)).one()


def fill_counted(app: Flask, answers: Sequence[Says], owner_id: int | None = None) -> None:
    """Write answers and a result whose counts fit its placements."""
    filled = fill(app, answers, owner_id=owner_id)
    with app.app_context(), write_transaction() as session:
        for theme in session.scalars(select(Theme)):
            theme.key = theme.key.lower()
        parts = select(ThemeResult.theme_id).where(ThemeResult.parent_id.is_not(None))
        recount(session, filled.run_id, set(filled.themes.values()) - set(session.scalars(parts)))


def make_coding(said: Mapping[str, Said], key: str = "ab" * 8, descriptions: Mapping[str, str] | None = None) -> Coding:
    """A coding of answers, given their texts and codes."""
    names = list(dict.fromkeys(one if isinstance(one, str) else one[1] for codes in said.values() for one in codes))
    answers = {}
    for text, codes in said.items():
        marks = []
        for one in codes:
            if isinstance(one, str):
                marks.append(Mark(names.index(one)))
            else:
                at = text.index(one[0])
                marks.append(Mark(names.index(one[1]), (at, at + len(one[0]))))
        for answer_id in db.session.scalars(select(Answer.id).where(Answer.text == text)):
            answers[answer_id] = marks
    codes_of_file = [Code(name, (descriptions or {}).get(name, "")) for name in names]
    return codings.store(survey(), key, "coded.csv", codes_of_file, answers, {})


def themes_of(text: str) -> dict[str, list[str]]:
    """The themes by name of each idea of an answer, by the idea's words."""
    found: dict[str, list[str]] = {}
    for starts, ends, name in db.session.execute(
        select(Idea.starts, Idea.ends, Theme.name)
        .join(Answer, Answer.id == Idea.answer_id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .outerjoin(Theme, Theme.id == Placement.theme_id)
        .where(Answer.text == text, Idea.run_id == survey().current_run_id)
        .order_by(Idea.starts, Theme.name)
    ):
        found.setdefault(text[starts:ends], []).extend([name] if name else [])
    return found


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All that a result says: ideas, placements, counts of themes, and the run's own."""
    db.session.expire_all()
    run_id = survey().current_run_id
    ideas = select(Idea.id).where(Idea.run_id == run_id)
    tables = {
        "ideas": select(*Idea.__table__.c).where(Idea.run_id == run_id).order_by(Idea.id),
        "placements": select(*Placement.__table__.c)
        .where(Placement.idea_id.in_(ideas))
        .order_by(Placement.idea_id, Placement.theme_id),
        "themes": select(*ThemeResult.__table__.c).where(ThemeResult.run_id == run_id).order_by(ThemeResult.theme_id),
        "run": select(Run.answers, Run.ideas, Run.placed, Run.nonanswers).where(Run.id == run_id),
    }
    return {name: [tuple(map(repr, row)) for row in db.session.execute(query)] for name, query in tables.items()}
