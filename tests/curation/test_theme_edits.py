"""The owner's edits: seen at once, kept in every later run, taken back when asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import edit_history
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit, IdeaChange
from survey.results import read_model
from survey.runs import lifecycle as runs
from tests.support.every_case import every_case
from tests.support.filled_once import filled_once
from tests.support.only_survey import answered
from tests.support.visitors import SLUG, field, make_owner, make_survey, send_answer, sign_in

ANSWERS = ["Honesty", "Be honest", "Trust", "Trust me", "Patience", "Zebra quagga okapi"]


@pytest.fixture
def owner(app: Flask, perform: Callable[[Flask], None]) -> FlaskClient:
    filled_once(app, answered, perform, answers=tuple(ANSWERS))
    client = app.test_client()
    sign_in(client)
    return client


def again(app: Flask, perform: Callable[[Flask], None], *more: str) -> None:
    """More answers, and another run."""
    for text in more:
        send_answer(app.test_client(), text)
    with app.app_context():
        runs.request_run_now(db.session.query(Survey.id).scalar() or 0)
    perform(app)


def public_id(app: Flask, key: str) -> str:
    with app.app_context():
        return str(db.session.query(Theme.public_id).filter_by(key=key).scalar())


def people(app: Flask) -> dict[str, int]:
    """The people of each theme that readers see."""
    with app.app_context():
        page = read_model.theme_page(db.session.query(Survey).one())
        return {row.name: row.people for row in page.themes + page.singles}


def act(client: FlaskClient, address: str, **form: str | list[str]) -> str:
    """Send a form of the themes page and follow it; gives the page it leads to, or that says why it is refused."""
    token = field(client.get(f"/manage/{SLUG}/themes"), "csrf_token")
    response = client.post(f"/manage/{SLUG}/themes/{address}", data={"csrf_token": token, **form})
    assert response.status_code in (303, 409), response.text
    return response.text if response.status_code == 409 else client.get(response.location).text


def test_renamed_stays_renamed(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    assert "Telling it straight" in act(owner, f"{public_id(app, 'honesty')}/rename", name="  Telling it   straight ")
    assert people(app)["Telling it straight"] == 2
    again(app, perform, "Honesty too")
    assert "Honesty" not in people(app)
    assert people(app)["Telling it straight"] >= 2


def test_a_name_that_cannot_be_is_refused(app: Flask, owner: FlaskClient) -> None:
    with every_case() as case:
        for name in ("", "x" * 61, "a\0b", "TRUST"):
            with case(repr(name)):
                message = "Another theme is called TRUST." if name == "TRUST" else "A name has 1 to 60 characters."
                assert message in act(owner, f"{public_id(app, 'honesty')}/rename", name=name)
                assert "Honesty" in people(app)


def test_merged_stays_merged(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    before = people(app)
    act(owner, f"{public_id(app, 'honesty')}/merge", target=public_id(app, "trust"))
    assert people(app)["Trust"] == before["Honesty"] + before["Trust"]
    assert "Honesty" not in people(app)
    again(app, perform, "Honesty", "Trust")
    assert "Honesty" not in people(app)
    assert people(app)["Trust"] == before["Honesty"] + before["Trust"] + 2


def test_a_theme_does_not_merge_with_itself(app: Flask, owner: FlaskClient) -> None:
    own = public_id(app, "trust")
    assert "Choose another theme" in act(owner, f"{own}/merge", target=own)


def test_moved_stays_moved(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    idea = idea_of(app, "Be honest")
    act(owner, f"{public_id(app, 'honesty')}/move", idea=idea, target=public_id(app, "trust"))
    assert (people(app)["Honesty"], people(app)["Trust"]) == (1, 3)
    again(app, perform, "Be honest")
    assert (people(app)["Honesty"], people(app)["Trust"]) == (1, 4)


def test_what_is_no_idea_of_the_theme_is_not_moved(app: Flask, owner: FlaskClient) -> None:
    honesty, before = public_id(app, "honesty"), people(app)
    with every_case() as case:
        for idea in ("999999", "x", "", "-1", "a:1", "a:0:b", f"{'0' * 16}:0:5", "a:0:9999999999"):
            with case(idea):
                text = act(owner, f"{honesty}/move", idea=idea, target=public_id(app, "trust"))
                assert "Choose at least one idea." in text or "Nothing was done" in text
        with case("an idea of another theme"):
            text = act(owner, f"{honesty}/move", idea=idea_of(app, "Patience"), target=public_id(app, "trust"))
            assert "Nothing was done" in text
    assert people(app) == before


def test_hidden_stays_hidden_and_can_be_shown(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    act(owner, f"{public_id(app, 'honesty')}/hide")
    assert "Honesty" not in people(app)
    again(app, perform, "Honesty")
    assert "Honesty" not in people(app)
    assert "Hidden from readers" in act(owner, f"{public_id(app, 'trust')}/hide")
    act(owner, f"{public_id(app, 'honesty')}/show")
    assert people(app)["Honesty"] == 3


@pytest.mark.both_databases
def test_undo_takes_an_edit_back(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    before = people(app)
    act(owner, f"{public_id(app, 'patience_acceptance')}/rename", name="Waiting")
    act(owner, f"{public_id(app, 'honesty')}/merge", target=public_id(app, "trust"))
    with app.app_context():
        made = [edit_id for (edit_id,) in db.session.query(Edit.id).order_by(Edit.id.desc())]
    for edit_id in made:
        assert "taken back" in act(owner, f"undo/{edit_id}")
    perform(app)
    assert people(app) == before
    token = field(owner.get(f"/manage/{SLUG}/themes"), "csrf_token")
    assert "taken back already" in act(owner, f"undo/{made[0]}")
    for gone in (999, 2**31, 2**63):
        refused = owner.post(f"/manage/{SLUG}/themes/undo/{gone}", data={"csrf_token": token})
        assert refused.status_code == 404


@pytest.mark.both_databases
def test_a_moved_idea_goes_with_its_answer(app: Flask, owner: FlaskClient) -> None:
    act(owner, f"{public_id(app, 'honesty')}/merge", target=public_id(app, "trust"))
    with app.app_context():
        assert db.session.query(IdeaChange).count() == 2
        session = db.session
        session.delete(session.query(Answer).filter_by(text="Be honest").one())
        session.commit()
        assert db.session.query(IdeaChange).count() == 1


def test_edits_of_another_owner_are_out_of_reach(app: Flask, owner: FlaskClient) -> None:
    make_survey(app, make_owner(app, "Otto"), "ottos")
    stranger = app.test_client()
    sign_in(stranger, "Otto")
    theme = public_id(app, "honesty")
    token = field(stranger.get("/manage"), "csrf_token")
    for address in (f"ottos/themes/{theme}/hide", f"{SLUG}/themes/{theme}/hide", f"{SLUG}/themes/undo/1"):
        assert stranger.post(f"/manage/{address}", data={"csrf_token": token}).status_code == 404
    with app.app_context():
        assert not db.session.query(Theme).filter_by(hidden=True).count()


def test_a_theme_lists_its_ideas(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(f"/manage/{SLUG}/themes/{public_id(app, 'honesty')}").text
    assert "Be honest" in page
    assert "Not here" in page
    assert owner.get(f"/manage/{SLUG}/themes/{'0' * 16}").status_code == 404


@pytest.mark.both_databases
def test_merging_counts_a_person_once(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    again(app, perform, "Honesty. Trust.")
    before = people(app)
    act(owner, f"{public_id(app, 'honesty')}/merge", target=public_id(app, "trust"))
    assert people(app)["Trust"] == before["Honesty"] + before["Trust"] - 1
    with app.app_context():
        assert (
            db.session.query(Placement)
            .join(Theme, Theme.id == Placement.theme_id)
            .filter(Theme.key == "honesty")
            .count()
            == 0
        )


def test_history_is_told(app: Flask, owner: FlaskClient) -> None:
    act(owner, f"{public_id(app, 'honesty')}/rename", name="Truth")
    with app.app_context():
        done = edit_history.history(db.session.query(Survey).one())
    assert [(edit.action, edit.theme, edit.name, edit.undone) for edit in done] == [
        ("rename", "Honesty", "Truth", False)
    ]


@pytest.mark.both_databases
def test_split_stays_split(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    before = people(app)
    act(owner, f"{public_id(app, 'honesty')}/split", name="Being frank", idea=idea_of(app, "Be honest"))
    after = before | {"Honesty": before["Honesty"] - 1, "Being frank": 1}
    assert people(app) == after
    again(app, perform)
    assert people(app) == after
    again(app, perform, "Be honest")
    assert people(app)["Being frank"] == 2
    assert people(app)["Honesty"] == before["Honesty"] - 1


def test_several_ideas_are_split_off_at_once(app: Flask, owner: FlaskClient) -> None:
    before = people(app)
    with app.app_context():
        texts = [
            text
            for (text,) in db.session.query(Answer.text)
            .join(Idea, Idea.answer_id == Answer.id)
            .join(Placement, Placement.idea_id == Idea.id)
            .join(Theme, Theme.id == Placement.theme_id)
            .filter(Theme.key == "honesty")
        ]
    ideas = [idea_of(app, text) for text in texts]
    assert len(ideas) >= 2
    act(owner, f"{public_id(app, 'honesty')}/split", name="Being frank", idea=ideas[:2])
    assert people(app)["Being frank"] == 2
    assert people(app).get("Honesty", 0) == before["Honesty"] - 2


def test_a_split_needs_a_free_name_and_an_idea(app: Flask, owner: FlaskClient) -> None:
    before = people(app)
    assert "Choose at least one idea" in act(owner, f"{public_id(app, 'honesty')}/split", name="Being frank")
    idea = idea_of(app, "Be honest")
    assert "Another theme is called" in act(owner, f"{public_id(app, 'honesty')}/split", name="trust", idea=idea)
    assert "1 to 60" in act(owner, f"{public_id(app, 'honesty')}/split", name=" ", idea=idea)
    assert people(app) == before


def test_a_sub_theme_becomes_a_theme_of_its_own(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    with app.app_context():
        survey = db.session.query(Survey).one()
        honesty = db.session.query(Theme).filter_by(key="honesty").one()
        part = Theme(survey_id=survey.id, key="honesty/1", origin="part", name="Being frank", colour=1)
        db.session.add(part)
        db.session.flush()
        run_id = survey.current_run_id
        row = {"run_id": run_id, "theme_id": part.id, "rank": 0, "people": 1, "mentions": 1, "wordings": 1}
        db.session.add(ThemeResult(**row, parent_id=honesty.id))
        placed = db.session.query(Placement).where(Placement.theme_id == honesty.id).order_by(Placement.idea_id)
        placed[0].part_id = part.id
        db.session.commit()
        page = read_model.theme_page(survey)
        rows = {row.name: row for row in page.themes + page.singles}
        assert [(part.name, part.people) for part in rows["Honesty"].parts] == [("Being frank", 1)]
    before = people(app)
    act(owner, f"{public_id(app, 'honesty')}/split", part=public_id(app, "honesty/1"))
    assert people(app) == before | {"Honesty": before["Honesty"] - 1, "Being frank": 1}


@pytest.mark.slow
def test_pinned_stands_first_in_every_run(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    def first() -> str:
        with app.app_context():
            survey = db.session.query(Survey).one()
            return read_model.theme_rows(db.session.get_one(Run, survey.current_run_id))[0].name

    act(owner, f"{public_id(app, 'trust')}/pin")
    again(app, perform, "Honesty, always")
    assert first() == "Trust"
    act(owner, f"{public_id(app, 'trust')}/unpin")
    assert first() == "Honesty"


def test_an_example_finds_who_says_so(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    before = people(app)
    act(owner, f"{public_id(app, 'trust')}/example", phrase="  Zebra   quagga okapi ")
    perform(app)
    assert people(app)["Trust"] == before["Trust"] + 1
    with app.app_context():
        edit = db.session.query(Edit).filter_by(action="example").one().id
    act(owner, f"undo/{edit}")
    perform(app)
    assert people(app) == before


def test_agreeing_in_the_inbox_places_an_idea(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    before = people(app)
    page = owner.get(f"/manage/{SLUG}/themes/inbox").text
    assert "<mark>Zebra quagga okapi</mark>" in page
    assert "It is <bdi>" in page
    act(owner, "inbox", idea=idea_of(app, "Zebra quagga okapi"), target=public_id(app, "trust"))
    again(app, perform)
    assert people(app)["Trust"] == before["Trust"] + 1
    assert "Every idea is on a theme" in owner.get(f"/manage/{SLUG}/themes/inbox").text


@pytest.mark.both_databases
def test_a_promoted_theme_is_a_known_one_and_stays(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    act(owner, f"{public_id(app, 'honesty')}/split", name="Being frank", idea=idea_of(app, "Be honest"))
    with app.app_context():
        made = db.session.query(Theme).where(Theme.name == "Being frank").one()
        key, shown = made.key, made.public_id
    act(owner, f"{shown}/promote")
    assert "It is a known theme already" in act(owner, f"{shown}/promote")
    again(app, perform, "Be honest")
    assert people(app)["Being frank"] == 2
    with app.app_context():
        assert db.session.query(Theme.origin).filter_by(key=key).scalar() == "codebook"


def idea_of(app: Flask, text: str) -> str:
    """The one idea of an answer, as the pages name it."""
    with app.app_context():
        found = (
            db.session.query(Answer.public_id, Idea.starts, Idea.ends)
            .join(Idea, Answer.id == Idea.answer_id)
            .where(Answer.text == text)
            .one()
        )
    return str(IdeaSpan(*found))


def test_a_theme_hidden_by_a_double_click_stays_hidden_until_that_is_undone(app: Flask, owner: FlaskClient) -> None:
    before, theme = people(app), public_id(app, "honesty")
    act(owner, f"{theme}/hide")
    act(owner, f"{theme}/hide")
    with app.app_context():
        (only,) = db.session.query(Edit).all()
        edit_id = only.id
    assert "Honesty" not in people(app)
    act(owner, f"undo/{edit_id}")
    assert people(app) == before
