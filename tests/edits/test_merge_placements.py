"""A merge by statements over the whole theme leaves the rows that moving its ideas one by one leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from survey.core.database import db, write_transaction
from survey.core.models import Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import theme_edits
from survey.edits import change_log
from survey.edits.change_log import Move
from survey.edits.idea_spans import ideas_of_theme
from survey.edits.models import Edit, IdeaChange
from survey.results.result_counts import recount
from tests.support.large_survey import assert_counts_are_right, fill, themes_by_size


def rows() -> dict[str, Any]:
    """What a merge writes, without the numbers of rows and of the edit."""
    found: dict[str, Any] = {}
    for table, order in (
        (IdeaChange, [IdeaChange.id]),
        (Placement, [Placement.idea_id, Placement.theme_id]),
        (ThemeResult, [ThemeResult.run_id, ThemeResult.theme_id]),
    ):
        columns = [column for column in table.__table__.columns if column.name not in ("id", "edit_id")]
        found[table.__name__] = [*map(tuple, db.session.execute(select(*columns).order_by(*order)))]
    found["status"] = [*map(tuple, db.session.execute(select(Idea.id, Idea.status).order_by(Idea.id)))]
    found["placed"] = db.session.scalars(select(Run.placed).where(Run.placed > 0)).all()
    found["details"] = db.session.scalars(select(Edit.details)).all()
    return found


@pytest.mark.both_databases
def test_a_merge_writes_what_moves_of_each_idea_write(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = fill(app, 150)
    perform(app)
    with app.app_context():
        run_id = db.session.get_one(Survey, survey_id).current_run_id
        assert run_id is not None
        source, target = [theme.id for theme in themes_by_size(survey_id)][:2]
        own = db.session.scalars(select(Placement.idea_id).where(Placement.theme_id == source)).all()
        with write_transaction() as session:
            both = [{"idea_id": idea_id, "theme_id": target, "strength": 0.25} for idea_id in own[:4]]
            session.execute(insert(Placement), both)
            marks = update(Placement).where(Placement.theme_id == source, Placement.idea_id.in_(own[3:6]))
            session.execute(marks.values(against=True, quote=None))
            recount(session, run_id, [source, target])
        before = rows()

        ideas = ideas_of_theme(db.session, run_id, source)
        edit = change_log.record(db.session, survey_id, "merge", theme_id=source, target_id=target)
        moves = [Move(idea, source, target, idea.placements[source].strength) for idea in ideas]
        change_log.apply(db.session, edit, moves)
        one_by_one = rows()
        db.session.rollback()
        assert rows() == before

        theme_edits.merge(db.session.get_one(Theme, source), db.session.get_one(Theme, target))
        assert rows() == one_by_one
        assert len(one_by_one["IdeaChange"]) == len(own)
        assert any(row[-3] for row in one_by_one["IdeaChange"])  # some were marked
        assert_counts_are_right(survey_id)
