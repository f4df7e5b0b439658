"""Changes of many answers, piece by piece: interrupted, sent twice, taken back, beside others who change the same."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import update

from survey.answers import moderation
from survey.bulk_changes import changes as bulk_changes
from survey.bulk_changes import moves
from survey.bulk_changes.entries import Entry, packed, unpacked
from survey.bulk_changes.models import DELETE, MOVE, BulkChange
from survey.bulk_changes.moves import Ways
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Deletion, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import edit_history, theme_edits
from survey.edits.models import Edit
from survey.results.result_counts import recount
from survey.web import access
from survey.web.access import Actor
from survey.worker.housekeeping import Housekeeping
from tests.support.filled_survey import Says, fill

KEY, OTHER_KEY = "a" * 32, "b" * 32
ANSWERS = [
    Says(f"Answer {n}", [(f"Answer {n}", "Calm" if n % 2 else "Loud")], status="held" if n % 5 == 0 else "shown")
    for n in range(1, 13)
]


@pytest.fixture
def at_site(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A site with twelve answers, two of which are held, and pieces of five."""
    fill(app, ANSWERS)
    monkeypatch.setattr(bulk_changes, "ANSWERS_PER_PIECE", 5)
    return app


def own() -> Survey:
    db.session.rollback()
    return db.session.query(Survey).one()


def entries() -> list[Entry]:
    return [Entry(*row) for row in db.session.query(Answer.public_id, Answer.status).order_by(Answer.id)]


def statuses() -> str:
    """The first letters of the statuses, in the order of the answers: s, h(eld), or x for hidden."""
    db.session.rollback()
    letters = {"shown": "s", "held": "h", "hidden": "x"}
    return "".join(letters[status] for (status,) in db.session.query(Answer.status).order_by(Answer.id))


def change() -> BulkChange:
    db.session.rollback()
    return db.session.query(BulkChange).one()


@pytest.mark.both_databases
def test_all_are_hidden_in_pieces_and_each_gets_back_what_it_was(at_site: Flask) -> None:
    with at_site.app_context():
        made = bulk_changes.begin(own(), KEY, "hidden", entries(), 1)
        assert bulk_changes.go_on(made, 60)
        assert statuses() == "x" * 12
        assert (change().total, change().done, change().changed) == (12, 12, 12)
        assert db.session.query(ThemeResult).count() == 0
        assert bulk_changes.take_back(own(), KEY) is not None
        assert bulk_changes.go_on(made, 60)
        assert statuses() == "sssshsssshss"
        assert (change().done, change().changed, change().is_taken_back) == (0, 0, True)
        assert db.session.query(Run).filter_by(state="asked").count() == 1


@pytest.mark.both_databases
def test_what_a_request_leaves_the_worker_finishes(at_site: Flask) -> None:
    with at_site.app_context():
        made = bulk_changes.begin(own(), KEY, "hidden", entries(), 1)
        assert not bulk_changes.go_on(made, -1)
        assert statuses() == "xxxxxsssshss"
        assert not change().is_finished
        Housekeeping().after_runs()
        assert statuses() == "x" * 12
        assert change().is_finished


@pytest.mark.both_databases
def test_undoing_half_of_it_takes_back_that_half(at_site: Flask) -> None:
    with at_site.app_context():
        made = bulk_changes.begin(own(), KEY, "held", entries(), 1)
        assert not bulk_changes.go_on(made, -1)
        assert statuses() == "hhhhhhssshss"  # of the two that were held before nothing is to be done
        assert bulk_changes.take_back(own(), KEY) is not None
        assert bulk_changes.go_on(made, 60)
        assert statuses() == "sssshsssshss"


@pytest.mark.both_databases
def test_sent_twice_it_is_one_change_and_again_after_undo_it_is_made_again(at_site: Flask) -> None:
    with at_site.app_context():
        chosen = entries()[:3]
        first = bulk_changes.begin(own(), KEY, "hidden", chosen, 1)
        bulk_changes.go_on(first, 60)
        assert bulk_changes.begin(own(), KEY, "hidden", entries()[:3], 1) == first
        assert bulk_changes.go_on(first, 60)
        assert (change().total, change().changed) == (3, 3)
        bulk_changes.take_back(own(), KEY)
        bulk_changes.go_on(first, 60)
        assert bulk_changes.begin(own(), KEY, "hidden", entries()[:3], 1) == first
        bulk_changes.go_on(first, 60)
        assert statuses() == "xxxshsssshss"
        bulk_changes.take_back(own(), KEY)
        bulk_changes.go_on(first, 60)
        assert statuses() == "sssshsssshss"


@pytest.mark.both_databases
def test_what_somebody_else_changed_meanwhile_stays(at_site: Flask) -> None:
    with at_site.app_context():
        made = bulk_changes.begin(own(), KEY, "hidden", entries(), 1)
        second = db.session.query(Answer.id).order_by(Answer.id).offset(1).limit(1).scalar() or 0
        last = db.session.query(Answer.id).order_by(Answer.id.desc()).limit(1).scalar() or 0
        moderation.set_status(own(), [last], "held")  # after it was chosen, before its turn comes
        bulk_changes.go_on(made, 60)
        assert statuses() == "x" * 11 + "h"
        assert change().changed == 11
        moderation.set_status(own(), [second], "shown")
        moderation.set_status(own(), [second], "hidden")  # by hand, after it
        bulk_changes.take_back(own(), KEY)
        bulk_changes.go_on(made, 60)
        assert statuses() == "sxsshsssshsh"
        assert change().changed == 1


@pytest.mark.both_databases
def test_deleting_is_for_good_and_leaves_no_list_of_what_it_was(at_site: Flask) -> None:
    with at_site.app_context():
        chosen = entries()[:7]
        made = bulk_changes.begin(own(), KEY, DELETE, chosen, 1)
        assert not bulk_changes.go_on(made, -1)
        assert len(entries()) == 7
        bulk_changes.continue_all(60)
        assert len(entries()) == 5
        assert {entry.public_id for entry in entries()}.isdisjoint(entry.public_id for entry in chosen)
        assert db.session.query(Deletion).count() == 7
        assert (change().answers, change().changed, change().is_finished) == (None, 7, True)
        assert bulk_changes.take_back(own(), KEY) is None
        assert bulk_changes.begin(own(), KEY, DELETE, entries(), 1) == made
        assert bulk_changes.go_on(made, 60)
        assert len(entries()) == 5


def test_a_new_answer_with_the_number_of_a_deleted_one_is_left_alone(at_site: Flask) -> None:
    """SQLite gives the number of the last answer to the next one, once that is deleted."""
    with at_site.app_context():
        chosen = entries()
        made = bulk_changes.begin(own(), KEY, DELETE, chosen, 1)
        last = db.session.query(Answer).order_by(Answer.id.desc()).limit(1).one()
        number, survey_id = last.id, last.survey_id
        with write_transaction() as session:
            session.delete(session.get_one(Answer, number))
        with write_transaction() as session:
            session.add(Answer(survey_id=survey_id, form_key="new", text="New"))
        assert db.session.query(Answer.id).filter_by(text="New").scalar() == number
        bulk_changes.go_on(made, 60)
        assert [text for (text,) in db.session.query(Answer.text)] == ["New"]


def test_of_a_survey_that_is_gone_nothing_is_left_to_do(at_site: Flask) -> None:
    with at_site.app_context():
        made = bulk_changes.begin(own(), KEY, "hidden", entries(), 1)
        with write_transaction() as session:
            session.query(Answer).delete()
            session.execute(update(Survey).values(current_run_id=None))
            session.delete(session.query(Survey).one())
        assert bulk_changes.go_on(made, 60)
        bulk_changes.continue_all(60)


def test_only_the_newest_changes_are_kept_and_none_that_is_not_finished(
    at_site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_changes, "KEPT_CHANGES", 3)
    with at_site.app_context():
        waiting = bulk_changes.begin(own(), OTHER_KEY, "held", entries()[:1], 1)
        for n in range(5):
            bulk_changes.go_on(bulk_changes.begin(own(), f"{n:032x}", "hidden", entries()[5 + n : 6 + n], 1), 60)
        kept = [row.id for row in db.session.query(BulkChange.id).order_by(BulkChange.id)]
        assert len(kept) == 4
        assert waiting in kept


def test_what_is_kept_of_an_answer_is_its_id_and_what_it_was() -> None:
    listed = [Entry(f"{n:016x}", status) for n in range(4) for status in moderation.STATUSES]
    content = packed(listed)
    assert unpacked(content, 0, 99) == listed
    assert unpacked(content, 3, 5) == listed[3:5]
    assert unpacked(None, 0, 5) == []


@pytest.fixture
def portions(at_site: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The site, where up to two ideas are moved in one transaction."""
    monkeypatch.setattr(bulk_changes, "MAX_IDEAS", 4)
    monkeypatch.setattr(moves, "MAX_IDEAS", 2)
    with at_site.app_context(), write_transaction() as session:
        recount(session, session.query(Run.id).scalar(), [theme_id for (theme_id,) in session.query(Theme.id)])
    return at_site


def theme(name: str) -> Theme:
    return db.session.query(Theme).filter_by(name=name).one()


def places() -> str:
    """The first letters of the themes that the answers are in, in their order: c(alm) or l(oud)."""
    db.session.rollback()
    rows = db.session.query(Theme.name).join(Placement, Placement.theme_id == Theme.id)
    rows = rows.join(Idea, Idea.id == Placement.idea_id).order_by(Idea.answer_id)
    return "".join(name[0].lower() for (name,) in rows)


def people() -> dict[str, int]:
    rows = db.session.query(Theme.name, ThemeResult.people).join(Theme, Theme.id == ThemeResult.theme_id)
    return {row.name: row.people for row in rows}


def move_calm() -> int:
    """Begin to move what all answers say in Calm to Loud, as Ruth."""
    with access.acting(Actor(1, "Ruth")):
        ways = Ways(theme("Calm").id, theme("Loud").id)
        return bulk_changes.begin(own(), KEY, MOVE, entries(), 1, ways)


@pytest.mark.both_databases
def test_what_they_say_is_moved_in_portions_and_comes_back_as_it_was(portions: Flask) -> None:
    with portions.app_context():
        placed = "clclclclclcl"
        assert (places(), people()) == (placed, {"Calm": 6, "Loud": 6})
        made = move_calm()
        assert not bulk_changes.go_on(made, -1)
        assert (places(), people()) == ("llll" + placed[4:], {"Calm": 4, "Loud": 8})
        Housekeeping().after_runs()
        assert (places(), people(), change().changed) == ("l" * 12, {"Loud": 12}, 6)
        edits = db.session.query(Edit).order_by(Edit.id).all()
        assert [(edit.action, edit.owner_name) for edit in edits] == [("move", "Ruth")] * 3
        assert db.session.query(Run).filter_by(state="asked").count() == 1
        with access.acting(Actor(2, "Ben")):
            assert bulk_changes.take_back(own(), KEY) is not None
        assert not bulk_changes.go_on(made, -1)
        assert places() == "llllllll" + placed[8:]
        bulk_changes.continue_all(60)
        assert (places(), people()) == (placed, {"Calm": 6, "Loud": 6})
        assert {edit.undone_by for edit in db.session.query(Edit)} == {"Ben"}
        assert change().is_finished
        assert move_calm() == made  # and it is made again
        assert bulk_changes.go_on(made, 60)
        assert (places(), change().changed) == ("l" * 12, 6)


@pytest.mark.both_databases
def test_a_portion_that_was_taken_back_by_itself_is_left_so(portions: Flask) -> None:
    with portions.app_context():
        made = move_calm()
        bulk_changes.go_on(made, 60)
        second = db.session.query(Edit.id).order_by(Edit.id).offset(1).limit(1).scalar() or 0
        edit_history.undo(own(), second)
        assert places() == "llllclclllll"
        bulk_changes.take_back(own(), KEY)
        assert bulk_changes.go_on(made, 60)
        assert places() == "clclclclclcl"
        assert change().is_finished


def test_it_goes_on_into_what_its_theme_was_merged_into(portions: Flask) -> None:
    with portions.app_context():
        with write_transaction() as session:
            session.add(Theme(survey_id=own().id, key="other", origin="discovered", name="Other", colour=1))
            other = session.query(Theme.id).filter_by(key="other").scalar()
            last = session.query(Idea.id).order_by(Idea.id.desc()).limit(1).scalar()
            session.execute(update(Placement).where(Placement.idea_id == last).values(theme_id=other))
            run_id = session.query(Run.id).scalar()
            recount(session, run_id, [other, theme("Loud").id])
        made = move_calm()
        assert not bulk_changes.go_on(made, -1)
        theme_edits.merge(theme("Loud"), theme("Other"))
        assert bulk_changes.go_on(made, 60)
        assert places() == "o" * 12


def test_an_answer_of_many_ideas_is_a_portion_by_itself(portions: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with portions.app_context():
        monkeypatch.setattr(moves, "MAX_IDEAS", 0)
        made = move_calm()
        assert bulk_changes.go_on(made, 60)
        assert places() == "l" * 12
        assert db.session.query(Edit).count() == 6
