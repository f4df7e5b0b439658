"""The presenter's page: each button, two presenters, and what strangers may not do."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from survey.answers import erasure, moderation
from survey.core.database import db
from survey.core.models import Answer, Survey, Theme
from survey.live import state
from tests.live.rooms import PRESENTER, SAID, SCREEN, STATE, TIME, TRUST, answer_now, presenter, press, room, shown
from tests.support.filled_survey import Says
from tests.support.visitors import SLUG, field, make_owner, sign_in


def test_the_switch(sqlite_app: Flask) -> None:
    room(sqlite_app, on=False)
    owner = presenter(sqlite_app)
    page = owner.get(PRESENTER).text
    assert "The screen is off" in page
    assert "also while the theme page is not published" in page
    assert press(owner, "switch", to="on").status_code == 303
    assert shown(sqlite_app)["on"] is True
    page = owner.get(PRESENTER).text
    assert "The screen is on" in page
    assert "It goes off by itself on " in page
    press(owner, "switch", to="off")
    assert sqlite_app.test_client().get(STATE).status_code == 404


def test_one_theme_after_the_other(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    owner = presenter(sqlite_app)
    seen = []
    for _ in range(4):
        told = shown(sqlite_app)
        seen.append((told["chosen"], [theme["name"] for theme in told["themes"]]))
        press(owner, "show", theme=told["next"])
    time, trust = filled.public[TIME], filled.public[TRUST]
    assert seen == [("", [TIME, TRUST]), (time, [TIME]), (trust, [TRUST]), ("", [TIME, TRUST])]
    press(owner, "show", theme=shown(sqlite_app)["previous"])
    assert shown(sqlite_app)["chosen"] == ""  # from the first theme back to all
    press(owner, "show", theme=shown(sqlite_app)["previous"])
    assert shown(sqlite_app)["chosen"] == trust
    press(owner, "show", theme="")
    assert shown(sqlite_app)["chosen"] == ""


def test_with_one_theme_only_its_quotes_pass_by(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    press(presenter(sqlite_app), "show", theme=filled.public[TRUST])
    assert shown(sqlite_app)["quote"]["text"] in ("“Trust me”", "“Trust and patience”")


def test_a_theme_that_is_hidden_while_it_is_shown_gives_way_to_all(sqlite_app: Flask) -> None:
    filled = room(sqlite_app, [*SAID, Says("Trust again", [("Trust", TRUST)])])
    press(presenter(sqlite_app), "show", theme=filled.public[TRUST])
    with sqlite_app.app_context():
        db.session.get_one(Theme, filled.themes[TRUST]).hidden = True
        db.session.commit()
    told = shown(sqlite_app)
    assert (told["chosen"], [theme["name"] for theme in told["themes"]]) == ("", [TIME])


def test_quotes_on_and_off(sqlite_app: Flask) -> None:
    room(sqlite_app)
    owner = presenter(sqlite_app)
    press(owner, "quotes", to="off")
    assert shown(sqlite_app)["quote"] is None
    assert "Let quotes pass by" in owner.get(PRESENTER).text
    press(owner, "quotes", to="on")
    assert shown(sqlite_app)["quote"] is not None


@pytest.mark.both_databases
def test_a_quote_is_hidden_at_once_and_can_be_shown_again(app: Flask) -> None:
    room(app, [*SAID, Says("Trust again", [("Trust again", TRUST)])])
    owner = presenter(app)
    answer_now(app, "Trust again")
    page = owner.get(PRESENTER)
    passing = field(page, "answer")
    assert "“Trust again”" in page.text
    assert press(owner, "hide", answer=passing).status_code == 303
    told = shown(app)
    assert told["quote"]["text"] != "“Trust again”"
    assert told["count"][1] == "6"
    assert [theme["people"] for theme in told["themes"]] == [3, 2]
    with app.app_context():
        assert db.session.query(Answer.status).filter_by(public_id=passing).scalar() == "hidden"
    page = owner.get(PRESENTER)
    assert "The answer is hidden" in page.text
    press(owner, "show-again")
    with app.app_context():
        assert db.session.query(Answer.status).filter_by(public_id=passing).scalar() == "shown"
    assert shown(app)["count"][1] == "7"
    assert "The answer is hidden" not in owner.get(PRESENTER).text


def test_hiding_twice_is_hiding_once_and_undo_shows_what_it_was(sqlite_app: Flask) -> None:
    room(sqlite_app)
    owner = presenter(sqlite_app)
    passing = field(owner.get(PRESENTER), "answer")
    press(owner, "hide", answer=passing)
    press(owner, "hide", answer=passing)
    press(owner, "show-again")
    press(owner, "show-again")
    with sqlite_app.app_context():
        assert db.session.query(Answer.status).filter_by(public_id=passing).scalar() == "shown"


def test_showing_again_leaves_alone_what_is_deleted_or_decided_elsewhere(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    owner = presenter(sqlite_app)
    passing = field(owner.get(PRESENTER), "answer")
    press(owner, "hide", answer=passing)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        moderation.set_status(survey, [db.session.query(Answer.id).filter_by(public_id=passing).scalar()], "held")
    press(owner, "show-again")
    assert "1 was changed by somebody meanwhile, and stays as it is." in owner.get(PRESENTER).text
    passing = field(owner.get(PRESENTER), "answer")
    press(owner, "hide", answer=passing)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        erasure.delete_answer(survey, db.session.query(Answer).filter_by(public_id=passing).one())
    press(owner, "show-again")
    page = owner.get(PRESENTER).text
    assert "It is as before" not in page
    assert "These answers are not there any more." in page


def test_two_presenters_see_the_same_and_the_last_one_decides(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    one, other = presenter(sqlite_app), presenter(sqlite_app)
    before = one.get(f"{PRESENTER}.json").json["mark"]  # type: ignore[index]
    press(one, "show", theme=filled.public[TIME])
    press(other, "show", theme=filled.public[TRUST])
    assert shown(sqlite_app)["chosen"] == filled.public[TRUST]
    marks = {client.get(f"{PRESENTER}.json").json["mark"] for client in (one, other)}  # type: ignore[index]
    assert len(marks) == 1
    assert before not in marks
    # Both press the "Next" that they see: the screens go one theme on, and not two.
    wanted = shown(sqlite_app)["next"]
    press(one, "show", theme=wanted)
    press(other, "show", theme=wanted)
    assert shown(sqlite_app)["chosen"] == wanted


def test_what_passes_by_is_the_same_as_on_the_screens(sqlite_app: Flask) -> None:
    room(sqlite_app)
    for _ in range(3):  # the quote may change between the two
        there, here = shown(sqlite_app)["quote"], presenter(sqlite_app).get(f"{PRESENTER}.json").json["quote"]  # type: ignore[index]
        if there["text"] == here["text"]:
            break
    assert (there["text"], there["by"], there["colour"]) == (here["text"], here["by"], here["colour"])


def test_it_says_how_many_wait_to_be_read(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    owner = presenter(sqlite_app)
    assert 'id="held" hidden' in owner.get(PRESENTER).text
    with sqlite_app.app_context():
        db.session.get_one(Survey, filled.survey_id).hold_first = True
        db.session.add(Answer(survey_id=filled.survey_id, form_key="w", text="Waits", status="held"))
        db.session.commit()
    page = owner.get(PRESENTER).text
    assert re.search(r'id="held">Answers wait to be read: <span>1</span>', page)
    assert "the screen has nothing of those that wait" in page
    assert owner.get(f"{PRESENTER}.json").json["held"] == 1  # type: ignore[index]


def test_the_screen_of_a_presenter_can_be_stepped_through(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    owner = presenter(sqlite_app)
    page = owner.get(SCREEN)
    form = {"csrf_token": field(page, "csrf_token"), "back": "screen", "theme": filled.public[TIME]}
    assert owner.post(f"{PRESENTER}/show", data=form).location == SCREEN
    told = owner.post(f"{PRESENTER}/show", data=form, headers={"Accept": "application/json"}).json
    assert told == {"next": filled.public[TRUST], "previous": ""}
    assert "csrf_token" not in sqlite_app.test_client().get(SCREEN).text


@pytest.mark.parametrize(
    ("button", "form", "status"),
    [
        ("switch", {}, 400),
        ("switch", {"to": "sideways"}, 400),
        ("quotes", {"to": "\ud800"}, 400),
        ("show", {"theme": "0" * 16}, 404),
        ("show", {"theme": "x" * 5000}, 404),
        ("show", {"theme": "\0"}, 404),
        ("hide", {}, 404),
        ("hide", {"answer": "0" * 16}, 404),
        ("hide", {"answer": "\0"}, 400),
        ("show-again", {}, 303),
    ],
)
@pytest.mark.both_databases
def test_what_makes_no_sense_changes_nothing(app: Flask, button: str, form: dict[str, str], status: int) -> None:
    filled = room(app)
    with app.app_context():
        before = state.read(filled.survey_id)
    sent = {name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}
    client = presenter(app)
    token = field(client.get(PRESENTER), "csrf_token")
    assert client.post(f"{PRESENTER}/{button}", data={"csrf_token": token, **sent}).status_code == status
    with app.app_context():
        assert state.read(filled.survey_id) == before
        assert db.session.query(Answer).filter(Answer.status != "shown").count() == 0


def test_another_owner_steers_nothing(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    make_owner(sqlite_app, "Otto")
    client = sqlite_app.test_client()
    sign_in(client, "Otto")
    token = field(client.get("/manage/new"), "csrf_token")
    assert [client.get(path).status_code for path in (PRESENTER, f"{PRESENTER}.json")] == [404, 404]
    with sqlite_app.app_context():
        before = state.read(filled.survey_id)
        answer = db.session.query(Answer.public_id).first()
    assert answer is not None
    for button, form in (
        ("switch", {"to": "off"}), ("show", {"theme": filled.public[TIME]}), ("quotes", {"to": "off"}),
        ("hide", {"answer": answer[0]}), ("show-again", {}),
    ):  # fmt: skip
        response = client.post(f"{PRESENTER}/{button}", data={"csrf_token": token, **form})
        assert response.status_code == 404, button
    with sqlite_app.app_context():
        assert state.read(filled.survey_id) == before
        assert db.session.query(Answer).filter(Answer.status != "shown").count() == 0


def test_a_theme_of_another_survey_is_not_shown(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    with sqlite_app.app_context():
        other = Survey(slug="other", question="?", own_kinds=[])
        db.session.add(other)
        db.session.flush()
        theme = Theme(survey_id=other.id, key="x", origin="codebook", name="Theirs", colour=1)
        db.session.add(theme)
        db.session.commit()
        assert not state.show_theme(filled.survey_id, theme.public_id)


def test_the_share_page_leads_to_it(sqlite_app: Flask) -> None:
    room(sqlite_app)
    assert f'href="{PRESENTER}"' in presenter(sqlite_app).get(f"/manage/{SLUG}/share").text
