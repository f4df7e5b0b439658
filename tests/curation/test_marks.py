"""For and against, said by the owner: seen at once, kept by every later run, taken back exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from analysis.pipeline import analyse
from analysis.results import Analysis
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.curation import edit_history, idea_edits, theme_edits
from survey.curation.codebook import taught_codebook
from survey.curation.theme_edits import EditRefused
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit, IdeaChange
from survey.results.quotes import opposites, theme_quotes
from survey.runs import lifecycle as runs
from survey.runs.lookups import shown_run
from survey.worker import perform_run
from tests.support.filled_once import filled_once
from tests.support.only_survey import answered
from tests.support.visitors import send_answer

pytestmark = pytest.mark.both_databases
ANSWERS = ["Honesty", "Be honest", "Honesty first", "Trust", "Trust me", "Patience"]


@pytest.fixture
def site(app: Flask, perform: Callable[[Flask], None]) -> Flask:
    filled_once(app, answered, perform, answers=tuple(ANSWERS))
    return app


def survey() -> Survey:
    db.session.rollback()
    return db.session.scalars(select(Survey)).one()


def theme(key: str) -> Theme:
    return db.session.scalars(select(Theme).where(Theme.key == key)).one()


def span(text: str) -> IdeaSpan:
    return IdeaSpan(db.session.scalars(select(Answer.public_id).where(Answer.text == text)).one(), 0, len(text))


def mark(*texts: str, key: str = "honesty", opposite: bool = True) -> int:
    return idea_edits.mark(survey(), [span(text) for text in texts], theme(key), opposite=opposite)


def marked() -> Mapping[str, set[str]]:
    """The answers that say the opposite of each theme."""
    rows = db.session.execute(
        select(Theme.key, Answer.text)
        .join(Placement, Placement.theme_id == Theme.id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Placement.against, Idea.run_id == survey().current_run_id)
    )
    found: dict[str, set[str]] = {}
    for key, text in rows:
        found.setdefault(key, set()).add(text)
    return found


def quoted(key: str) -> list[str]:
    run = shown_run(survey())
    assert run is not None
    return [quote.idea for quote in theme_quotes(run)[theme(key).id]]


def run_again(app: Flask, perform: Callable[[Flask], None], *more: str, finds: bool = False) -> None:
    for text in more:
        send_answer(app.test_client(), text)
    with app.app_context():
        if finds:
            runs.request_run_now(survey().id)
    perform(app)


def test_what_says_the_opposite_is_counted_and_no_quote_and_both_are_undone(site: Flask) -> None:
    with site.app_context():
        before = quoted("honesty")
        assert "Be honest" in before
        edit_id = mark("Be honest")
        run = shown_run(survey())
        assert run is not None
        assert opposites(run)[theme("honesty").id].people == 1
        assert quoted("honesty") == [text for text in before if text != "Be honest"]
        assert db.session.scalars(select(Edit.action).where(Edit.id == edit_id)).one() == "opposite"
        assert edit_history.undo(survey(), edit_id)
        assert (marked(), quoted("honesty")) == ({}, before)
        assert edit_history.redo(survey(), edit_id)
        assert marked() == {"honesty": {"Be honest"}}
        assert "Be honest" not in quoted("honesty")


@pytest.mark.parametrize("finds", [False, True])
def test_no_later_run_overturns_it(site: Flask, perform: Callable[[Flask], None], finds: bool) -> None:
    with site.app_context():
        mark("Be honest", "Honesty first")
    run_again(site, perform, "Honesty", "Trust", "Honesty, always", finds=finds)
    with site.app_context():
        assert marked() == {"honesty": {"Be honest", "Honesty first"}}
        assert not {"Be honest", "Honesty first"} & {*quoted("honesty")}


def test_what_the_machine_marks_the_owner_takes_off_for_good(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        ideas = select(Idea.id).join(Answer, Answer.id == Idea.answer_id).where(Answer.text == "Trust me")
        db.session.execute(update(Placement).where(Placement.idea_id.in_(ideas)).values(against=True))
        db.session.commit()
        edit_id = mark("Trust me", key="trust", opposite=False)
        assert marked() == {}
        assert edit_history.undo(survey(), edit_id)
        assert marked() == {"trust": {"Trust me"}}
        assert edit_history.redo(survey(), edit_id)
    run_again(site, perform, "Trust")
    with site.app_context():
        assert marked() == {}


def test_the_last_word_counts(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        first = mark("Be honest")
        second = mark("Be honest", opposite=False)
        assert marked() == {}
        edit_history.undo(survey(), second)
        assert marked() == {"honesty": {"Be honest"}}
        edit_history.redo(survey(), second)
        edit_history.undo(survey(), first)
        assert marked() == {}
    run_again(site, perform)
    with site.app_context():
        assert marked() == {}


def test_one_that_is_moved_leaves_the_mark_behind_and_undone_has_it_again(
    site: Flask, perform: Callable[[Flask], None]
) -> None:
    with site.app_context():
        mark("Be honest")
        edit_id = idea_edits.move(survey(), [span("Be honest")], theme("honesty"), theme("trust"))
        assert marked() == {}
    run_again(site, perform)
    with site.app_context():
        assert marked() == {}
        edit_history.undo(survey(), edit_id)
        assert marked() == {"honesty": {"Be honest"}}


def test_it_goes_along_when_its_theme_becomes_part_of_another(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        mark("Be honest")
        edit_id = theme_edits.merge(theme("honesty"), theme("trust"))
        assert marked() == {"trust": {"Be honest"}}
    run_again(site, perform, "Trust too")
    with site.app_context():
        assert marked() == {"trust": {"Be honest"}}
        edit_history.undo(survey(), edit_id)
        assert marked() == {"honesty": {"Be honest"}}


def test_taken_back_in_a_theme_that_is_part_of_another_it_is_gone_there_too(site: Flask) -> None:
    with site.app_context():
        first = mark("Be honest")
        theme_edits.merge(theme("honesty"), theme("trust"))
        edit_history.undo(survey(), first)
        assert marked() == {}


SAID = {
    "in the one that goes": (["A"], True),
    "in the one that stays": (["B"], True),
    "in both": (["A", "B"], True),
    "the same in the one that stays": (["A", "b"], False),
    "the same in the one that goes": (["B", "a"], True),
    "taken back before": (["A", "undo"], False),
}
"""What an owner says of an idea in two themes before one becomes part of the other, and whether it says the opposite
then: A and B are the theme that goes and the one that stays, small letters say the same"""


@pytest.mark.parametrize("case", SAID)
def test_of_an_idea_in_two_themes_it_holds_at_once_when_one_becomes_part_of_the_other(
    site: Flask, perform: Callable[[Flask], None], case: str
) -> None:
    steps, is_opposite = SAID[case]
    with site.app_context():
        idea = select(Idea.id).join(Answer, Answer.id == Idea.answer_id).where(Answer.text == "Be honest")
        both = {"idea_id": db.session.scalars(idea).one(), "theme_id": theme("trust").id, "strength": 0.9, "quote": 0}
        db.session.execute(insert(Placement).values(**both, against=False))
        db.session.commit()
        made: list[int] = []
        for step in steps:
            if step == "undo":
                assert edit_history.undo(survey(), made[-1])
            else:
                key = "honesty" if step in "Aa" else "trust"
                made.append(mark("Be honest", key=key, opposite=step.isupper()))
        before = marked()
        merged = theme_edits.merge(theme("honesty"), theme("trust"))
        at_once = marked()
        assert at_once == ({"trust": {"Be honest"}} if is_opposite else {})
        assert edit_history.undo(survey(), merged)
        assert marked() == before
        assert "trust" in before or "Be honest" in quoted("trust")
        assert edit_history.redo(survey(), merged)
        assert marked() == at_once
    run_again(site, perform, "Trust too")
    with site.app_context():
        assert marked() == at_once


def test_said_while_a_run_is_under_way_it_is_in_its_result(
    site: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Mapping[str, set[str]]] = []

    def slow(*arguments: object, **more: object) -> Analysis:
        result = analyse(*arguments, **more)  # type: ignore[arg-type]
        if seen:
            seen.append(dict(marked()))
        else:
            mark("Be honest")
            seen.append({})
        return result

    monkeypatch.setattr(perform_run, "analyse", slow)
    run_again(site, perform, finds=True)
    assert seen == [{}, {"honesty": {"Be honest"}}]
    with site.app_context():
        assert marked() == {"honesty": {"Be honest"}}


def test_it_stays_where_it_is_and_is_no_example_of_its_theme(site: Flask) -> None:
    with site.app_context():
        mark("Be honest")
        mark("Honesty first", opposite=False)
        book = taught_codebook(survey()) or ""
        assert "Honesty first" in book
        assert "Be honest" not in book


def test_what_is_not_there_is_refused_whole(site: Flask) -> None:
    with site.app_context():
        with pytest.raises(EditRefused, match="Nothing was done"):
            mark("Be honest", "Trust")
        with pytest.raises(EditRefused, match="at least one"):
            idea_edits.mark(survey(), [], theme("honesty"), opposite=True)
        assert marked() == {}
        assert db.session.query(Edit).count() == db.session.query(IdeaChange).count() == 0
        assert db.session.query(ThemeResult).count() > 0
