"""The list of answers that say something in whatever words, and what is said where that cannot be looked for."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.search import client
from survey.search.client import PREPARING, SEARCHED, SILENT
from tests.support.filled_survey import Says, fill
from tests.support.searching import searchable, store_vectors
from tests.support.visitors import SLUG, sign_in

LISTED = f"/manage/{SLUG}/answers"
ANSWERS = [
    Says("Listen to them", [("Listen to them", "Listening")], kind="friend"),
    Says("So I am heard. Always.", [("So I am heard", "Listening"), ("Always", None)]),
    Says("Escuchar", [("Escuchar", "Listening")], kind="friend"),
    Says("A joke", [("A joke", "Humour")]),
]


@pytest.fixture
def owner(sqlite_app: Flask) -> FlaskClient:
    fill(sqlite_app, ANSWERS, is_owned=True)
    store_vectors(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    return client


def listed(owner: FlaskClient, query: str) -> tuple[list[str], str]:
    """The answers on a page, and the page."""
    page = owner.get(LISTED + query).text
    return [unescape(text) for text in re.findall(r'<p class="text" dir="auto" id="[^"]*">(.*?)</p>', page)], page


def test_answers_are_found_by_what_they_mean_with_every_other_filter(sqlite_app: Flask, owner: FlaskClient) -> None:
    with searchable(sqlite_app):
        assert listed(owner, "?q=listen")[0] == ["Listen to them"]
        texts, page = listed(owner, "?q=listen&how=meaning")
        assert texts == ["Escuchar", "So I am heard. Always.", "Listen to them"]
        assert "By meaning: “listen”" in page
        assert "3 of 4 answers fit." in page
        assert listed(owner, "?q=listen&how=meaning&kind=friend")[0] == ["Escuchar", "Listen to them"]
        assert len(listed(owner, "?how=meaning")[0]) == 4  # of nothing


def test_where_it_does_not_answer_nothing_fits_and_the_page_says_why(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for state, said in ((PREPARING, "is being prepared"), (SILENT, "does not answer now")):
        monkeypatch.setattr(client, "nearest", lambda *_, state=state, **__: client.Reply([], state))
        texts, page = listed(owner, "?q=listen&how=meaning")
        assert texts == []
        assert said in page
        assert "Select all" not in page


def test_in_a_survey_that_is_too_large_the_page_says_how_many_were_looked_through(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "By meaning, 3 of 4 answers were looked through"
    monkeypatch.setattr(client, "nearest", lambda *_, **__: client.Reply([], SEARCHED, 3))
    assert said in listed(owner, "?q=listen&how=meaning")[1]
    assert said not in listed(owner, "?q=listen")[1]
