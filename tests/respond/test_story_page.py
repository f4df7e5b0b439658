"""The page at the secret link: what became of an answer, in kind words, and nothing more of others than they show."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.answers import moderation
from survey.answers.moderation import REASONS
from survey.answers.story import StoryEntry
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey, Theme
from survey.curation import edit_history, idea_edits, theme_edits
from survey.edits.idea_spans import IdeaSpan
from survey.manage import surveys
from survey.publication.conclusion import MAX_CONCLUSION_CHARACTERS, write_conclusion
from survey.respond.story import HELD_BECAUSE
from survey.web.form_fields import state_of
from tests.support.own_cookie import know
from tests.support.site import queries
from tests.support.visitors import SLUG, field, owned_survey, send_answer, sign_in

LINK = re.compile(rf"/s/{SLUG}/mine/[\w-]{{32}}")


@pytest.fixture(autouse=True)
def survey_id(app: Flask) -> int:
    return owned_survey(app)


def answered(app: Flask, typed: str) -> tuple[FlaskClient, str]:
    client = app.test_client()
    send_answer(client, typed)
    found = LINK.search(client.get(f"/s/{SLUG}/thanks?look=9").text)
    assert found
    return client, found[0]


def steps(client: FlaskClient, link: str) -> list[str]:
    """The lines of the story, without their days."""
    page = client.get(link).text.partition('<ol class="steps">')[2].partition("</ol>")[0]
    return [re.sub(r"<[^>]+>", "", line).strip() for line in re.findall(r"<p>(.*?)</p>", page, re.DOTALL)]


def test_every_reason_is_said_in_words_of_its_own() -> None:
    assert set(HELD_BECAUSE) == set(REASONS)
    assert len(set(HELD_BECAUSE.values())) == len(REASONS)


def test_a_way_through_themes_that_are_not_shown_any_more_is_not_told(
    app: Flask, survey_id: int, perform: Callable[[Flask], None]
) -> None:
    for typed in ("Honesty", "Honesty", "Patience", "Patience"):
        send_answer(app.test_client(), typed)
    client, link = answered(app, "Honesty, now and always")
    perform(app)
    for name in ("Known", "Known as well"):
        with app.app_context():
            survey = db.session.get_one(Survey, survey_id)
            own = db.session.scalars(select(Answer).order_by(Answer.id.desc())).first()
            honesty = db.session.scalars(select(Theme).where(Theme.name == "Honesty")).one()
            assert own
            edit_id = idea_edits.split(survey, [IdeaSpan(own.public_id, 0, len(own.text))], honesty, name)
        perform(app)
        with app.app_context():
            edit_history.undo(db.session.get_one(Survey, survey_id), edit_id)
        perform(app)
    assert steps(client, link) == ["It arrived.", "It joined Honesty."]


@pytest.mark.both_databases
def test_the_whole_way_of_an_answer(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    for typed in ("Honesty", "Honesty", "Patience", "Patience"):
        send_answer(app.test_client(), typed)
    client, link = answered(app, "Honesty, now and always")
    assert steps(client, link) == ["It arrived."]
    perform(app)
    assert steps(client, link) == ["It arrived.", "It joined Honesty."]
    page = client.get(link).text
    assert "How many say the same is told here once the result is out." in page
    assert "on the thread" not in page
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        themes = {theme.name: theme for theme in db.session.scalars(select(Theme))}
        own = db.session.scalars(select(Answer).order_by(Answer.id.desc())).first()
        assert own
        idea_edits.move(survey, [IdeaSpan(own.public_id, 0, len(own.text))], themes["Honesty"], themes["Patience"])
    perform(app)
    assert steps(client, link)[-1] == "It moved from Honesty to Patience."
    client.post(link, data={"csrf_token": field(client.get(link), "csrf_token"), "text": "Honesty after all"})
    perform(app)
    assert steps(client, link)[-2:] == ["You changed it.", "It moved from Patience to Honesty."]
    with app.app_context():
        write_conclusion(survey_id, "We talk on Sundays.\n\nAll of us.", state_of(""))
    assert "We talk on Sundays." not in client.get(link).text
    with app.app_context():
        surveys.set_published(survey_id, True)
    page = client.get(link).text
    assert steps(client, link)[-1] == "The result was published."
    assert "You’re with 2 others on the thread" in page
    assert "who said" not in page
    # Names look like links, and are: in what is said of it now, in its steps and in the finding.
    named = re.findall(rf'<a class="theme-name t\d+" href="/s/{SLUG}/themes/[^"]+"><bdi>Honesty</bdi></a>', page)
    assert len(named) > 3
    assert 'em class="theme-name' not in page
    assert re.search(r"<p[^>]*>We talk on Sundays.</p>\s*<p[^>]*>All of us.</p>", page)
    finding = re.search(r"<h1>(.*?)</h1>", client.get(f"/s/{SLUG}/themes").text)
    assert finding
    assert finding[1] in page


def test_what_the_owner_decides_is_told_kindly(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    with app.app_context(), write_transaction() as session:
        session.get_one(Survey, survey_id).hold_first = True
    client, link = answered(app, "Honesty")
    page = client.get(link).text
    assert "reads it first" in page
    assert "Every answer is read by a person first here." in page
    for status, said, now_said in (
        ("shown", "It was read, and it is shown with the others.", "We are finding the thread"),
        ("hidden", "It was taken out of what is shown.", "It is not shown to others and not counted."),
    ):
        with app.app_context():
            own = db.session.scalars(select(Answer.id)).one()
            moderation.set_status(db.session.get_one(Survey, survey_id), [own], status)
        assert steps(client, link)[-1] == said
        assert now_said in client.get(link).text
    perform(app)
    assert not any("left" in line for line in steps(client, link))


def test_an_answer_that_says_nothing_is_told_that_it_is_not_counted(
    app: Flask, survey_id: int, perform: Callable[[Flask], None]
) -> None:
    """Until words come into it, and not where all that it says stands alone."""
    client, link = answered(app, "👍👍")
    token = client.get(f"/s/{SLUG}/embed")
    form = {name: field(token, name) for name in ("token", "form_key")} | {"text": "👍👍"}
    framed = client.post(f"/s/{SLUG}/embed", data=form).location
    perform(app)
    thanks = f"/s/{SLUG}/thanks"
    for address in (thanks, link, framed):
        page = client.get(address).text
        assert "We found nothing in it that speaks to the question." in page
        assert "It is kept, but not counted and not shown to others." in page
        assert "quite like you" not in page
        assert "no thread yet" not in page
    client.post(link, data={"csrf_token": field(client.get(link), "csrf_token"), "text": "Zeppelins"})
    perform(app)
    for address in (thanks, link):
        assert "Nobody has said it quite like you." in client.get(address).text
        assert "not counted" not in client.get(address).text


def test_a_hidden_theme_has_no_name_in_it(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    client, link = answered(app, "Honesty")
    send_answer(app.test_client(), "Patience")
    perform(app)
    with app.app_context():
        theme = db.session.scalars(select(Theme).where(Theme.name == "Honesty")).one()
        theme_edits.set_hidden(theme, True)
    page = client.get(link).text
    assert "Honesty</em>" not in page
    assert steps(client, link) == ["It arrived."]


def test_what_was_not_recorded_has_no_date(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    """As after an update: where it is was written without a date, and why it is held not at all."""
    client, link = answered(app, "Honesty")
    perform(app)
    with app.app_context(), write_transaction() as session:
        session.query(StoryEntry).update({"began_at": None})
    assert steps(client, link) == ["It arrived."]
    assert "It joins the thread" in client.get(link).text
    with app.app_context(), write_transaction() as session:
        session.query(StoryEntry).delete()
        session.query(Answer).update(
            {"status": "held", "reason": "link", "received_at": datetime(2026, 3, 1, tzinfo=UTC)}
        )
    page = client.get(link).text
    assert steps(client, link) == ["It arrived.", "It was put aside, to be read by a person first."]
    assert "links are looked at by a person first" in page
    assert page.count("<time") == 1


def test_a_deleted_answer_and_a_wrong_link_look_alike(app: Flask) -> None:
    client, link = answered(app, "Honesty")
    client.post(f"{link}/delete", data={"csrf_token": field(client.get(link), "csrf_token")})
    gone, wrong = client.get(link), client.get(link[:-3] + "xyz")
    assert (gone.status_code, wrong.status_code) == (404, 404)
    assert gone.text == wrong.text
    assert "If there was one, it is deleted" in gone.text
    assert gone.headers["Cache-Control"] == "no-store"


def test_a_long_story_takes_no_more_queries(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    client, link = answered(app, "Honesty")
    perform(app)
    counts = []
    for _ in range(2):
        with queries(app) as asked:
            client.get(link)
        counts.append(len(asked))
        with app.app_context(), write_transaction() as session:
            own = session.scalars(select(Answer.id)).one()
            session.add_all(
                StoryEntry(answer_id=own, what="changed", began_at=datetime(2026, 3, day, tzinfo=UTC))
                for day in range(1, 29)
            )
    assert counts[0] == counts[1]


class TestWhatCameOfIt:
    def test_the_owner_writes_it_and_readers_read_it(
        self, app: Flask, survey_id: int, perform: Callable[[Flask], None]
    ) -> None:
        for _ in range(3):
            send_answer(app.test_client(), "Honesty")
        perform(app)
        owner = app.test_client()
        sign_in(owner)
        page = owner.get(f"/manage/{SLUG}/publish")
        form = {name: field(page, name) for name in ("csrf_token", "seen")}
        form |= {"conclusion": " We bought <b>lamps</b>.\r\n\r\nAnd more. "}
        kept = owner.post(f"/manage/{SLUG}/publish/conclusion", data=form, follow_redirects=True)
        assert "What came of it is kept." in kept.text
        with app.app_context():
            assert db.session.get_one(Survey, survey_id).conclusion == "We bought <b>lamps</b>.\n\nAnd more."
            surveys.set_published(survey_id, True)
        page_read = app.test_client().get(f"/s/{SLUG}/themes").text
        assert "What came of it</h2>" in page_read
        assert "We bought &lt;b&gt;lamps&lt;/b&gt;." in page_read
        assert page_read.index("What came of it") > page_read.index("</h1>")
        form["seen"] = field(owner.get(f"/manage/{SLUG}/publish"), "seen")
        owner.post(f"/manage/{SLUG}/publish/conclusion", data=form | {"conclusion": " "})
        assert "What came of it" not in app.test_client().get(f"/s/{SLUG}/themes").text

    def test_an_older_page_overwrites_nothing_without_a_word(self, app: Flask, survey_id: int) -> None:
        owner, address = app.test_client(), f"/manage/{SLUG}/publish/conclusion"
        sign_in(owner)
        page = owner.get(f"/manage/{SLUG}/publish")
        form = {name: field(page, name) for name in ("csrf_token", "seen")}
        assert owner.post(address, data=form | {"conclusion": "We bought lamps."}).status_code == 303
        assert owner.post(address, data=form | {"conclusion": "We bought lamps."}).status_code == 303  # sent twice
        late = owner.post(address, data=form | {"conclusion": "We bought chairs."})
        assert late.status_code == 409
        assert "changed in another window, or by somebody else" in late.text
        assert "It is now: “We bought lamps.”" in late.text and "We bought chairs.</textarea>" in late.text
        with app.app_context():
            assert db.session.get_one(Survey, survey_id).conclusion == "We bought lamps."
        again = {name: field(late, name) for name in ("csrf_token", "seen")}
        assert owner.post(address, data=again | {"conclusion": "We bought chairs."}).status_code == 303
        with app.app_context():
            assert db.session.get_one(Survey, survey_id).conclusion == "We bought chairs."

    @pytest.mark.parametrize(
        ("typed", "said"),
        [("x" * (MAX_CONCLUSION_CHARACTERS + 1), "Keep this to 2000 characters"), ("a\0b", "cannot be kept (NUL)")],
    )
    def test_what_cannot_be_kept_stays_typed(self, app: Flask, typed: str, said: str) -> None:
        owner = app.test_client()
        sign_in(owner)
        token = field(owner.get(f"/manage/{SLUG}/publish"), "csrf_token")
        form = {"csrf_token": token, "conclusion": typed}
        refused = owner.post(f"/manage/{SLUG}/publish/conclusion", data=form)
        assert refused.status_code == 422
        assert said in refused.text
        with app.app_context():
            assert db.session.scalars(select(Survey.conclusion)).one() == ""


def test_the_page_of_an_answer_that_a_browser_knows(app: Flask) -> None:
    client = app.test_client()
    send_answer(client, "Honesty")
    with app.app_context():
        own = db.session.scalars(select(Answer.id)).one()
        secret = know(client, own)
    assert steps(client, f"/s/{SLUG}/mine/{secret}") == ["It arrived."]
