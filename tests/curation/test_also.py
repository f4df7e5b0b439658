"""An idea in one more theme: it stays where it is, every later run keeps both, and each is taken back by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from analysis.pipeline import analyse
from analysis.results import Analysis
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.curation import edit_history, idea_edits, theme_edits
from survey.curation.codebook import taught_codebook
from survey.curation.theme_edits import EditRefused, ThemeMerged
from survey.edits.decisions import read_decisions
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit, IdeaChange
from survey.runs import lifecycle as runs
from survey.runs.lookups import shown_run
from survey.tables.rows import cluster_rows
from survey.web import access
from survey.web.access import Actor
from survey.worker import perform_run
from tests.support.filled_once import filled_once
from tests.support.only_survey import answered, own
from tests.support.visitors import send_answer

pytestmark = pytest.mark.both_databases
ANSWERS = ["Honesty", "Be honest", "Honesty first", "Trust", "Trust me", "Patience", "Patience too"]
BOTH, PATIENCE = {"honesty", "trust"}, "patience_acceptance"


@pytest.fixture
def site(app: Flask, perform: Callable[[Flask], None]) -> Flask:
    filled_once(app, answered, perform, answers=tuple(ANSWERS))
    return app


def theme(key: str) -> Theme:
    return db.session.scalars(select(Theme).where(Theme.key == key)).one()


def span(text: str) -> IdeaSpan:
    return IdeaSpan(db.session.scalars(select(Answer.public_id).where(Answer.text == text)).one(), 0, len(text))


def also(*texts: str, key: str = "honesty", target: str = "trust", as_of: int | None = None) -> int:
    return idea_edits.also(own(), [span(text) for text in texts], theme(key), theme(target), as_of=as_of)


def take_out(text: str, key: str) -> int:
    return idea_edits.move(own(), [span(text)], theme(key), None)


def themes_of(text: str) -> set[str]:
    """The themes of an answer of one idea, by key."""
    run_id = own().current_run_id
    found = db.session.scalars(
        select(Theme.key)
        .join(Placement, Placement.theme_id == Theme.id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Answer.text == text, Idea.run_id == run_id)
    )
    return {*found}


def people(key: str) -> int:
    run = shown_run(own())
    assert run is not None
    return db.session.get_one(ThemeResult, (run.id, theme(key).id)).people


def everything() -> list[tuple[object, ...]]:
    """The placements that are shown."""
    shown = select(Idea.id).where(Idea.run_id == own().current_run_id)
    columns = (Placement.idea_id, Placement.theme_id, Placement.strength, Placement.quote, Placement.against)
    rows = db.session.execute(select(*columns).where(Placement.idea_id.in_(shown)))
    return sorted((tuple(row) for row in rows), key=repr)


def run_again(app: Flask, perform: Callable[[Flask], None], *more: str, finds: bool = False) -> None:
    for text in more:
        send_answer(app.test_client(), text)
    with app.app_context():
        if finds:
            runs.request_run_now(own().id)
    perform(app)


def test_it_is_in_both_and_counted_in_both_and_undone_and_redone_exactly(site: Flask) -> None:
    with site.app_context():
        before, counted = everything(), (people("honesty"), people("trust"))
        edit_id = also("Be honest")
        assert themes_of("Be honest") == BOTH
        assert (people("honesty"), people("trust")) == (counted[0], counted[1] + 1)
        edit = db.session.get_one(Edit, edit_id)
        assert (edit.action, edit.theme_id, edit.target_id) == ("also", theme("honesty").id, theme("trust").id)
        done = everything()
        assert edit_history.undo(own(), edit_id)
        assert (everything(), people("trust")) == (before, counted[1])
        assert edit_history.redo(own(), edit_id)
        assert everything() == done


@pytest.mark.parametrize("finds", [False, True])
def test_every_later_run_keeps_both(site: Flask, perform: Callable[[Flask], None], finds: bool) -> None:
    with site.app_context():
        also("Be honest")
    run_again(site, perform, "Honesty, always", "Trust too", finds=finds)
    with site.app_context():
        assert themes_of("Be honest") == BOTH
        assert edit_history.undo(own(), db.session.scalars(select(Edit.id).where(Edit.action == "also")).one())
        assert themes_of("Be honest") == {"honesty"}
    run_again(site, perform)
    with site.app_context():
        assert themes_of("Be honest") == {"honesty"}


def test_done_while_a_run_is_under_way_it_is_in_its_result(
    site: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    def slow(*arguments: object, **more: object) -> Analysis:
        result = analyse(*arguments, **more)  # type: ignore[arg-type]
        if not seen:
            also("Be honest")
        seen.append(themes_of("Be honest"))
        return result

    monkeypatch.setattr(perform_run, "analyse", slow)
    run_again(site, perform, finds=True)
    with site.app_context():
        assert [*seen, themes_of("Be honest")] == [BOTH] * (len(seen) + 1)


@pytest.mark.parametrize("out", ["honesty", "trust"])
def test_out_of_one_it_stays_in_the_other(site: Flask, perform: Callable[[Flask], None], out: str) -> None:
    stays = BOTH - {out}
    with site.app_context():
        also("Be honest")
        edit_id = take_out("Be honest", out)
        assert themes_of("Be honest") == stays
    run_again(site, perform, "Honesty, always", finds=True)
    with site.app_context():
        assert themes_of("Be honest") == stays
        assert edit_history.undo(own(), edit_id)
        assert themes_of("Be honest") == BOTH


def test_out_of_the_first_and_then_undone_in_the_middle_of_the_log(site: Flask) -> None:
    with site.app_context():
        edit_id = also("Be honest")
        idea_edits.move(own(), [span("Be honest")], theme("honesty"), theme(PATIENCE))
        assert themes_of("Be honest") == {"trust", PATIENCE}
        assert edit_history.undo(own(), edit_id)
        assert themes_of("Be honest") == {PATIENCE}
        assert edit_history.redo(own(), edit_id)
        assert themes_of("Be honest") == {"trust", PATIENCE}


def test_when_one_theme_becomes_part_of_the_other_it_is_there_once(
    site: Flask, perform: Callable[[Flask], None]
) -> None:
    with site.app_context():
        also("Be honest")
        edit_id = theme_edits.merge(theme("honesty"), theme("trust"))
        assert themes_of("Be honest") == {"trust"}
    run_again(site, perform)
    with site.app_context():
        assert themes_of("Be honest") == {"trust"}
        assert edit_history.undo(own(), edit_id)
        assert themes_of("Be honest") == BOTH


def test_the_same_words_are_in_both_too_now_and_when_they_come(site: Flask, perform: Callable[[Flask], None]) -> None:
    run_again(site, perform, "be honest!")
    with site.app_context():
        assert themes_of("be honest!") == {"honesty"}
        edit_id = also("Be honest")
    run_again(site, perform, "Be honest.")
    with site.app_context():
        assert (themes_of("be honest!"), themes_of("Be honest.")) == (BOTH, BOTH)
        assert edit_history.undo(own(), edit_id)
    run_again(site, perform)
    with site.app_context():
        assert (themes_of("be honest!"), themes_of("Be honest.")) == ({"honesty"}, {"honesty"})


def test_nobodys_edit_is_overridden_by_an_older_page(site: Flask) -> None:
    with site.app_context():
        version = own().edit_version
        with access.acting(Actor(99, "Olga")):
            idea_edits.move(own(), [span("Be honest")], theme("honesty"), theme(PATIENCE))
            also("Honesty first")
        with pytest.raises(EditRefused, match="Olga has decided since"):
            also("Be honest", as_of=version)
        with pytest.raises(EditRefused, match="Nothing was done"):
            also("Be honest")
        with pytest.raises(EditRefused, match="Olga has decided since"):
            idea_edits.move(own(), [span("Honesty first")], theme("honesty"), None, as_of=version)
        assert themes_of("Be honest") == {PATIENCE}
        assert themes_of("Honesty first") == BOTH


def test_what_cannot_be_is_refused_and_changes_nothing(site: Flask) -> None:
    with site.app_context():
        db.session.execute(update(Survey).values(edit_version=5))
        db.session.commit()
        for message, texts, key, target in (
            ("at least one", [], "honesty", "trust"),
            ("already", ["Be honest"], "honesty", "honesty"),
            ("Nothing was done", ["Be honest", "Trust"], "honesty", PATIENCE),
        ):
            with pytest.raises(EditRefused, match=message):
                also(*texts, key=key, target=target)
        assert db.session.query(Edit).count() == db.session.query(IdeaChange).count() == 0
        also("Be honest")
        with pytest.raises(EditRefused, match="already"):
            also("Be honest")
        theme_edits.merge(theme("trust"), theme(PATIENCE))
        with pytest.raises(ThemeMerged):
            also("Honesty first")
        assert [edit.action for edit in db.session.query(Edit)] == ["also", "merge"]


def test_of_several_those_that_are_there_already_stay_as_they_are(site: Flask) -> None:
    with site.app_context():
        also("Be honest")
        edit_id = also("Be honest", "Honesty first")
        assert themes_of("Be honest") == themes_of("Honesty first") == BOTH
        edit_history.undo(own(), edit_id)
        assert (themes_of("Be honest"), themes_of("Honesty first")) == (BOTH, {"honesty"})
        assert len(read_decisions(own().id).by_hand) == 1


def test_files_have_it_in_both_and_it_is_an_example_of_both(site: Flask) -> None:
    with site.app_context():
        also("Be honest")
        rows = [row for row in cluster_rows(own()) if "Be honest" in row]
        assert len(rows) == 2, rows
        book = taught_codebook(own()) or ""
        assert book.count('"Be honest"') == 2
