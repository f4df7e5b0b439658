"""Finding answers: words first, then other words; spelling forgiven; nothing that the page would not show."""

from __future__ import annotations

import math
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import update

from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.edits import sampling
from survey.edits.sampling import SampleRule
from survey.reports import search as searching
from survey.reports.search import Search
from survey.search import client, find, kept_surveys
from survey.search.by_word import Scope
from survey.search.client import SEARCHED, Passage, Reply
from survey.search.effort import Effort
from survey.search.spelling import corrected, most_wrong
from survey.web import rate_limits
from tests.reports.test_search import texts
from tests.support.every_case import for_each
from tests.support.filled_survey import Says, fill
from tests.support.searching import searchable, store_vectors
from tests.support.site import queries
from tests.support.visitors import SLUG, make_survey

ADDRESS = f"/s/{SLUG}/answers"
LISTENING = [
    Says("Listen to them", [("Listen to them", "Listening")]),
    Says("So I am heard. Always.", [("So I am heard", "Listening"), ("Always", None)]),
    Says("Escuchar", [("Escuchar", "Listening")]),
    Says("A joke", [("A joke", "Humour")]),
]


def page_of(app: Flask, **asked: str) -> Search:
    with app.app_context():
        return searching.search(db.session.get_one(Survey, 1), asked)


def meant(search: Search) -> list[str]:
    return ["".join(piece.text for piece in answer.text.whole) for answer in search.meant]


@pytest.fixture
def site(sqlite_app: Flask, at_ease: None) -> Flask:
    fill(sqlite_app, LISTENING)
    store_vectors(sqlite_app)
    return sqlite_app


def test_those_with_the_words_come_first_and_are_not_said_again(site: Flask) -> None:
    with searchable(site):
        found = page_of(site, q="listen")
    assert texts(found) == ["Listen to them"]
    assert meant(found) == ["Escuchar", "So I am heard. Always."]
    assert found.found.meaning == SEARCHED


def test_the_passage_is_marked_and_the_page_says_what_it_is(site: Flask) -> None:
    with searchable(site):
        page = site.test_client().get(f"{ADDRESS}?q=hear").text
    assert "Said in other words" in page
    assert "<mark>So I am heard</mark>. Always." not in page  # it has the letters “hear” in it
    assert "So I am <mark>hear</mark>d. Always." in page
    assert "<mark>Listen to them</mark>" in page


def test_without_the_service_words_are_found_and_the_page_says_so(site: Flask) -> None:
    page = site.test_client().get(f"{ADDRESS}?q=listen").text
    assert "<mark>Listen</mark> to them" in page
    assert "cannot be searched right now" in page
    assert "cannot be searched right now" not in site.test_client().get(ADDRESS).text


def test_of_a_survey_that_is_too_large_the_page_says_how_many_were_looked_through(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MAX_WHOLE_ANSWERS", 3)
    monkeypatch.setattr(sampling, "SAMPLE_ANSWERS", 2)
    page, said = site.test_client(), "For other wordings, {} of 4 answers were looked through"
    with searchable(site):
        assert "For other wordings" not in page.get(f"{ADDRESS}?q=listen").text
    monkeypatch.setattr(kept_surveys, "count_bytes", lambda ideas: 2 * kept_surveys.MAX_BYTES)
    with site.app_context():
        inside = db.session.query(Answer).filter(SampleRule(1, 1).holds(Answer.id)).count()
    assert 0 < inside < 4
    with searchable(site):
        assert said.format(inside) in page.get(f"{ADDRESS}?q=listen").text
        assert "For other wordings" not in page.get(ADDRESS).text
        assert said.format(inside) in page.get(f"/s/{SLUG}/map?q=listen").text


@pytest.mark.parametrize("status", ["held", "hidden"])
def test_what_is_not_shown_is_not_found_by_meaning(site: Flask, status: str) -> None:
    with searchable(site):
        assert "Escuchar" in meant(page_of(site, q="listen"))
        with site.app_context():
            db.session.execute(update(Answer).where(Answer.text == "Escuchar").values(status=status))
            db.session.commit()
        assert "Escuchar" not in meant(page_of(site, q="listen"))


def test_a_changed_answer_is_not_found_by_what_it_said(site: Flask) -> None:
    with searchable(site):
        assert "Escuchar" in meant(page_of(site, q="listen"))
        with site.app_context():
            db.session.execute(update(Answer).where(Answer.text == "Escuchar").values(text="Bicycles"))
            db.session.commit()
        assert meant(page_of(site, q="listen")) == ["So I am heard. Always."]


def test_another_surveys_answers_are_not_shown_whatever_the_service_says(site: Flask) -> None:
    other = make_survey(site, None, "other")
    with site.app_context():
        db.session.add(Answer(survey_id=other, form_key="x", text="Private"))
        db.session.commit()
        secret = db.session.query(Answer).filter_by(text="Private").one()
        lie = [Passage(secret.id, 0, 7, 0x0, 0.99), Passage(secret.id, 0, 7, 0x93DB1FF7, 0.99)]
    with patch.object(client, "nearest", return_value=Reply(lie, SEARCHED)):
        assert meant(page_of(site, q="listen")) == []


def test_masked_passages_stay_masked(sqlite_app: Flask, at_ease: None) -> None:
    text = "Giggle, laugh, jo@example.com"
    fill(sqlite_app, [Says(text, [(text, "Humour")])])
    store_vectors(sqlite_app)
    with searchable(sqlite_app):
        page = sqlite_app.test_client().get(f"{ADDRESS}?q=joke").text
    assert "<mark>Giggle, laugh, [e-mail address]</mark>" in page
    assert "example.com" not in page


def test_many_in_other_words_have_pages_of_their_own(sqlite_app: Flask, at_ease: None) -> None:
    says = [Says(f"{'So ' * n}heard", [(f"{'So ' * n}heard", "Listening")]) for n in range(1, 24)]
    fill(sqlite_app, [Says("Nothing of it"), *says])
    store_vectors(sqlite_app)
    with searchable(sqlite_app), patch.object(find, "LEAST_NEARNESS", 0.01):
        first = page_of(sqlite_app, q="listen")
        assert (len(first.meant), first.pages.total) == (5, 0)
        page = sqlite_app.test_client().get(f"{ADDRESS}?q=listen").text
        assert "Show all 23 said in other words" in page
        second = page_of(sqlite_app, q="listen", by="meaning", page="2")
        assert (len(second.meant), second.answers, second.pages.count) == (3, [], 2)
        assert meant(page_of(sqlite_app, q="listen", by="meaning"))[0] == "So heard"


def test_a_theme_narrows_what_is_meant_too(site: Flask) -> None:
    with site.app_context():
        theme = next(one.public_id for one in page_of(site).themes if one.name == "Humour")
    with searchable(site):
        assert meant(page_of(site, q="giggle", theme=theme)) == ["A joke"]
        assert meant(page_of(site, q="listen", theme=theme)) == []


def test_one_address_that_asks_very_often_is_served_by_word(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "ASKED", rate_limits.Rule("meaning", 2, 5))
    with searchable(site):
        pages = [site.test_client().get(f"{ADDRESS}?q=listen").text for _ in range(3)]
    assert ["Said in other words" in page for page in pages] == [True, True, False]
    assert all("<mark>Listen</mark> to them" in page for page in pages)


def test_ids_alone_whatever_the_words(site: Flask) -> None:
    with searchable(site), site.app_context():
        survey = db.session.get_one(Survey, 1)
        scope = Scope((Answer.survey_id == 1,), is_masked=False)
        ids, state, looked_in = find.answer_ids_by_meaning(survey, "escuchar", scope)
        assert looked_in is None
        assert [db.session.get_one(Answer, each).text for each in ids] == [
            "Escuchar", "Listen to them", "So I am heard. Always."
        ]  # fmt: skip
        assert state == SEARCHED
        assert find.answer_ids_by_meaning(survey, " \0 ", scope) == find.Near([], find.UNASKED)


@pytest.mark.parametrize("query", ["x" * 10_000, "a\0b", "\ud800listen", "%" * 100, "'" * 100, " ".join("abcdefgh")])
def test_any_query_is_a_page(site: Flask, query: str) -> None:
    page_of(site, q=query)
    assert site.test_client().get(ADDRESS, query_string={"q": query.encode("utf-8", "replace")}).status_code == 200


# ---------- spelling ----------

SAID = [
    "Communication and listening", "Communication is all", "Vertrauen", "Élan", "Geduld, auch beim Zuhören",
    "Mail jo@zucchini.com",
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("comunication", "communication"), ("communicatoin", "communication"), ("comunikation", "communication"),
        ("lisening", "listening"), ("vertraun", "vertrauen"), ("elan", "élan"), ("zuhoren", "zuhören"),
        ("comunication lisening", "communication listening"), ("communication lisening", "communication listening"),
        ("zebra", None), ("xyz", None), ("gedult", "geduld"), ("lstn", None), ("zuchini", None),
        ("c_mmunication", None), ("a b c d e f g lisening", None), ("٣٣٣٣٣", None), ("communication", None),
    ],
)  # fmt: skip
@pytest.mark.both_databases
def test_spelling_is_forgiven(app: Flask, query: str, right: str | None) -> None:
    filled = fill(app, [Says(text) for text in SAID])
    with app.app_context():
        scope = Scope((Answer.survey_id == filled.survey_id,))
        found = corrected(query.split(), scope, Effort(math.inf))
        assert found == (None if right is None else right.split())


def test_the_page_says_what_it_searched_for_and_offers_what_was_written(site: Flask) -> None:
    page = site.test_client().get(f"{ADDRESS}?q=Lisen").text
    assert "No answer has “<bdi>Lisen</bdi>” in it. These are for “<bdi>listen</bdi>”." in page
    assert "<mark>Listen</mark> to them" in page
    assert "q=Lisen&amp;exact=1" in page
    exact = site.test_client().get(f"{ADDRESS}?q=Lisen&exact=1").text
    assert "No answer has “<bdi>Lisen</bdi>” in it." in exact
    assert "<mark>" not in exact


def test_words_of_answers_that_are_not_shown_are_not_offered(sqlite_app: Flask) -> None:
    fill(sqlite_app, [Says("Shown"), Says("Secretive", status="hidden"), Says("Heldword", status="held")])
    for query in ("secretiv", "heldwords"):
        assert not page_of(sqlite_app, q=query).found.is_corrected


def test_a_correction_is_offered_only_where_it_finds_something(sqlite_app: Flask) -> None:
    fill(sqlite_app, [Says("Patience"), Says("Kindness")])
    found = page_of(sqlite_app, q="pacience kindnes")
    assert (found.found.is_corrected, found.answers) == (False, [])


@for_each(("word", "wrong"), [("abc", 0), ("abcd", 1), ("abcdefg", 1), ("abcdefgh", 2)])
def test_longer_words_may_be_more_wrong(word: str, wrong: int) -> None:
    assert most_wrong(word) == wrong


def test_the_number_of_queries_does_not_depend_on_the_answers(sqlite_app: Flask) -> None:
    counts = []
    for number in (5, 50):
        with queries(sqlite_app) as statements:
            if number == 5:
                fill(sqlite_app, [Says(f"Listening {n}") for n in range(number)])
            statements.clear()
            sqlite_app.test_client().get(f"{ADDRESS}?q=lisening")
        counts.append(len(statements))
    assert counts[0] == counts[1]
