"""The feed of a published page: valid Atom, stable ids, right times, and nothing that anybody wrote."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlparse
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import select

from survey.core.database import db, now
from survey.core.models import Answer, Run, Survey, Theme
from survey.curation import theme_edits
from survey.edits.models import Deed
from survey.manage import surveys
from survey.reports.feed import ATOM
from tests.support.filled_survey import START, Filled, Says, fill
from tests.support.visitors import SLUG, make_owner, sign_in

FEED = f"/s/{SLUG}/themes/feed.atom"
MANY = 110
"""People, one every hour from START on"""
REQUIRED = {"feed": {"id", "title", "updated", "author", "link"}, "entry": {"id", "title", "updated", "link"}}
ONCE = {"id", "title", "updated", "published", "summary", "subtitle", "generator"}


def read(app: Flask, language: str = "en") -> ElementTree.Element:
    answer = app.test_client().get(FEED, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.data)


def text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{{{ATOM}}}{name}") or ""


def entries(feed: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {text(entry, "title"): entry for entry in feed.iter(f"{{{ATOM}}}entry")}


def published(app: Flask, at: datetime, ideas: int = MANY) -> Filled:
    """A survey with people who come one an hour, published at a time; one of its themes is newer than that."""
    says = [
        Says(f"Secret words {n}", [(f"words {n}", "Listening" if n % 3 else "Trust")], days=n / 24)
        for n in range(ideas)
    ]
    filled = fill(app, says)
    with app.app_context():
        db.session.get_one(Survey, filled.survey_id).published_at = at
        db.session.get_one(Run, filled.run_id).finished_at = at - timedelta(days=1)
        db.session.get_one(Theme, filled.themes["Listening"]).created_at = at - timedelta(days=1)
        db.session.get_one(Theme, filled.themes["Trust"]).created_at = at + timedelta(days=2)
        db.session.commit()
    return filled


def check(feed: ElementTree.Element) -> None:
    """What RFC 4287 asks of a feed and its entries."""
    ids = []
    for element in (feed, *feed.iter(f"{{{ATOM}}}entry")):
        names = [child.tag.removeprefix(f"{{{ATOM}}}") for child in element]
        kind = element.tag.removeprefix(f"{{{ATOM}}}")
        assert set(names) >= REQUIRED[kind]
        assert all(names.count(name) <= 1 for name in ONCE)
        ids.append(text(element, "id"))
        assert ids[-1].startswith("urn:uuid:")
        for name in {"updated", "published"} & set(names):
            assert datetime.fromisoformat(text(element, name)).utcoffset() == timedelta(0)
        for link in element.findall(f"{{{ATOM}}}link"):
            assert urlparse(link.attrib["href"]).scheme in ("http", "https")
            assert {"rel", "type", "href"} == set(link.attrib)
    assert len(set(ids)) == len(ids)
    rels = [link.attrib["rel"] for link in feed.findall(f"{{{ATOM}}}link")]
    assert sorted(rels) == ["alternate", "self"]
    assert text(feed.find(f"{{{ATOM}}}author"), "name")  # type: ignore[arg-type]
    updated = [text(entry, "updated") for entry in feed.iter(f"{{{ATOM}}}entry")]
    assert updated == sorted(updated, reverse=True)
    assert text(feed, "updated") == updated[0]


@pytest.mark.both_databases
def test_it_tells_of_the_page_new_themes_and_each_doubling(app: Flask) -> None:
    at = START + timedelta(hours=30)
    published(app, at)
    feed = read(app)
    check(feed)
    told = entries(feed)
    assert set(told) == {
        "The themes are published", "A new theme: “Trust”", "50 people have answered", "100 people have answered",
    }  # fmt: skip
    seconds = {title: text(entry, "updated") for title, entry in told.items()}
    assert seconds["The themes are published"] == "2026-03-03T18:00:00Z"
    assert seconds["A new theme: “Trust”"] == "2026-03-05T18:00:00Z"
    with app.app_context():
        came = db.session.scalars(select(Answer.received_at).order_by(Answer.received_at)).all()
    for people in (50, 100):
        told_at = datetime.fromisoformat(seconds[f"{people} people have answered"])
        assert told_at == came[people - 1].replace(microsecond=0)


def test_the_themes_that_are_found_first_are_no_news(sqlite_app: Flask) -> None:
    """A page may be published before it has a result."""
    filled = published(sqlite_app, START)
    with sqlite_app.app_context():
        db.session.get_one(Run, filled.run_id).finished_at = START + timedelta(days=2)
        db.session.commit()
    assert not any(title.startswith("A new theme") for title in entries(read(sqlite_app)))


def test_nobodys_words_are_in_it(sqlite_app: Flask) -> None:
    published(sqlite_app, START)
    answer = sqlite_app.test_client().get(FEED).text.lower()
    assert "secret words" not in answer
    assert "words 1" not in answer


def test_ids_stay_and_a_new_name_is_an_update(sqlite_app: Flask) -> None:
    filled = published(sqlite_app, START)
    before = entries(read(sqlite_app))
    with sqlite_app.app_context():
        theme_edits.rename(db.session.get_one(Theme, filled.themes["Trust"]), "Being reliable")
    after = entries(read(sqlite_app))
    old, new = before["A new theme: “Trust”"], after["A new theme: “Being reliable”"]
    assert text(old, "id") == text(new, "id")
    assert text(old, "published") == text(new, "published")
    assert text(new, "updated") > text(old, "updated")
    for title in set(before) & set(after):
        assert text(before[title], "id") == text(after[title], "id")
        assert text(before[title], "updated") == text(after[title], "updated")
    with sqlite_app.app_context():
        surveys.set_published(filled.survey_id, False)
        surveys.set_published(filled.survey_id, True)
    again = entries(read(sqlite_app))["The themes are published"]
    assert text(again, "id") == text(before["The themes are published"], "id")
    assert text(again, "updated") > text(before["The themes are published"], "updated")


def test_what_came_of_it_is_told_when_it_was_written(sqlite_app: Flask) -> None:
    filled = published(sqlite_app, START)
    owner_id = make_owner(sqlite_app)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        survey.conclusion = "We bought lamps."
        db.session.commit()
    unknown = entries(read(sqlite_app))["What came of it"]
    assert text(unknown, "updated") == "2026-03-02T12:00:00Z"  # nobody knows better than when the page was published
    with sqlite_app.app_context():
        for day, field in ((3, "conclusion"), (9, "question")):
            at = START + timedelta(days=day)
            db.session.add(Deed(survey_id=filled.survey_id, owner_id=owner_id, owner_name="x", action="settings",
                                at=at, details={"fields": [field]}))  # fmt: skip
        db.session.commit()
    feed = read(sqlite_app)
    check(feed)
    told = entries(feed)["What came of it"]
    assert text(told, "updated") == "2026-03-05T12:00:00Z"
    assert text(told, "summary") == "We bought lamps."
    assert text(told, "id") == text(unknown, "id")


def test_it_is_not_there_until_the_page_is(sqlite_app: Flask) -> None:
    owner_id = make_owner(sqlite_app)
    filled = fill(sqlite_app, [Says("Hear", [("Hear", "Listening")])], owner_id=owner_id, is_published=False)
    owner = sqlite_app.test_client()
    sign_in(owner)
    for client in (owner, sqlite_app.test_client()):
        assert client.get(FEED).status_code == 404
    assert "feed.atom" not in owner.get(f"/s/{SLUG}/themes").text
    with sqlite_app.app_context():
        surveys.set_published(filled.survey_id, True)
    page = sqlite_app.test_client().get(f"/s/{SLUG}/themes").text
    assert '<link rel="alternate" type="application/atom+xml" title="' in page
    assert page.count(f'href="{FEED}"') == 2
    assert sqlite_app.test_client().get(FEED).status_code == 200


def test_who_has_it_is_told_so(sqlite_app: Flask) -> None:
    filled = published(sqlite_app, START)
    client = sqlite_app.test_client()
    first = client.get(FEED)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert client.get(FEED, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(FEED, headers={"If-Modified-Since": modified}).status_code == 304
    assert first.headers["Cache-Control"] == "public, no-cache"
    with sqlite_app.app_context():
        db.session.get_one(Theme, filled.themes["Listening"]).created_at = now()
        db.session.commit()
    changed = client.get(FEED, headers={"If-None-Match": tag, "If-Modified-Since": modified})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_it_is_in_the_language_of_the_survey_and_names_what_xml_cannot(sqlite_app: Flask) -> None:
    filled = published(sqlite_app, START)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        survey.language, survey.question = "es", "¿Qué os une <aún>? \x0b\x01 & \U0001f600"
        db.session.commit()
    for asked in ("en", "de"):
        feed = read(sqlite_app, asked)
        check(feed)
        assert feed.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "es"
        assert text(feed, "title") == "¿Qué os une <aún>?  & \U0001f600"
        assert not any(title.startswith("The themes") for title in entries(feed))
