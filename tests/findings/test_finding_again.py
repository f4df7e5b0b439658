"""Themes stand from run to run; they are found again on growth and on request, and after an edit that is a proposal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import edit_history, idea_edits, theme_edits
from survey.edits import proposals
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit, Proposal
from survey.findings import save_results
from survey.runs import lifecycle as runs
from tests.support.filled_once import filled_once
from tests.support.only_survey import own, send
from tests.support.visitors import owned_survey

TRAINS = [f"trains run fast {letter}" for letter in "abcdefgh"]
BOATS = [f"boats float far {letter}" for letter in "abcdefgh"]
SNOW = [f"snow falls soft {letter}" for letter in "abcdefghijklmnopqrst"]


def trains_and_boats(app: Flask, perform: Callable[[Flask], None]) -> None:
    owned_survey(app, codebook="none")
    with app.app_context():
        send(TRAINS + BOATS)
    perform(app)


@pytest.fixture
def site(app: Flask, perform: Callable[[Flask], None]) -> Flask:
    """A survey with two themes that were found, about trains and boats."""
    filled_once(app, trains_and_boats, perform)
    return app


def themes() -> dict[str, set[str]]:
    """The answers in each theme that is shown, by its name."""
    rows = db.session.execute(
        select(Theme.name, Answer.text)
        .join(Placement, Placement.theme_id == Theme.id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == own().current_run_id)
    )
    found: dict[str, set[str]] = {}
    for name, text in rows:
        found.setdefault(name, set()).add(text)
    return found


def theme_of(text: str) -> Theme:
    return db.session.scalars(
        select(Theme)
        .join(Placement, Placement.theme_id == Theme.id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == own().current_run_id, Answer.text == text)
    ).one()


def span(text: str) -> IdeaSpan:
    answer = db.session.scalars(select(Answer).where(Answer.text == text).order_by(Answer.id)).first()
    assert answer is not None
    return IdeaSpan(answer.public_id, 0, len(text))


def actions() -> list[str]:
    return list(db.session.scalars(select(Edit.action).order_by(Edit.id)))


def test_a_few_answers_more_change_no_theme(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        before = themes()
        send([*SNOW[:6], "trains run fast too"])
    perform(site)
    with site.app_context():
        after = themes()
        assert after.keys() == before.keys()
        assert {text for texts in after.values() for text in texts} - set(TRAINS + BOATS) == {"trains run fast too"}
        assert db.session.get_one(Run, own().current_run_id).found_answers == 16


@pytest.mark.both_databases
def test_a_survey_that_grew_by_half_finds_its_new_theme_and_can_take_it_back(
    site: Flask, perform: Callable[[Flask], None]
) -> None:
    with site.app_context():
        send(SNOW[:6])
    perform(site)
    with site.app_context():
        before = themes()
        send(SNOW[6:10])
    perform(site)
    with site.app_context():
        assert set(SNOW[:10]) in themes().values()
        assert actions() == ["found"]
        assert db.session.get_one(Run, own().current_run_id).found_answers == 26
        edit_id = db.session.scalars(select(Edit.id)).one()
        assert edit_history.undo(own(), edit_id)
        assert themes() == before
        assert not own().takes_findings
        assert edit_history.redo(own(), edit_id)
        assert set(SNOW[:10]) in themes().values()


@pytest.mark.both_databases
def test_after_an_edit_a_finding_is_a_proposal(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        theme_edits.rename(theme_of(TRAINS[0]), "Railways")
        assert not own().takes_findings
        send(SNOW)
    perform(site)
    with site.app_context():
        assert themes().keys() >= {"Railways"}
        assert not any(set(SNOW) <= texts for texts in themes().values())
        waits = proposals.waiting(own())
        assert waits is not None
        assert [(change["kind"], change["people"]) for change in waits.changes] == [("new", 20)]
        edit_id = proposals.accept(own(), waits.public_id, [0])
        assert set(SNOW) in themes().values()
        assert "Railways" in themes()
        assert edit_id is not None
        edit_history.undo(own(), edit_id)
        assert not any(set(SNOW) & texts for texts in themes().values())


def test_an_owner_may_let_findings_replace_again_and_decisions_hold(
    site: Flask, perform: Callable[[Flask], None]
) -> None:
    with site.app_context():
        trains, boats = theme_of(TRAINS[0]), theme_of(BOATS[0])
        idea_edits.move(own(), [span(BOATS[0])], boats, trains)
        proposals.set_takes_findings(own(), True)
        send(SNOW)
    perform(site)
    with site.app_context():
        assert set(SNOW) in themes().values()
        assert theme_of(BOATS[0]).id == theme_of(TRAINS[0]).id
        assert theme_of(BOATS[1]).id != theme_of(TRAINS[0]).id
        assert db.session.scalar(select(Proposal.id)) is None


@pytest.mark.both_databases
def test_an_edit_made_while_a_run_is_under_way_is_not_lost(
    site: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    save = save_results._save_rows

    def edited_meanwhile(*given: object) -> object:
        saved = save(*given)  # type: ignore[arg-type]
        if not actions():
            idea_edits.split(own(), [span(BOATS[0]), span(BOATS[1])], theme_of(BOATS[0]), "Ferries")
        return saved

    with site.app_context():
        theme_of(TRAINS[0])
        runs.request_run_now(own().id)
        proposals.set_takes_findings(own(), False)
    monkeypatch.setattr(save_results, "_save_rows", edited_meanwhile)
    perform(site)
    with site.app_context():
        assert themes()["Ferries"] == {BOATS[0], BOATS[1]}
        counts = dict(
            db.session.execute(
                select(Theme.name, ThemeResult.people)
                .join(ThemeResult, ThemeResult.theme_id == Theme.id)
                .where(ThemeResult.run_id == own().current_run_id)
            ).all()
        )
        assert counts == {name: len(texts) for name, texts in themes().items()}


def test_themes_found_while_the_first_edit_is_made_do_not_replace_it(
    site: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    save = save_results._save_rows

    def edited_meanwhile(*given: object) -> object:
        saved = save(*given)  # type: ignore[arg-type]
        if not actions():
            theme_edits.merge(theme_of(BOATS[0]), theme_of(TRAINS[0]))
        return saved

    with site.app_context():
        runs.request_run_now(own().id)
    monkeypatch.setattr(save_results, "_save_rows", edited_meanwhile)
    perform(site)
    with site.app_context():
        assert list(themes().values()) == [set(TRAINS + BOATS)]
        assert db.session.scalars(select(Run.state)).all().count("failed") == 0


def test_another_codebook_overturns_no_edit(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        theme_edits.rename(theme_of(TRAINS[0]), "Railways")
        with write_transaction() as session:
            survey = session.scalars(select(Survey)).one()
            survey.codebook = "relationships"
            runs.request_run(session, survey.id, "owner", finds=True)
    perform(site)
    with site.app_context():
        assert themes()["Railways"] == set(TRAINS)


def test_two_windows_the_later_is_told_and_nothing_is_lost(site: Flask) -> None:
    with site.app_context():
        trains, boats = theme_of(TRAINS[0]), theme_of(BOATS[0])
        idea_edits.move(own(), [span(TRAINS[0])], trains, boats)
        with pytest.raises(theme_edits.EditRefused, match="Nothing was done"):
            idea_edits.move(own(), [span(TRAINS[0]), span(TRAINS[1])], trains, None)
        theme_edits.merge(trains, boats)
        with pytest.raises(theme_edits.EditRefused, match="was merged into"):
            theme_edits.merge(boats, trains)
        with pytest.raises(theme_edits.EditRefused, match="was merged into"):
            idea_edits.move(own(), [span(BOATS[0])], boats, trains)
        assert list(themes().values()) == [set(TRAINS + BOATS)]
        assert actions() == ["move", "merge"]


@pytest.mark.both_databases
def test_a_theme_emptied_by_moves_comes_back_with_all_that_was_said_of_it(site: Flask) -> None:
    def said() -> list[object]:
        return list(
            db.session.execute(
                select(ThemeResult.theme_id, ThemeResult.rank, ThemeResult.people, ThemeResult.re_runs, ThemeResult.x)
                .where(ThemeResult.run_id == own().current_run_id)
                .order_by(ThemeResult.theme_id)
            )
        )

    with site.app_context():
        before, trains, boats = said(), theme_of(TRAINS[0]), theme_of(BOATS[0])
        edit_id = idea_edits.move(own(), [span(text) for text in TRAINS], trains, boats)
        assert list(themes().values()) == [set(TRAINS + BOATS)]
        edit_history.undo(own(), edit_id)
        assert said() == before


@pytest.mark.slow
@pytest.mark.both_databases
def test_what_a_decision_teaches_moves_others_and_goes_with_it(site: Flask, perform: Callable[[Flask], None]) -> None:
    said = "trains run fast again"

    def where() -> dict[str, int]:
        """How many people said it in which theme."""
        rows = db.session.execute(
            select(Theme.name, func.count())
            .join(Placement, Placement.theme_id == Theme.id)
            .join(Idea, Idea.id == Placement.idea_id)
            .join(Answer, Answer.id == Idea.answer_id)
            .where(Idea.run_id == own().current_run_id, Answer.text == said)
            .group_by(Theme.name)
        )
        return dict(rows.all())

    with site.app_context():
        send([said] * 3)
    perform(site)
    with site.app_context():
        trains, boats = theme_of(TRAINS[0]), theme_of(BOATS[0])
        names = trains.name, boats.name
        assert where() == {names[0]: 3}
        edit_id = idea_edits.move(own(), [span(said)], trains, boats)
        assert where() == {names[0]: 2, names[1]: 1}
    perform(site)
    with site.app_context():
        assert where() == {names[1]: 3}
        assert edit_history.history(own())[0].taught == 2
        send([said])
    perform(site)
    with site.app_context():
        assert where() == {names[1]: 4}
        assert edit_history.undo(own(), edit_id)
        assert where() == {names[0]: 4}
    perform(site)
    with site.app_context():
        assert where() == {names[0]: 4}
        assert edit_history.redo(own(), edit_id)
    perform(site)
    with site.app_context():
        assert where() == {names[1]: 4}
