"""The owner's pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from itertools import product
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Run, Survey, Theme
from survey.curation import idea_edits, theme_edits
from survey.edits.idea_spans import IdeaSpan
from survey.manage import surveys
from survey.manage.forms import QUESTION
from survey.runs import lifecycle as runs
from survey.web.pagination import Pages
from survey.worker.worker import Worker
from tests.support.every_case import every_case
from tests.support.filled_survey import Says, fill
from tests.support.only_survey import send
from tests.support.visitors import SLUG, field, make_owner, make_survey, owned_survey, send_answer, sign_in


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    return client


def post(client: FlaskClient, address: str, page: str = f"/manage/{SLUG}", **form: str) -> tuple[int, str]:
    """Send a form of a page; gives the status and where it leads, or the page's text."""
    token = field(client.get(page), "csrf_token")
    response = client.post(address, data={"csrf_token": token, **form})
    return response.status_code, response.location or response.text


def survey_form(**changes: str) -> dict[str, str]:
    form = {"question": "Why do you stay?", "introduction": "", "asker": "", "slug": "", "codebook": "none"}
    return form | changes


def test_a_new_survey_is_open_at_an_address_made_from_its_question(app: Flask, owner: FlaskClient) -> None:
    assert QUESTION.replace("'", "&#39;") in owner.get("/manage/new").text
    for slug, introduction in (("why-do-you-stay", ""), ("why-do-you-stay-2", "Once more.")):
        form = survey_form(introduction=introduction)
        assert post(owner, "/manage/new", "/manage/new", **form) == (303, f"/manage/{slug}")
        assert app.test_client().get(f"/s/{slug}").status_code == 200
    with app.app_context():
        survey = db.session.query(Survey).filter_by(slug="why-do-you-stay").one()
        assert (survey.is_open, survey.is_published, survey.kinds_asked) == (True, False, False)
    assert "What kind of relationship" not in app.test_client().get("/s/why-do-you-stay").text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"question": ""}, "Write the question you want to ask."),
        ({"question": "q" * 201}, "Keep the question to 200 characters."),
        ({"question": "a\0b"}, "NUL"),
        ({"slug": SLUG}, "Another survey has this address."),
        ({"slug": "new"}, "taken by the site itself"),
        ({"slug": "Not An Address"}, "Use small letters a-z, numbers and single hyphens."),
        ({"slug": "../x"}, "Use small letters"),
        ({"slug": "x" * 61}, "Use 2 to 60 characters."),
        ({"codebook": "../../etc/passwd"}, "Not a valid choice"),
        ({"introduction": "i" * 2001}, "Keep the introduction to 2,000 characters."),
    ],
)
def test_a_survey_that_cannot_be_says_why(owner: FlaskClient, changes: dict[str, str], message: str) -> None:
    status, text = post(owner, "/manage/new", "/manage/new", **survey_form(**changes))
    assert status == 422
    assert message in text


def test_settings_change_the_survey_and_its_address(app: Flask, owner: FlaskClient) -> None:
    changes = survey_form(slug="moved", asker="Otto", codebook="relationships")
    assert post(owner, f"/manage/{SLUG}/settings", f"/manage/{SLUG}/settings", **changes) == (303, "/manage/moved")
    page = app.test_client().get("/s/moved").text
    assert "Why do you stay?" in page
    assert "Otto" in page
    assert app.test_client().get(f"/s/{SLUG}").location == "/s/moved"


def test_open_and_close(app: Flask, owner: FlaskClient) -> None:
    respondent = app.test_client()
    assert post(owner, f"/manage/{SLUG}/close") == (303, f"/manage/{SLUG}")
    assert respondent.get(f"/s/{SLUG}").status_code == 410
    post(owner, f"/manage/{SLUG}/open")
    assert respondent.get(f"/s/{SLUG}").status_code == 200


def test_a_run_is_followed_from_asked_to_finished(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    assert owner.get(f"/manage/{SLUG}/progress").json == {"state": None}
    send_answer(app.test_client(), "Honesty")
    post(owner, f"/manage/{SLUG}/run")
    state = owner.get(f"/manage/{SLUG}/progress").json
    assert state
    assert (state["state"], state["stage_label"], state["percent"]) == ("asked", "It begins in a few seconds", 0)
    assert "<progress" in owner.get(f"/manage/{SLUG}").text
    perform(app)
    state = owner.get(f"/manage/{SLUG}/progress").json
    assert state
    assert (state["state"], state["percent"]) == ("finished", 100)


def test_a_failed_run_is_explained(app: Flask, owner: FlaskClient) -> None:
    post(owner, f"/manage/{SLUG}/run")
    with app.app_context():
        run_id = db.session.query(Run.id).scalar()
        token = runs.claim(run_id or 0)
        assert token
        runs.fail(run_id or 0, token, "The model file is damaged <here>.")
    page = owner.get(f"/manage/{SLUG}").text
    assert "The model file is damaged &lt;here&gt;." in page
    assert "The last run failed." in page


@pytest.mark.both_databases
def test_the_overview_shows_the_addresses_and_the_counts(app: Flask, owner: FlaskClient) -> None:
    for number in range(3):
        send_answer(app.test_client(), f"Answer {number}", source="whatsapp")
    page = owner.get(f"/manage/{SLUG}").text
    assert f'value="http://localhost/s/{SLUG}"' in page
    assert "3 people have answered, 3 today." in page
    assert "WhatsApp" in page


@pytest.mark.both_databases
def test_the_overview_counts_people_who_said_something_and_marks_what_is_hidden(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    for text in ("Honesty first", "Honesty above all", "idk"):
        send_answer(app.test_client(), text)
    perform(app)
    with app.app_context():
        theme_edits.set_hidden(db.session.query(Theme).filter_by(name="Honesty").one(), True)
    page = owner.get(f"/manage/{SLUG}").text
    assert "2 people have answered, 2 today. 1 more said nothing" in page
    assert "hidden from readers" in page


@pytest.mark.slow
@pytest.mark.both_databases
def test_the_overview_says_in_how_many_answers_the_themes_were_found_and_how_many_were_read(sqlite_app: Flask) -> None:
    said = [Says(f"listen {n}", [("listen", "Listening")]) for n in range(12)]
    filled = fill(sqlite_app, said, is_owned=True)
    client = sqlite_app.test_client()
    sign_in(client)
    page = client.get(f"/manage/{SLUG}").text
    assert "Found in 12 answers. The last run ended on " in page
    assert "have been read" not in page
    with sqlite_app.app_context(), write_transaction() as session:
        session.get_one(Run, filled.run_id).found_answers = 8
    assert (
        "Found in 8 answers. By now 12 answers have been read. The last run ended on "
        in client.get(f"/manage/{SLUG}").text
    )


def test_the_owner_is_told_where_readers_count_the_answers_of_hidden_themes(sqlite_app: Flask) -> None:
    said = [Says(f"listen {n}", [("listen", "Listening")]) for n in range(3)] + [Says("rain", [("rain", None)])]
    filled = fill(sqlite_app, said, is_owned=True)
    client = sqlite_app.test_client()
    sign_in(client)
    told = "For readers, answers that are only in hidden themes follow no thread."
    for address in (f"/manage/{SLUG}", f"/manage/{SLUG}/themes/inbox"):
        assert told not in client.get(address).text
    with sqlite_app.app_context(), write_transaction() as session:
        session.get_one(Theme, filled.themes["Listening"]).hidden = True
    for address in (f"/manage/{SLUG}", f"/manage/{SLUG}/themes/inbox"):
        assert told in client.get(address).text


def test_answers_are_listed_in_pages(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    with app.app_context():
        send(f"Honesty number {number}." for number in range(55))
    perform(app)
    first = owner.get(f"/manage/{SLUG}/answers").text
    older = re.search(r'href="([^"]*)" rel="next"', first)
    assert older
    second = owner.get(unescape(older[1])).text
    assert "Honesty number 54." in first
    assert "Honesty number 3." not in first
    assert "Honesty number 3." in second
    for odd in ("0", "-1", "99999999999999999999", "x", "1e9", "٣", "1:-1", f"{2**54}:1", f"-{2**54}:7", f"1:{2**31}"):
        assert owner.get(f"/manage/{SLUG}/answers", query_string={"after": odd}).status_code == 200
        assert owner.get(f"/manage/{SLUG}/answers", query_string={"before": odd}).status_code == 200


def test_pages_count_from_one_to_the_last() -> None:
    assert (Pages.of(0, 50, None).number, Pages.of(0, 50, None).count) == (1, 1)
    assert (Pages.of(101, 50, "9").number, Pages.of(101, 50, "9").offset) == (3, 100)
    assert (Pages.of(100, 50, "-2").number, Pages.of(100, 50, "2").offset) == (1, 50)


def test_the_list_shows_the_owners_own_surveys(app: Flask, owner: FlaskClient) -> None:
    make_survey(app, make_owner(app, "Otto"), "ottos", question="What does Otto ask?")
    page = owner.get("/manage").text
    assert "What keeps you together?" in page
    assert "What does Otto ask?" not in page


def test_the_overview_shows_what_the_last_run_changed(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    send_answer(app.test_client(), "Honesty")
    perform(app)
    assert "What the last run changed" not in owner.get(f"/manage/{SLUG}").text
    for text in ("Honesty", "Trust"):
        send_answer(app.test_client(), text)
    with app.app_context():
        due = runs.due_run_ids(now())
    for run_id in due:  # without placing them first, as a worker does that looks around
        Worker(app).perform(run_id)
    page = owner.get(f"/manage/{SLUG}").text
    assert "What the last run changed" in page
    assert "grew from 1 to 2 people." in page
    assert "is new: 1 person." in page
    assert "A theme may be forming" not in page


def test_the_overview_shows_ideas_that_may_become_a_theme(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    post(owner, f"/manage/{SLUG}/settings", f"/manage/{SLUG}/settings", **survey_form(codebook="none"))
    for text in ("Zebra quagga okapi", "Zebra quagga", "Chess", "Rain"):
        send_answer(app.test_client(), text)
    perform(app)
    page = owner.get(f"/manage/{SLUG}").text
    assert "A theme may be forming" in page
    assert "“Zebra quagga okapi”" in page
    assert "“Chess”" not in page
    with app.app_context():
        answer = db.session.scalars(select(Answer).where(Answer.text == "Zebra quagga")).one()
        survey = db.session.scalars(select(Survey)).one()
        idea_edits.split(survey, [IdeaSpan(answer.public_id, 0, len(answer.text))], None, "Striped")
    page = owner.get(f"/manage/{SLUG}").text
    assert "A theme may be forming" not in page, "one idea resembles no other"


# ---------- the settings in two windows ----------

SETTINGS = f"/manage/{SLUG}/settings"
HIDDEN = ("csrf_token", "survey_id", "seen")


def window(client: FlaskClient, address: str = SETTINGS) -> dict[str, str]:
    """A window in which the settings are open: what it would send if nothing was changed in it."""
    page = client.get(address).text
    typed = ("question", "asker", "slug", "closes_at", "closes_after")
    found = survey_form(**{name: unescape(field_of(page, name)) for name in (*HIDDEN, *typed)})
    found["introduction"] = re.findall(r'<textarea[^>]*name="introduction"[^>]*>\s*([^<]*)<', page)[0]
    found["language"] = re.findall(r'<option selected value="(\w+)">', page)[0]
    found["codebook"] = re.findall(r'name="codebook" value="([\w-]+)" checked', page)[0]
    return found


def field_of(page: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, name
    value = re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else ""


def kept(app: Flask) -> tuple[str, str, int | None]:
    with app.app_context():
        survey = db.session.query(Survey).one()
        return survey.question, survey.asker, survey.closes_after


@pytest.mark.both_databases
def test_two_windows_keep_what_each_changed(app: Flask, owner: FlaskClient) -> None:
    one, other = window(owner), window(owner)
    assert owner.post(SETTINGS, data=one | {"question": "Who cooks?", "closes_after": "9"}).status_code == 303
    saved = owner.post(SETTINGS, data=other | {"asker": "Otto"}, follow_redirects=True)
    assert saved.status_code == 200
    assert "So is what was changed elsewhere since you opened the page" in saved.text
    assert "“Your question” and “Closes after so many answers”." in saved.text
    assert kept(app) == ("Who cooks?", "Otto", 9)


@pytest.mark.both_databases
def test_what_both_changed_is_asked_about_and_nothing_typed_is_lost(app: Flask, owner: FlaskClient) -> None:
    one, other = window(owner), window(owner)
    owner.post(SETTINGS, data=one | {"question": "Who <cooks>?", "asker": "Anna", "hold_first": "y"})
    typed = other | {"question": "Who sings?", "asker": "Otto", "closes_after": "7", "codebook": "none"}
    asked = owner.post(SETTINGS, data=typed)
    assert asked.status_code == 409
    assert "It is now: “Who &lt;cooks&gt;?”." in asked.text
    assert "It is now: “Anna”." in asked.text
    assert kept(app) == ("Who <cooks>?", "Anna", None)
    assert [field_of(asked.text, name) for name in ("question", "asker", "closes_after")] == ["Who sings?", "Otto", "7"]
    assert re.search(r'<input checked[^>]*id="hold_first"', asked.text)  # the other's tick, which was left alone here
    again = typed | {"seen": field_of(asked.text, "seen"), "hold_first": "y"}
    assert owner.post(SETTINGS, data=again).status_code == 303
    assert kept(app) == ("Who sings?", "Otto", 7)
    with app.app_context():
        assert db.session.query(Survey).one().hold_first


def test_the_same_in_both_windows_is_no_question(app: Flask, owner: FlaskClient) -> None:
    one, other = window(owner), window(owner)
    for sent in (one, other):
        assert owner.post(SETTINGS, data=sent | {"asker": "Otto"}).status_code == 303
    assert kept(app)[1] == "Otto"


@pytest.mark.both_databases
def test_a_form_that_is_sent_twice_makes_one_survey(app: Flask, owner: FlaskClient) -> None:
    form = survey_form(kinds="Friend\r\nFamily", kinds_asked="y")
    both_ready = Barrier(2)

    def send_form(_: int) -> str | None:
        client = app.test_client()
        sign_in(client)
        own = form | {"csrf_token": field(client.get("/manage/new"), "csrf_token")}
        both_ready.wait(20)
        return client.post("/manage/new", data=own).location

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(send_form, range(2))) == ["/manage/why-do-you-stay"] * 2
    send_answer(app.test_client(), "Honesty", slug="why-do-you-stay")
    _, third = post(owner, "/manage/new", "/manage/new", **form)
    assert third == "/manage/why-do-you-stay-2", "the first has an answer, so this one is meant"
    _, named = post(owner, "/manage/new", "/manage/new", **form | {"slug": "named"})
    assert named == "/manage/named"


def test_a_window_is_of_its_survey_though_the_address_is_another_survey_s_by_now(
    app: Flask, owner: FlaskClient
) -> None:
    one, other = window(owner), window(owner)
    assert owner.post(SETTINGS, data=one | {"slug": "moved"}).location == "/manage/moved"
    assert owner.post(SETTINGS, data=other | {"asker": "Otto"}).location == "/manage/moved"
    assert post(owner, "/manage/new", "/manage/new", **survey_form(slug=SLUG)) == (303, f"/manage/{SLUG}")
    assert owner.post(SETTINGS, data=other | {"asker": "Otto and Anna"}).status_code == 409
    with app.app_context():
        named = {survey.slug: survey.asker for survey in db.session.query(Survey)}
    assert named == {"moved": "Otto", SLUG: ""}


def test_odd_marks_break_nothing(owner: FlaskClient) -> None:
    opened = window(owner)
    with every_case() as case:
        for seen, survey_id in product(["", "x", "x " * 10, "\0", "é " * 4000], ["", "0", "-1", "9" * 30, "٣", "x"]):
            with case(f"{seen[:9]!r} and {survey_id!r}"):
                sent = opened | {"seen": seen, "survey_id": survey_id}
                assert owner.post(SETTINGS, data=sent).status_code in ((400,) if "\0" in seen else (303, 409))


def test_the_settings_of_somebody_else_are_not_to_be_had_by_their_number(app: Flask, owner: FlaskClient) -> None:
    make_survey(app, make_owner(app, "Otto"), "ottos", question="What does Otto ask?")
    with app.app_context():
        number = db.session.query(Survey.id).filter_by(slug="ottos").scalar()
    assert owner.post(SETTINGS, data=window(owner) | {"survey_id": str(number)}).status_code == 404


def test_somebody_who_saves_at_the_same_moment_is_seen(
    app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, change = window(owner), surveys.change
    calls: list[str | None] = []

    def late(survey_id: int, fields: surveys.Fields, seen: str | None = None) -> str:
        if not calls:
            calls.append(seen)
            change(survey_id, replace(fields, asker="Anna"))
        return change(survey_id, fields, seen)

    monkeypatch.setattr(surveys, "change", late)
    assert owner.post(SETTINGS, data=sent | {"closes_after": "5"}).status_code == 303
    assert kept(app) == ("What keeps you together?", "Anna", 5)
