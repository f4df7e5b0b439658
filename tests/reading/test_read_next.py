"""Read these next: the list in its order, a verdict each, taken back in place; what is gone is passed over."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.curation import idea_edits, theme_edits
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit
from tests.support.colleague import colleague
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG, field, make_owner, sign_in

pytestmark = pytest.mark.both_databases
PAGE = f"/manage/{SLUG}/read-next"
SAID = (
    ("Tell it as it is", "Honesty"), ("I say what I think", "Honesty"), ("Rely on each other", "Trust"),
    ("Somebody to rely on", "Trust"), ("Wait a while", "Patience"), ("Zebras", None),
)  # fmt: skip


@pytest.fixture
def site(app: Flask) -> Filled:
    filled = fill(app, [Says(text, [(text, theme)]) for text, theme in SAID], is_owned=True)
    reads(app, *(text for text, _ in SAID))
    return filled


@pytest.fixture
def owner(app: Flask, site: Filled) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


def reads(app: Flask, *texts: str) -> None:
    """Have these texts read, in this order."""
    with app.app_context():
        ids = {text: answer_id for answer_id, text in db.session.query(Answer.id, Answer.text)}
        db.session.query(Run).one().reading = [[ids[text], 0, len(text)] for text in texts]
        db.session.commit()


def span(app: Flask, text: str) -> str:
    with app.app_context():
        return f"{db.session.query(Answer.public_id).filter_by(text=text).scalar()}:0:{len(text)}"


def shown(page: str) -> str:
    """The idea that a page shows; "" if none."""
    found = re.search(r"<mark>(.*?)</mark>", page)
    return html.unescape(found[1]) if found else ""


def say(client: FlaskClient, verdict: str, **changes: str) -> TestResponse:
    """Say something of the idea that is shown."""
    page = client.get(PAGE)
    form = {name: field(page, name) for name in ("csrf_token", "idea", "source")} | {"verdict": verdict}
    return client.post(PAGE, data=form | changes)


def after(client: FlaskClient, response: TestResponse) -> str:
    """The page that a verdict leads to."""
    assert response.status_code == 303, response.text
    return client.get(response.location).text


def themes(app: Flask, text: str) -> list[str]:
    """The themes that an answer is in."""
    with app.app_context():
        rows = db.session.query(Theme.name).join(Placement, Placement.theme_id == Theme.id).join(Idea).join(Answer)
        return sorted(name for (name,) in rows.filter(Answer.text == text))


def last_edit(app: Flask) -> tuple[int, str]:
    """The last edit, of an idea that its owner was asked about."""
    with app.app_context():
        edit = db.session.query(Edit).order_by(Edit.id.desc()).first()
        assert edit is not None
        assert (edit.details or {}).get("asked") is True
        return edit.id, edit.action


def test_each_verdict_leads_to_the_next_idea(app: Flask, site: Filled, owner: FlaskClient) -> None:
    page = owner.get(PAGE).text
    assert shown(page) == "Tell it as it is"
    assert "Honesty" in page.partition("machine’s guess")[2].partition("</section>")[0]

    page = after(owner, say(owner, "right"))
    assert last_edit(app)[1] == "confirm"
    assert "Right in <bdi>Honesty</bdi>." in page
    assert "1 idea decided by hand." in page
    assert shown(page) == "I say what I think"

    page = after(owner, say(owner, "other", target=site.public["Trust"]))
    assert themes(app, "I say what I think") == ["Trust"]
    assert "It is in <bdi>Trust</bdi> now." in page

    assert shown(page) == "Rely on each other"
    page = after(owner, say(owner, "new", target="Leaning on somebody"))
    assert last_edit(app)[1] == "split"
    assert themes(app, "Rely on each other") == ["Leaning on somebody"]

    assert shown(page) == "Somebody to rely on"
    page = after(owner, say(owner, "none"))
    assert last_edit(app)[1] == "move"
    assert themes(app, "Somebody to rely on") == []
    assert "It is in no theme." in page

    assert shown(page) == "Wait a while"
    page = after(owner, say(owner, "other", target="hones"))
    assert themes(app, "Wait a while") == ["Honesty"]

    assert shown(page) == "Zebras"
    assert "Right, no theme" in page
    page = after(owner, say(owner, "right"))
    assert last_edit(app)[1] == "dismiss"
    assert shown(page) == ""
    assert "The list is read" in page
    assert "6 ideas decided by hand." in page


def test_one_may_say_the_opposite_or_after_all_the_same(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(PAGE).text
    assert "It says the opposite" in page
    page = after(owner, say(owner, "opposite"))
    assert last_edit(app)[1] == "opposite"
    assert "It says the opposite of the others in <bdi>Honesty</bdi>." in page
    assert shown(page) == "I say what I think"
    assert themes(app, "Tell it as it is") == ["Honesty"]
    with app.app_context():
        db.session.query(Placement).update({"against": True})
        db.session.commit()
    page = owner.get(PAGE).text
    assert "Says the opposite" in page.partition("machine’s guess")[2].partition("</section>")[0]
    page = after(owner, say(owner, "same"))
    assert "It says the same as the others in <bdi>Honesty</bdi>." in page
    for _ in range(3):
        after(owner, say(owner, "right"))
    assert shown(owner.get(PAGE).text) == "Zebras"
    assert "says the opposite" not in owner.get(PAGE).text
    assert say(owner, "opposite").status_code == 409, "it is in no theme"


def test_the_last_one_is_taken_back_in_place(app: Flask, site: Filled, owner: FlaskClient) -> None:
    for verdict, target in (
        ("right", ""),
        ("other", site.public["Trust"]),
        ("new", "New"),
        ("none", ""),
        ("opposite", ""),
    ):
        page = after(owner, say(owner, verdict, target=target))
        assert shown(page) == "I say what I think"
        back = re.search(rf'action="({PAGE}/undo/\d+)"', page)
        assert back is not None
        page = after(owner, owner.post(back[1], data={"csrf_token": field(owner.get(PAGE), "csrf_token")}))
        assert shown(page) == "Tell it as it is"
        assert themes(app, "Tell it as it is") == ["Honesty"]
        assert owner.post(back[1], data={"csrf_token": field(owner.get(PAGE), "csrf_token")}).status_code == 404


def test_what_is_skipped_comes_no_more_until_it_is_asked_for(app: Flask, owner: FlaskClient) -> None:
    page = after(owner, say(owner, "skip"))
    assert shown(page) == "I say what I think"
    assert shown(owner.get(PAGE).text) == "I say what I think"
    back = re.search(rf'href="({PAGE}\?idea=[^"]*)"', page)
    assert back is not None
    assert shown(owner.get(html.unescape(back[1])).text) == "Tell it as it is"
    for _ in SAID[1:]:
        page = after(owner, say(owner, "skip"))
    assert shown(page) == ""


def delete_answer(app: Flask) -> None:
    db.session.query(Idea).filter(Idea.answer_id == db.session.query(Answer.id).filter_by(text=SAID[0][0])).delete()
    db.session.commit()


def decide_elsewhere(app: Flask) -> None:
    survey, theme = db.session.query(Survey).one(), db.session.query(Theme).filter_by(name="Honesty").one()
    answer = db.session.query(Answer).filter_by(text=SAID[0][0]).one()
    idea_edits.confirm(survey, [IdeaSpan(answer.public_id, 0, len(answer.text))], theme)


@pytest.mark.parametrize("change", [delete_answer, decide_elsewhere])
def test_what_is_gone_or_decided_is_passed_over(
    app: Flask, owner: FlaskClient, change: Callable[[Flask], None]
) -> None:
    with app.app_context():
        change(app)
    assert shown(owner.get(PAGE).text) == "I say what I think"


def test_of_two_windows_the_later_is_told(app: Flask, site: Filled, owner: FlaskClient) -> None:
    first = owner.get(PAGE)
    form = {name: field(first, name) for name in ("csrf_token", "idea", "source")}
    after(owner, say(owner, "other", target=site.public["Trust"]))
    late = owner.post(PAGE, data=form | {"verdict": "other", "target": site.public["Patience"]})
    assert late.status_code == 409
    assert "moved or changed meanwhile" in late.text
    assert themes(app, "Tell it as it is") == ["Trust"]


def test_a_theme_merged_meanwhile_is_told(app: Flask, owner: FlaskClient) -> None:
    first = owner.get(PAGE)
    form = {name: field(first, name) for name in ("csrf_token", "idea", "source")}
    with app.app_context():
        honesty, trust = (db.session.query(Theme).filter_by(name=name).one() for name in ("Honesty", "Trust"))
        theme_edits.merge(honesty, trust)
    late = owner.post(PAGE, data=form | {"verdict": "right"})
    assert late.status_code == 409
    assert themes(app, "Tell it as it is") == ["Trust"]
    assert shown(late.text) == "Tell it as it is"
    assert "Trust" in late.text.partition("machine’s guess")[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({"verdict": "other", "target": ""}, 409, "Type the name of the theme"),
        ({"verdict": "other", "target": "Kindness"}, 409, "No theme is called “Kindness”."),
        ({"verdict": "other", "target": "t"}, 409, "More than one theme fits"),
        ({"verdict": "new", "target": "Trust"}, 409, "Another theme is called Trust."),
        ({"verdict": "new", "target": ""}, 409, "A name has 1 to 60 characters."),
        ({"verdict": "dance"}, 409, "Choose where it belongs."),
        ({"verdict": "right", "source": "0" * 16}, 409, "is gone. Look again."),
        ({"verdict": "right", "idea": "x"}, 303, ""),
        ({"verdict": "right", "idea": f"{'0' * 16}:0:4"}, 409, "Nothing was done"),
    ],
)
def test_what_cannot_be_is_said_in_place(
    app: Flask, owner: FlaskClient, form: dict[str, str], status: int, message: str
) -> None:
    response = say(owner, **form)
    assert response.status_code == status
    assert message in response.text
    assert status == 303 or shown(response.text) == "Tell it as it is"
    if form.get("target") and status == 409:
        assert f'value="{form["target"]}"' in response.text
    with app.app_context():
        assert db.session.query(Edit).count() == 0


@pytest.mark.parametrize("query", ["?idea=x", "?did=x", "?did=999999", f"?did={9**30}", "?on=x", "?skipped=1"])
def test_strange_addresses_show_the_page(owner: FlaskClient, query: str) -> None:
    assert shown(owner.get(PAGE + query).text) == "Tell it as it is"


def test_without_a_list_it_says_why(app: Flask, owner: FlaskClient) -> None:
    reads(app)
    assert "Nothing to read now" in owner.get(PAGE).text
    with app.app_context():
        db.session.query(Survey).one().current_run_id = None
        db.session.commit()
    assert "There is nothing to read yet" in owner.get(PAGE).text


def test_an_idea_of_another_survey_is_not_shown(app: Flask, owner: FlaskClient) -> None:
    make_owner(app, "Naomi")
    other = app.test_client()
    sign_in(other, "Naomi")
    assert other.get(PAGE).status_code == 404
    assert other.post(PAGE, data={"csrf_token": field(other.get("/manage/new"), "csrf_token")}).status_code == 404


def test_it_says_what_is_gained_and_when_to_stop(app: Flask, owner: FlaskClient) -> None:
    left = {"read": 44, "corrected": 9, "unread": 300, "wrong_at_first": 0.21, "wrong_now": 0.08, "low": 0.02,
            "high": 0.15, "enough": False}  # fmt: skip
    for enough in (False, True):
        with app.app_context():
            db.session.query(Run).one().remaining = left | {"enough": enough}
            db.session.commit()
        page = owner.get(PAGE).text
        assert shown(page) == ("" if enough else "Tell it as it is")
        assert ("Little is left to gain" in page) is enough
    assert "44 were read." in page
    on = owner.get(f"{PAGE}?on=1")
    assert shown(on.text) == "Tell it as it is"
    form = {name: field(on, name) for name in ("csrf_token", "idea", "source", "on")}
    text = after(owner, owner.post(PAGE, data=form | {"verdict": "right"}))
    assert shown(text) == "I say what I think"
    assert "about 8% may be in the wrong theme (2% to 15%). Before anything was read it was about 21%." in text
    for too_little in ({"read": 19}, {"low": 0.33, "high": 0.96}):
        with app.app_context():
            run = db.session.query(Run).filter_by(state="finished").one()
            run.remaining = left | too_little
            db.session.commit()
        page = owner.get(PAGE).text
        assert "about 8%" not in page
        assert "Once you have read more here, it can be said how many others" in page


def test_of_two_who_read_the_same_idea_the_later_is_told_what_the_first_said(
    app: Flask, site: Filled, owner: FlaskClient
) -> None:
    page, olga = owner.get(PAGE), colleague(app)
    older = {name: field(page, name) for name in ("csrf_token", "idea", "source", "as_of")}
    after(olga, say(olga, "right"))
    refused = owner.post(PAGE, data=older | {"verdict": "none"})
    assert refused.status_code == 409
    assert "Olga has decided since you opened this page: An idea is right in Honesty." in refused.text
    assert shown(refused.text) == "Tell it as it is", "the idea is still there, to say it again"
    assert themes(app, "Tell it as it is") == ["Honesty"]
    fresh = {name: field(refused, name) for name in ("csrf_token", "idea", "source", "as_of")}
    assert "It is in no theme." in after(owner, owner.post(PAGE, data=fresh | {"verdict": "none"}))
