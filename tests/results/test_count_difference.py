"""An edit of a few ideas is counted by what it changed, with the same result as counting its themes again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.core.database import db
from survey.core.models import Idea, Placement, Survey, Theme, ThemeResult
from survey.curation import edit_history, idea_edits, theme_edits
from survey.edits import change_log
from survey.exports.overview import table_sizes
from survey.tables.rows import cluster_rows
from tests.support.large_survey import assert_counts_are_right, fill, ideas_of, span_of, themes_by_size


def assert_all_is_right(survey_id: int) -> None:
    run = assert_counts_are_right(survey_id)
    parts = select(ThemeResult.theme_id, ThemeResult.people, ThemeResult.mentions)
    parts = parts.where(ThemeResult.run_id == run.id, ThemeResult.parent_id.is_not(None))
    counted = (
        select(Placement.part_id, func.count(Idea.answer_id.distinct()), func.count())
        .join(Idea, Idea.id == Placement.idea_id)
        .where(Idea.run_id == run.id, Placement.part_id.is_not(None))
        .group_by(Placement.part_id)
    )
    assert sorted(db.session.execute(parts)) == sorted(db.session.execute(counted))
    survey = db.session.get_one(Survey, survey_id)
    assert table_sizes(survey)["clusters"].rows == len(list(cluster_rows(survey)))


def smallest_part(survey_id: int) -> tuple[Theme, list[Idea]]:
    """The smallest sub-theme, as the theme it is in and its ideas."""
    run_id = db.session.get_one(Survey, survey_id).current_run_id
    own = select(ThemeResult).where(ThemeResult.run_id == run_id, ThemeResult.parent_id.is_not(None))
    part = db.session.scalars(own.order_by(ThemeResult.mentions).limit(1)).one()
    placed = select(Idea).join(Placement, Placement.idea_id == Idea.id).where(Placement.part_id == part.theme_id)
    return db.session.get_one(Theme, part.parent_id), list(db.session.scalars(placed.order_by(Idea.id)))


@pytest.mark.slow
@pytest.mark.parametrize("few", [0, 2000])
@pytest.mark.both_databases
def test_counts_are_right_after_every_edit(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(change_log, "MAX_FEW", few)
    survey_id = fill(app, 150)
    perform(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        first, parted = smallest_part(survey_id)
        second, third = [theme for theme in themes_by_size(survey_id) if theme.id != first.id][:2]
        made = []
        for source, ideas, target in (
            (first, parted[:1], second),
            (first, parted[1:], second),
            (second, ideas_of(second)[:5], first),
            (third, ideas_of(third)[:3], None),
        ):
            made.append(idea_edits.move(survey, [span_of(idea) for idea in ideas], source, target))
            assert_all_is_right(survey_id)
        made.append(idea_edits.split(survey, [span_of(idea) for idea in ideas_of(first)[1:4]], first, "A new one"))
        assert_all_is_right(survey_id)
        made.append(theme_edits.merge(second, first))
        assert_all_is_right(survey_id)
        for edit_id in (*made, *reversed(made)):
            assert edit_history.undo(survey, edit_id) or edit_history.redo(survey, edit_id)
            assert_all_is_right(survey_id)


def test_an_edit_of_one_idea_does_not_count_its_themes_again(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app, 60)
    perform(app)
    counted: list[object] = []
    monkeypatch.setattr(change_log, "recount", lambda *given: counted.append(given))
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        source, target = themes_by_size(survey_id)[:2]
        idea_edits.move(survey, [span_of(ideas_of(source)[0])], source, target)
        assert_counts_are_right(survey_id)
        assert counted == []
        monkeypatch.setattr(change_log, "MAX_FEW", 0)
        idea_edits.move(survey, [span_of(ideas_of(source)[0])], source, target)
        assert len(counted) == 1
