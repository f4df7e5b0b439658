"""The page of a proposal: what it says, what a decision does, and what it does where things changed meanwhile."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey, Theme
from survey.curation import idea_edits, theme_edits
from survey.edits import proposals
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit, IdeaChange, Proposal, ProposedMove
from survey.results import read_model
from tests.support.filled_once import filled_once
from tests.support.proposed import FIRST, LAMPS, Perform, add, look_again, offered, waiting
from tests.support.visitors import SLUG, field, make_owner, owned_survey, sign_in

pytestmark = pytest.mark.both_databases
PAGE = f"/manage/{SLUG}/proposal"


@pytest.fixture
def survey_id(app: Flask, perform: Perform) -> int:
    return filled_once(app, offered, perform)


@pytest.fixture
def owner(app: Flask, survey_id: int) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


def people(app: Flask) -> dict[str, int]:
    """The people of each theme that readers see."""
    with app.app_context():
        page = read_model.theme_page(db.session.query(Survey).one())
        return {row.name: row.people for row in page.themes + page.singles}


def send(client: FlaskClient, address: str = "", **form: str | list[str]) -> str:
    """Send a form of the page and follow it; gives the page it leads to."""
    shown = client.get(PAGE)
    sent: dict[str, str | list[str]] = {"csrf_token": field(shown, "csrf_token")}
    if 'name="proposal"' in shown.text:
        sent["proposal"] = field(shown, "proposal")
    response = client.post(f"{PAGE}{address}", data=sent | form)
    assert response.status_code == 303, response.text
    return client.get(response.location).text


def test_what_would_change_is_said_in_words_and_drawn(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(PAGE).text
    assert "The machine proposes one change" in page
    assert "20 answers" in page
    assert "Three themes stay as they are." in page
    assert re.search(r"<em><bdi>[^<]+</bdi></em> begins", page)
    assert "5 people from no theme." in page
    assert "Read the 5" in page
    assert all(words.partition("lamp")[0] in page for words in LAMPS)
    wide = page.partition("weft-wide")[2].partition("</svg>")[0]
    assert wide.count("M322") == 20  # a strand each
    assert wide.count('class="one-strand t0 k1"') == 1
    assert not re.search(r"\sstyle=", page)


def test_accepted_it_changes_the_page_and_is_taken_back_as_one(app: Flask, owner: FlaskClient) -> None:
    before = people(app)
    assert "1 of 1 change accepted" in send(owner, accept="0")
    after = people(app)
    assert len(after) == len(before) + 1
    assert sorted(after.values()) == [5, 5, 5, 5]
    with app.app_context():
        edit_id = db.session.query(Edit.id).filter_by(action="accept").scalar()
    assert "What was accepted is taken back" in send(owner, f"/undo/{edit_id}")
    assert people(app) == before
    assert "It was taken back already." in send(owner, f"/undo/{edit_id}")
    assert "1 of 1 change accepted" in send(owner, f"/redo/{edit_id}")
    assert people(app) == after


def test_none_of_it(app: Flask, owner: FlaskClient) -> None:
    before = people(app)
    assert "None of it was accepted" in send(owner, accept="0", none="1")
    assert people(app) == before


def test_sending_it_with_nothing_ticked_decides_nothing(app: Flask, owner: FlaskClient, survey_id: int) -> None:
    for ticks in ([], ["x"], ["-"], ["١"]):
        page = send(owner, accept=ticks)
        assert "Nothing is ticked." in page
        assert "checked" not in page.partition("turns-list")[2].partition("</ul>")[0]
    with app.app_context():
        assert waiting(survey_id).state == "waiting"


def test_numbers_that_it_does_not_have_are_none(app: Flask, owner: FlaskClient) -> None:
    assert "1 of 1 change accepted" in send(owner, accept=["0-7", "999999999"])


def test_a_proposal_that_was_replaced_meanwhile_is_not_accepted(
    app: Flask, owner: FlaskClient, perform: Perform, survey_id: int
) -> None:
    before, opened = people(app), field(owner.get(PAGE), "proposal")
    add(app, survey_id, ["desk lamp please"])
    look_again(app, perform, survey_id)
    page = send(owner, proposal=opened, accept="0")
    assert "Themes were found again meanwhile, so nothing was accepted." in page
    assert "21 answers" in page
    assert people(app) == before


def test_of_two_windows_the_later_is_told(app: Flask, owner: FlaskClient) -> None:
    opened = field(owner.get(PAGE), "proposal")
    send(owner, accept="0")
    after = people(app)
    assert "in another window" in send(owner, proposal=opened, none="1")
    assert people(app) == after


def proposed_spans() -> list[IdeaSpan]:
    """The ideas that a proposal would move."""
    names = dict(db.session.query(Answer.id, Answer.public_id).all())
    moves = db.session.query(ProposedMove).order_by(ProposedMove.id)
    return [IdeaSpan(names[move.answer_id], move.starts, move.ends) for move in moves]


def test_what_a_colleague_places_while_it_waits_for_the_database_stays(
    app: Flask, survey_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        survey, spans = db.session.get_one(Survey, survey_id), proposed_spans()
        coffee = db.session.query(Theme).filter_by(name="Coffee").one()
        proposal_id = db.session.query(Proposal.public_id).filter_by(state="waiting").scalar()

        def after_a_colleague() -> AbstractContextManager[Session]:
            monkeypatch.undo()
            idea_edits.move(survey, spans[:1], None, coffee)
            return write_transaction()

        monkeypatch.setattr(proposals, "write_transaction", after_a_colleague)
        edit_id = proposals.accept(survey, proposal_id, [0])
        moved = db.session.query(IdeaChange).filter_by(edit_id=edit_id).count()
        assert moved == len(spans) - 1 > 0


def test_what_came_and_what_was_placed_meanwhile_is_respected(
    app: Flask, owner: FlaskClient, perform: Perform, survey_id: int
) -> None:
    add(app, survey_id, ["lamp desk", "soft chairs now"])
    perform(app)
    page = owner.get(PAGE).text
    assert "2 answers came since. 1 of them is in it." in page
    assert "6 people from no theme" in page
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        spans = proposed_spans()
        coffee = db.session.query(Theme).filter_by(name="Coffee").one()
        idea_edits.move(survey, spans[:4], None, coffee)
    assert "2 people from no theme" in owner.get(PAGE).text
    with app.app_context():
        idea_edits.dismiss(db.session.get_one(Survey, survey_id), spans[4:])
    page = owner.get(PAGE).text
    assert "Nothing of the proposal is left" in page
    assert "None of it was accepted" in send(owner, none="1")


def test_a_theme_renamed_meanwhile_has_its_new_name(app: Flask, owner: FlaskClient, survey_id: int) -> None:
    with app.app_context():
        db.session.get_one(Theme, waiting(survey_id).changes[0]["theme"]).name = "Light to read by"
        db.session.commit()
    assert "<em><bdi>Light to read by</bdi></em> begins" in owner.get(PAGE).text


def test_a_name_that_was_taken_meanwhile_is_numbered(app: Flask, owner: FlaskClient, survey_id: int) -> None:
    with app.app_context():
        proposed = db.session.get_one(Theme, waiting(survey_id).changes[0]["theme"]).name
        theme_edits.rename(db.session.query(Theme).filter_by(name="Coffee").one(), proposed.upper())
    send(owner, accept="0")
    assert {proposed.upper(), f"{proposed} (2)"} <= people(app).keys()


def test_without_a_proposal_it_says_why(app: Flask, perform: Perform) -> None:
    survey_id = owned_survey(app, codebook="none")
    owner = app.test_client()
    sign_in(owner)
    assert "There is nothing to propose yet" in owner.get(PAGE).text
    add(app, survey_id, FIRST)
    perform(app)
    assert "Nothing is proposed" in owner.get(PAGE).text
    with app.app_context():
        proposals.set_takes_findings(db.session.get_one(Survey, survey_id), False)
    look_again(app, perform, survey_id)
    assert "Nothing would change" in owner.get(PAGE).text


def test_the_switch_is_on_both_pages(app: Flask, owner: FlaskClient, survey_id: int) -> None:
    settings = owner.get(f"/manage/{SLUG}/settings").text
    assert 'aria-checked="false"' in settings
    assert 'aria-checked="true"' in send(owner, "/switch", takes="1")
    page = send(owner, "/switch", takes="0", at="settings")
    assert "wait until you accept them" in page
    assert "<h1>Settings</h1>" in page
    with app.app_context():
        assert not db.session.get_one(Survey, survey_id).takes_findings


def test_a_finding_that_is_taken_ends_what_waited(
    app: Flask, owner: FlaskClient, perform: Perform, survey_id: int
) -> None:
    send(owner, "/switch", takes="1")
    look_again(app, perform, survey_id)
    assert sorted(people(app).values()) == [5, 5, 5, 5]
    assert "Nothing is proposed" in owner.get(PAGE).text
    with app.app_context():
        assert [proposal.state for proposal in db.session.query(Proposal)] == ["replaced"]


def test_today_says_what_waits_in_one_line(owner: FlaskClient) -> None:
    page = owner.get(f"/manage/{SLUG}").text
    assert "Themes were found again: 1 theme would begin." in page
    assert f'href="{PAGE}"' in page
    send(owner, none="1")
    assert "would begin" not in owner.get(f"/manage/{SLUG}").text


def test_a_finding_taken_by_itself_is_told_and_taken_back_as_a_whole(app: Flask, perform: Perform) -> None:
    survey_id = owned_survey(app, codebook="none")
    owner = app.test_client()
    sign_in(owner)
    add(app, survey_id, FIRST)
    perform(app)
    before = people(app)
    add(app, survey_id, LAMPS)
    perform(app)
    look_again(app, perform, survey_id)
    assert len(people(app)) == len(before) + 1
    assert "1 new" in owner.get(f"/manage/{SLUG}/themes/history").text
    today = owner.get(f"/manage/{SLUG}")
    assert "1 new, 5 people moved" in today.text
    address = re.search(r'action="([^"]*/proposal/undo/\d+)"', today.text)
    assert address is not None
    taken = owner.post(address[1], data={"csrf_token": field(today, "csrf_token")})
    assert "all is as it was" in owner.get(taken.location).text
    assert people(app) == before
    with app.app_context():
        assert not db.session.get_one(Survey, survey_id).takes_findings
    assert "1 new, 5 people moved" not in owner.get(f"/manage/{SLUG}").text


def test_what_is_anothers_cannot_be_touched(app: Flask, owner: FlaskClient, survey_id: int) -> None:
    make_owner(app, "Naomi")
    other = app.test_client()
    sign_in(other, "Naomi")
    token = field(other.get("/manage/new"), "csrf_token")
    assert other.get(PAGE).status_code == 404
    for address in ("", "/undo/1", "/redo/1", "/switch"):
        assert other.post(f"{PAGE}{address}", data={"csrf_token": token, "none": "1"}).status_code == 404
    token = field(owner.get(PAGE), "csrf_token")
    for edit_id in (1, 999, 2**40):  # a rename is not undone here
        assert owner.post(f"{PAGE}/undo/{edit_id}", data={"csrf_token": token}).status_code == 404
    with app.app_context():
        assert db.session.query(Proposal).filter_by(state="waiting").count() == 1
