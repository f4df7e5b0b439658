"""The history of a survey, read from its export alone: every edit in order, with what it did and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask

from survey.accounts import api_tokens
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey, Theme
from survey.curation import edit_history, idea_edits, theme_edits
from survey.edits import proposals
from survey.edits.idea_spans import IdeaSpan, ideas_of_theme
from survey.edits.models import IdeaChange
from survey.runs.lookups import shown_run_id
from survey.tables.data_dictionary import EDITS
from survey.tables.edit_rows import edit_rows
from tests.support.library import BOOKS, CHILDREN, COFFEE, FINES, LONGER, QUIET, owned_library, span
from tests.support.proposed import LAMPS, Perform, add, look_again, offered, waiting
from tests.support.site import queries
from tests.support.visitors import SLUG, sign_in

pytestmark = pytest.mark.both_databases

Line = dict[str, Any]


def lines(app: Flask) -> list[Line]:
    """The table as its owner takes it away."""
    client = app.test_client()
    sign_in(client)
    found = client.get(f"/manage/{SLUG}/export/edits.json").json
    assert isinstance(found, list)
    return found


def said(found: Sequence[Line], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(line[column] for column in columns) for line in found]


def test_every_kind_of_edit_has_its_line(app: Flask) -> None:
    filled = owned_library(app)

    def theme(name: str) -> Theme:
        return db.session.get_one(Theme, filled.themes[name])

    def idea(words: str) -> IdeaSpan:
        parsed = IdeaSpan.parse(span(app, words))
        assert parsed is not None
        return parsed

    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        theme_edits.rename(theme(QUIET), "Silence")
        theme_edits.describe(theme(QUIET), "Nobody talks")
        theme_edits.describe(theme(QUIET), "")
        theme_edits.reorder(theme(CHILDREN), 1)
        moved = [idea("Coffee from machine 0"), idea("Coffee from machine 1")]
        idea_edits.move(survey, moved, theme(COFFEE), theme(LONGER))
        idea_edits.also(survey, [idea("Coffee from machine 2")], theme(COFFEE), theme(LONGER))
        idea_edits.split(survey, [idea(words) for words in FINES[:2]], None, "Fines")
        idea_edits.move(survey, [idea("Open until 19")], theme(LONGER), None)
        idea_edits.dismiss(survey, [idea("A roof garden")])
        idea_edits.confirm(survey, [idea("Open until 20")], theme(LONGER))
        idea_edits.mark(survey, [idea("Open until 21")], theme(LONGER), opposite=True)
        theme_edits.add_example(theme(COFFEE), "An espresso")
        theme_edits.promote(theme(COFFEE))
        theme_edits.set_hidden(theme(BOOKS), True)
        pinned = theme_edits.set_pinned(theme(COFFEE), True)
        theme_edits.merge(theme(LONGER), theme(COFFEE))
        edit_history.undo(survey, pinned)
        fines = db.session.query(Theme).filter_by(name="Fines").one().public_id
    found = lines(app)
    silence, public = "Silence", filled.public
    assert [line["edit"] for line in found] == [*range(1, 17)]
    assert said(found, "action", "theme", "target", "before", "after", "ideas", "people") == [
        ("rename", silence, None, QUIET, "Silence", 0, 0),
        ("describe", silence, None, None, "Nobody talks", 0, 0),
        ("describe", silence, None, "Nobody talks", None, 0, 0),
        ("order", CHILDREN, None, "4", "2", 0, 0),
        ("move", COFFEE, LONGER, None, None, 2, 2),
        ("also", COFFEE, LONGER, None, None, 1, 1),
        ("split", None, "Fines", None, "Fines", 2, 2),
        ("move", LONGER, None, None, None, 1, 1),
        ("dismiss", None, None, None, None, 1, 1),
        ("confirm", LONGER, LONGER, None, None, 1, 1),
        ("opposite", LONGER, LONGER, None, None, 1, 1),
        ("example", COFFEE, None, None, "An espresso", 0, 0),
        ("promote", COFFEE, None, None, None, 0, 0),
        ("hide", BOOKS, None, None, None, 0, 0),
        ("pin", COFFEE, None, None, None, 0, 0),
        ("merge", LONGER, COFFEE, None, None, 6, 6),
    ]
    assert said(found[3:7], "theme_id", "target_id") == [
        (public[CHILDREN], None), *2 * [(public[COFFEE], public[LONGER])], (None, fines),
    ]  # fmt: skip
    assert [line["edit"] for line in found if line["undone_at"]] == [15]
    assert all(line["made_at"] for line in found)
    assert {line[key] for line in found for key in ("themes_new", "changes_accepted")} == {None}


def test_what_an_edit_taught_is_counted_apart_and_deleted_answers_not_at_all(app: Flask) -> None:
    filled = owned_library(app)
    with app.app_context():
        survey, quiet, coffee = (
            db.session.get_one(Survey, filled.survey_id),
            *(db.session.get_one(Theme, filled.themes[name]) for name in (QUIET, COFFEE)),
        )
        edit_id = theme_edits.merge(coffee, quiet)
        with write_transaction() as session:
            some = ideas_of_theme(session, shown_run_id(session, survey.id), quiet.id)[:3]
            where = {"edit_id": edit_id, "source_id": quiet.id, "target_id": None, "taught": True}
            for idea in some:
                session.add(IdeaChange(answer_id=idea.answer_id, starts=idea.starts, ends=idea.ends, **where))
    assert said(lines(app), "ideas", "people", "taught") == [(6, 6, 3)]
    with app.app_context(), write_transaction() as session:
        session.query(Answer).filter_by(text="Coffee from machine 5").delete()
    assert said(lines(app), "ideas", "people", "taught") == [(5, 5, 3)]


@pytest.mark.slow
def test_findings_and_proposals_say_what_changed_in_numbers(app: Flask, perform: Perform) -> None:
    survey_id = offered(app, perform)
    with app.app_context():
        survey, proposal = db.session.get_one(Survey, survey_id), waiting(survey_id)
        proposals.accept(survey, proposal.public_id, [0])
        proposals.set_takes_findings(db.session.get_one(Survey, survey_id), True)
    assert said(lines(app), "action", "themes_new", "themes_gone", "changes_accepted", "changes_offered", "people") == [
        ("rename", None, None, None, None, 0),
        ("accept", 1, 0, 1, 1, len(LAMPS)),
    ]
    add(app, survey_id, [f"{words} carpet tiles" for words in ("clean", "soft", "new", "blue", "grey", "thick")])
    look_again(app, perform, survey_id)
    found = lines(app)[2:]
    assert said(found, "action", "themes_new", "theme", "target", "changes_offered") == [("found", 1, None, None, None)]
    assert found[0]["people"] > 0


def test_the_api_gives_the_same(app: Flask) -> None:
    filled = owned_library(app)
    with app.app_context():
        theme_edits.rename(db.session.get_one(Theme, filled.themes[QUIET]), "Silence")
        token = api_tokens.create(db.session.get_one(Survey, filled.survey_id), "x")
    given = app.test_client().get("/api/v1/edits", headers={"Authorization": f"Bearer {token}"}).json
    assert given == {"edits": lines(app)}
    assert list(lines(app)[0]) == list(EDITS.header)


def test_a_long_history_takes_as_few_queries_as_a_short_one(app: Flask) -> None:
    filled = owned_library(app)
    counts = []
    with app.app_context():
        for number in (1, 60):
            for turn in range(number):
                theme_edits.set_pinned(db.session.get_one(Theme, filled.themes[QUIET]), turn % 2 == 0)
            survey = db.session.get_one(Survey, filled.survey_id)
            with queries(app) as statements:
                assert len(list(edit_rows(survey))) >= number
            counts.append(len(statements))
    assert counts[0] == counts[1] == 5
