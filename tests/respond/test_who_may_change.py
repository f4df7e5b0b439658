"""Nobody but its writer changes an answer: what a key, a token and an edit give a right to, and what they do not."""

from __future__ import annotations

import base64
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.accounts import api_tokens
from survey.answers import erasure, own_link
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey
from survey.imports import importer
from survey.manage import surveys
from survey.respond import bot_checks
from survey.respond.bot_checks import FormSigns
from tests.support.visitors import SLUG, field, owned_survey, send_answer

pytestmark = pytest.mark.both_databases

IMPORTED = "We still write letters to each other"
LINK = re.compile(rf"/s/{SLUG}/mine/[\w-]+")
WORDS = "Somebody else's words in the place of these"


@pytest.fixture(autouse=True)
def survey_id(app: Flask) -> int:
    return owned_survey(app)


def stored(app: Flask) -> list[tuple[str, str, str | None]]:
    """The text, status and reason of every answer, oldest first."""
    with app.app_context():
        return [(row.text, row.status, row.reason) for row in db.session.query(Answer).order_by(Answer.id)]


def hold_first(app: Flask, survey_id: int, *, wanted: bool) -> None:
    with app.app_context(), write_transaction() as session:
        session.get_one(Survey, survey_id).hold_first = wanted


def answered(app: Flask, typed: str, **changes: str) -> tuple[FlaskClient, str]:
    """Somebody who sent an answer, and the link to it."""
    client = app.test_client()
    send_answer(client, typed, **changes)
    found = LINK.search(client.get(f"/s/{SLUG}/thanks?look=9").text)
    assert found
    return client, found[0]


def edit(client: FlaskClient, link: str, typed: str) -> TestResponse:
    """Send other words by the secret link, as its page does."""
    return client.post(link, data={"csrf_token": field(client.get(link), "csrf_token"), "text": typed})


@pytest.fixture
def keys(app: Flask, survey_id: int) -> list[str]:
    """Keys of an imported answer that somebody could compute from its text, or read in a database of ours."""
    with app.app_context():
        importer.import_answers(db.session.get_one(Survey, survey_id), f"answer\n{IMPORTED}\n".encode())
        row = db.session.query(Answer).one()
        assert row.import_key is not None
        return [f"import-{row.import_key}", row.import_key, row.form_key]


@pytest.mark.parametrize("way", ["form", "embed", "api"])
def test_no_key_of_an_imported_answer_changes_it(app: Flask, survey_id: int, keys: list[str], way: str) -> None:
    with app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, survey_id), "a program", api_tokens.SEND)
    for key in keys:
        visitor = app.test_client()
        if way == "form":
            send_answer(visitor, WORDS, form_key=key)
            assert LINK.search(visitor.get(f"/s/{SLUG}/thanks?look=9").text)
        elif way == "embed":
            page = visitor.get(f"/s/{SLUG}/embed")
            form = {"token": field(page, "token"), "form_key": key, "text": WORDS}
            assert visitor.post(f"/s/{SLUG}/embed", data=form).status_code == 400
        else:
            rights = {"Authorization": f"Bearer {token}"}
            assert visitor.post("/api/v1/answers", json={"text": WORDS, "key": key}, headers=rights).status_code == 201
    with app.app_context():
        imported = db.session.query(Answer).filter(Answer.import_key.is_not(None)).one()
        assert (imported.text, imported.secret_hash) == (IMPORTED, None)
        assert db.session.query(Answer).count() == 1 + (0 if way == "embed" else len(keys))


@pytest.mark.parametrize("address", [f"/s/{SLUG}", f"/s/{SLUG}/embed"])
def test_a_page_signs_no_key_that_its_sender_chose(app: Flask, survey_id: int, address: str) -> None:
    chosen = "import-" + "ab" * 20
    page = app.test_client().post(address, data={"form_key": chosen, "token": "", "text": ""})
    assert page.status_code in (400, 422)
    issued = field(page, "form_key")
    assert issued != chosen
    with app.app_context():
        assert bot_checks.form_age(survey_id, FormSigns(field(page, "token"), issued, "", "")) is not None
        assert bot_checks.form_age(survey_id, FormSigns(field(page, "token"), chosen, "", "")) is None


def test_a_page_that_comes_back_keeps_its_own_key(app: Flask) -> None:
    client = app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")}
    refused = client.post(f"/s/{SLUG}", data=form | {"text": " "})
    assert refused.status_code == 422
    assert field(refused, "form_key") == form["form_key"]


def test_who_sends_no_token_of_ours_adds_answers_and_changes_none(app: Flask) -> None:
    client = app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")}
    client.post(f"/s/{SLUG}", data=form | {"text": "The first words"})
    for token in ("", "nonsense"):
        client.post(f"/s/{SLUG}", data=form | {"text": WORDS, "token": token})
    assert [text for text, _, _ in stored(app)] == ["The first words", WORDS, WORDS]
    assert [status for _, status, _ in stored(app)] == ["shown", "held", "held"]
    client.post(f"/s/{SLUG}", data=form | {"text": "The first words, mended"})
    assert stored(app)[0][0] == "The first words, mended"


def test_a_programs_key_is_its_own(app: Flask, survey_id: int) -> None:
    client = app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")}
    client.post(f"/s/{SLUG}", data=form | {"text": "By hand"})
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        programs = [api_tokens.create(survey, name, api_tokens.SEND) for name in ("one", "two")]
    ids = []
    for token in (programs[0], programs[1], programs[0]):
        sent = {"text": f"By program {programs.index(token)}", "key": form["form_key"]}
        answer = client.post("/api/v1/answers", json=sent, headers={"Authorization": f"Bearer {token}"})
        ids.append(answer.json and answer.json["id"])
    assert ids[0] == ids[2] != ids[1]
    assert [text for text, _, _ in stored(app)] == ["By hand", "By program 0", "By program 1"]


def test_the_address_of_an_embedded_thank_you_holds_no_secret(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    page = client.get(f"/s/{SLUG}/embed")
    form = {name: field(page, name) for name in ("form_key", "token")} | {"text": "Honesty"}
    address = client.post(f"/s/{SLUG}/embed", data=form).headers["Location"]
    thanks = client.get(address).text
    found = LINK.search(thanks)
    assert found
    assert "Honesty" in client.get(found[0]).text
    secret = found[0].rsplit("/", 1)[1]
    payload = address.rsplit("/", 1)[1].split(".")[0]
    told = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    assert secret not in address
    assert secret not in told
    for part in re.findall(r"[\w-]{16,}", told):  # nor is what it does hold a link
        assert client.get(f"/s/{SLUG}/mine/{part}").status_code == 404


@pytest.mark.parametrize(
    ("reason", "typed", "changes"),
    [
        ("robot", "Honesty", {"website": "https://spam.example"}),
        ("link", "See www.spam.example", {}),
        ("review", "Honesty", {}),
        ("noscript", "Honesty", {}),
        ("quick", "Honesty", {}),
    ],
)
@pytest.mark.parametrize("way", ["by the link", "by sending the form again"])
def test_what_is_held_stays_held_when_its_writer_changes_it(
    app: Flask, survey_id: int, way: str, reason: str, typed: str, changes: dict[str, str]
) -> None:
    hold_first(app, survey_id, wanted=reason == "review")
    app.config["PROOF_BITS"] = 4 if reason == "noscript" else 0
    app.config["LEAST_SECONDS"] = 60 if reason == "quick" else 0
    client = app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": typed}
    client.post(f"/s/{SLUG}", data=form | {"proof": "x"} | changes)
    assert stored(app) == [(typed, "held", reason)]
    found = LINK.search(client.get(f"/s/{SLUG}/thanks?look=9").text)
    assert found
    app.config["PROOF_BITS"] = app.config["LEAST_SECONDS"] = 0
    hold_first(app, survey_id, wanted=False)
    if way == "by the link":
        assert edit(client, found[0], "Patience").status_code == 303
    else:
        assert client.post(f"/s/{SLUG}", data=form | {"text": "Patience"}).status_code == 303
    assert stored(app) == [("Patience", "held", reason)]


def test_what_is_hidden_stays_hidden(app: Flask) -> None:
    client, link = answered(app, "Honesty")
    with app.app_context(), write_transaction() as session:
        session.query(Answer).update({"status": "hidden"})
    edit(client, link, "Patience")
    assert stored(app) == [("Patience", "hidden", None)]


def test_changes_are_judged_as_answers_are(app: Flask, survey_id: int) -> None:
    client, link = answered(app, "Honesty")
    edit(client, link, "All at www.spam.example")
    assert stored(app) == [("All at www.spam.example", "held", "link")]
    client, link = answered(app, "Humour")
    hold_first(app, survey_id, wanted=True)
    edit(client, link, "Good humour")
    assert stored(app)[1] == ("Good humour", "held", "review")


def test_the_same_words_put_into_several_answers_are_one_burst(app: Flask) -> None:
    written = [answered(app, f"What number {number} said of it, at some length") for number in range(5)]
    for client, link in written:
        edit(client, link, "Vote for the red house on the hill, everybody!")
    assert [reason for _, _, reason in stored(app)] == [None, None, None, "burst", "burst"]


def test_changes_count_like_answers(app: Flask) -> None:
    app.config["ADDRESS_ANSWERS"] = 4
    client, link = answered(app, "Honesty")
    for number in range(3):
        edit(client, link, f"Honesty {number}")
    assert stored(app) == [("Honesty 2", "shown", None)]
    edit(client, link, "Honesty, held")
    assert stored(app) == [("Honesty, held", "held", "flood")]
    pages = [edit(client, link, f"Honesty again {number}") for number in range(bot_checks.REJECT_FACTOR * 4)]
    assert pages[-1].status_code == 429
    assert f"Honesty again {len(pages) - 1}" in pages[-1].text
    assert "wait 5 minutes" in pages[-1].text
    assert stored(app)[0][0] != f"Honesty again {len(pages) - 1}"


def test_one_answer_is_not_changed_for_ever(app: Flask) -> None:
    client, link = answered(app, "Honesty")
    pages = [edit(client, link, f"Honesty {number}") for number in range(bot_checks.CHANGES.max_hits + 1)]
    assert [page.status_code for page in pages] == [303] * bot_checks.CHANGES.max_hits + [429]


def test_a_closed_survey_changes_no_answer_and_says_so(app: Flask, survey_id: int) -> None:
    client, link = answered(app, "Honesty")
    assert "You can change it until the survey closes" in client.get(link).text
    with app.app_context():
        surveys.set_open(survey_id, False)
    page = client.get(link).text
    assert "can no longer be changed" in page
    assert "<textarea" not in page
    assert "Honesty" in page
    late = edit(client, link, "Patience, too late")
    assert late.status_code == 409
    assert "Patience, too late" in late.text
    assert stored(app) == [("Honesty", "shown", None)]
    token = {"csrf_token": field(client.get(link), "csrf_token")}
    assert client.post(f"{link}/delete", data=token).status_code == 303
    assert stored(app) == []


def test_a_change_of_a_deleted_answer_shows_the_text_again(
    app: Flask, survey_id: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, link = answered(app, "Honesty")

    def deleted_by_another_window(survey: int, public_id: str) -> None:
        with app.app_context(), write_transaction() as session:
            own = session.query(Answer).one()
            erasure.erase(session, survey_id, [own.id])

    monkeypatch.setattr(bot_checks, "reason_to_hold_change", deleted_by_another_window)
    page = edit(client, link, "Patience, above all")
    assert page.status_code == 404
    assert "deleted a moment ago" in page.text
    assert "Patience, above all" in page.text
    assert stored(app) == []


def test_deleting_what_another_window_deleted_is_no_error(app: Flask, survey_id: int) -> None:
    answered(app, "Honesty")
    for _ in range(2):
        with app.app_context():
            erasure.delete_answer(db.session.get_one(Survey, survey_id), Answer(id=1))
    assert stored(app) == []


def test_an_error_is_logged_by_its_route(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, link = answered(app, "Honesty")

    def broken(*given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(own_link, "find_by_secret", broken)
    app.config["TESTING"] = app.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.get(link).status_code == 500
    assert "/s/<slug>/mine/<secret>" in caplog.text
    assert link.rsplit("/", 1)[1] not in caplog.text
