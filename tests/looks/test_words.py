"""A survey's own words: where they show, what they may be, two windows at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from survey.core import respondent_kinds
from survey.core.database import db, now
from survey.core.models import Survey
from survey.looks import words
from survey.manage import surveys
from tests.support.every_case import for_each
from tests.support.examples import examples
from tests.support.visitors import SLUG, field, make_owner, make_survey, owned_survey, send_answer, sign_in

WORDS = f"/manage/{SLUG}/words"
OWN = {
    "button": "Tell <us>",
    "thanks": "Thanks & more.\r\n\r\nRead on at https://example.org/club, if you like.",
    "happens": "We hang them up in the hall.",
    "contact": "ada@example.org",
    "closing": "See you next year.\r\nBring a friend.",
    "kind_question": "Whom did you think of?",
    "title": "What holds?",
    "preview": "The club asks.",
    "accent": "#1C6E5A",
    "kinds_asked": "y",
    "kinds": "Member\nGuest",
}


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    return client


def save(client: FlaskClient, **form: Any) -> TestResponse:
    page = client.get(WORDS)
    hidden = {name: field(page, name) for name in ("csrf_token", "seen")}
    return client.post(WORDS, data=hidden | form)


def stored(app: Flask) -> Survey:
    with app.app_context():
        survey = db.session.query(Survey).one()
        db.session.expunge(survey)
        return survey


def test_they_show_where_they_belong_and_stay_text(app: Flask, owner: FlaskClient) -> None:
    before = app.test_client().get(f"/s/{SLUG}").text
    assert save(owner, **OWN).status_code == 303
    visitor = app.test_client()
    page = visitor.get(f"/s/{SLUG}").text
    assert "Tell &lt;us&gt;" in page and "Send my answer" in before
    assert "Whom did you think of?" in page and "Guest" in page
    assert '<meta property="og:title" content="What holds?">' in page
    assert '<meta property="og:description" content="The club asks.">' in page
    thanks = send_answer(visitor, "Tea")
    for place in (thanks.location, f"/s/{SLUG}/what-happens"):
        shown = visitor.get(place).text
        assert '<a href="mailto:ada@example.org" rel="nofollow noopener"><bdi>ada@example.org</bdi></a>' in shown
    thanked = visitor.get(thanks.location).text
    assert "Thanks &amp; more." in thanked
    assert (
        '<a href="https://example.org/club" rel="nofollow noopener">https://example.org/club</a>, if you like.'
        in thanked
    )
    happens = visitor.get(f"/s/{SLUG}/what-happens").text
    assert happens.index("We hang them up in the hall.") < happens.index("Nobody knows it was you.")
    assert "Tell &lt;us&gt;" in visitor.get(f"/s/{SLUG}/embed").text
    with app.app_context():
        surveys.set_open(db.session.query(Survey.id).scalar() or 0, False)
    closed = visitor.get(f"/s/{SLUG}").text
    assert "See you next year.\nBring a friend." in closed
    assert "ada@example.org" in closed
    assert "See you next year." in visitor.get(f"/s/{SLUG}/embed").text


def test_everything_empty_is_as_before(app: Flask, owner: FlaskClient) -> None:
    before = app.test_client().get(f"/s/{SLUG}/what-happens").text
    assert save(owner, kinds_asked="y").status_code == 303
    assert stored(app).words == {}
    assert app.test_client().get(f"/s/{SLUG}/what-happens").text == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"button": "x" * 41}, "Keep it to 40 characters: this has 41."),
        ({"button": "one\r\ntwo"}, "Write it on one line."),
        ({"thanks": "x" * 1001}, "Keep it to 1,000 characters"),
        ({"happens": "x" * 1501}, "Keep it to 1,500 characters"),
        ({"closing": "a\0b"}, "NUL"),
        ({"preview": "x" * 201}, "Keep it to 200 characters"),
        ({"contact": "javascript:alert(1)"}, "Write a mail address"),
        ({"contact": "https://"}, "Write a mail address"),
        ({"contact": "ada @example.org"}, "Write a mail address"),
        ({"accent": "reddish"}, "Write a colour as #"),
        (
            {"accent": "#ffd400"},
            "its contrast is 1.3 to 1, and letters need 4.5 to 1. The nearest that can be read is #",
        ),
        ({"kinds": "a\na"}, "is there twice"),
    ],
)
def test_what_does_not_fit_says_why_and_keeps_what_was_typed(
    app: Flask, owner: FlaskClient, change: dict[str, str], message: str
) -> None:
    refused = save(owner, **(OWN | change))
    assert refused.status_code == 422
    assert message in refused.text
    assert "We hang them up in the hall." in refused.text or "happens" in change
    assert stored(app).words == {}


def test_two_windows_do_not_overwrite_each_other_unnoticed(app: Flask, owner: FlaskClient) -> None:
    first, second = ({n: field(owner.get(WORDS), n) for n in ("csrf_token", "seen")} for _ in range(2))
    assert owner.post(WORDS, data=first | {"thanks": "First"}).status_code == 303
    late = owner.post(WORDS, data=second | {"thanks": "Second"})
    assert late.status_code == 409
    assert "These words were changed in another window" in late.text and "Second" in late.text
    assert stored(app).words == {"thanks": "First"}
    again = {name: field(late, name) for name in ("csrf_token", "seen")}
    assert owner.post(WORDS, data=again | {"thanks": "Second"}).status_code == 303
    assert stored(app).words == {"thanks": "Second"}


def test_settings_leave_the_kinds_alone_that_are_kept_here(app: Flask, owner: FlaskClient) -> None:
    save(owner, **OWN)
    token = field(owner.get(f"/manage/{SLUG}/settings"), "csrf_token")
    form = {"csrf_token": token, "question": "Why?", "slug": SLUG, "codebook": "none"}
    assert owner.post(f"/manage/{SLUG}/settings", data=form).status_code == 303
    survey = stored(app)
    assert (survey.question, survey.kinds_asked, survey.words["button"]) == ("Why?", True, "Tell <us>")
    assert respondent_kinds.own_labels(survey) == ["Member", "Guest"]


@for_each(
    ("contact", "address"),
    [
        ("ada@example.org", "mailto:ada@example.org"),
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("example.org", None),
        ("ada@example", None),
        ("mailto:ada@example.org", None),
        ('https://a"onclick=x', None),
        ("https://a b", None),
        ("data:text/html,x", None),
    ],
)
def test_what_is_a_contact(contact: str, address: str | None) -> None:
    assert words.contact_address(contact) == address


def test_an_address_in_a_sentence_is_a_link_and_what_follows_is_not() -> None:
    text = "See (https://example.org/a_(b)). Or http://x.y/z?a=1&b=2! <b>https://</b> javascript:alert(1)"
    written = str(words.linked(text))
    assert 'href="https://example.org/a_(b"' in written
    assert 'href="http://x.y/z?a=1&amp;b=2"' in written
    assert written.count("<a ") == 2
    assert "&lt;b&gt;" in written


@settings(
    max_examples=examples(30), deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    typed=st.dictionaries(
        st.sampled_from([*words.LIMITS, "kinds", "seen"]),
        st.text(st.one_of(st.characters(), st.sampled_from("\0\r\n<>&\"'%{}\u202e#@")), max_size=60),
    )
)
def test_any_text_is_refused_or_kept_as_it_is(sqlite_app: Flask, typed: dict[str, str]) -> None:
    client = getattr(sqlite_app, "words_client", None)
    if client is None:
        owned_survey(sqlite_app)
        client = sqlite_app.words_client = sqlite_app.test_client()  # type: ignore[attr-defined]
        sign_in(client)
    clean = {name: text.encode("utf-8", "replace").decode() for name, text in typed.items()}
    answered = save(client, **clean)
    assert answered.status_code in (303, 409, 422)
    for path in (f"/s/{SLUG}", f"/s/{SLUG}/what-happens", WORDS):
        assert client.get(path).status_code == 200
    if answered.status_code == 303:
        kept = words.tidied({key: clean[key] for key in words.LIMITS if key in clean and key != "accent"})
        assert {key: text for key, text in stored(sqlite_app).words.items() if key != "accent"} == kept


def test_two_surveys_with_one_question_are_told_apart(sqlite_app: Flask) -> None:
    owner_id = make_owner(sqlite_app)
    for slug in ("first", "second"):
        make_survey(sqlite_app, owner_id, slug)
    with sqlite_app.app_context():
        survey = db.session.query(Survey).filter_by(slug="second").one()
        survey_id, survey.created_at = survey.id, now().replace(year=2024, month=3, day=9)
        db.session.commit()
        surveys.set_open(survey_id, False)
    client = sqlite_app.test_client()
    sign_in(client)
    page = client.get("/manage").text
    first, second = (page[page.index(f"/s/{slug}") :].split("</li>")[0] for slug in ("first", "second"))
    assert "Open." in first and "Closed." in second
    assert "9 March 2024" in second and "9 March 2024" not in first


def test_relationships_are_offered_only_where_a_survey_may_be_about_them(app: Flask, owner: FlaskClient) -> None:
    assert "what relationship people have in mind" in owner.get(WORDS).text
    with app.app_context():
        survey = db.session.query(Survey).one()
        survey.kinds_asked, survey.codebook = False, "none"
        db.session.commit()
    assert "relationship people" not in owner.get(WORDS).text
    refused = save(owner, kinds_asked="y", kinds="")
    assert refused.status_code == 422
    assert "Write the list first, one kind a line" in refused.text
    assert not stored(app).kinds_asked
    assert save(owner, kinds_asked="y", kinds="Pupil\nTeacher").status_code == 303
