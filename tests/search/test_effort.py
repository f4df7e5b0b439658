"""Searching by word costs the site little, whatever is asked: so often, few at once, and not for long."""

from __future__ import annotations

import threading
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.database import db
from survey.core.models import Survey
from survey.core.personal_data import mask_personal_data
from survey.reports import search as searching
from survey.search import by_word, effort, find
from survey.search.effort import MAX_WAITING
from survey.web.rate_limits import Rule
from tests.support.filled_survey import Says, fill
from tests.support.site import queries
from tests.support.visitors import SLUG

ADDRESS, MAP = f"/s/{SLUG}/answers", f"/s/{SLUG}/map"
BROKE_OFF = "The search took too long, and was ended before all answers were looked through."
ANSWERS = [
    Says(text, [(text, "Home")]) for text in ("Café à la carte", "Cook [together]", "Write jo@example.com", "é è")
]


@pytest.fixture
def visitor(sqlite_app: Flask) -> FlaskClient:
    fill(sqlite_app, ANSWERS)
    return sqlite_app.test_client()


@pytest.mark.parametrize("address", [ADDRESS, MAP])
def test_an_address_searches_so_often_and_is_told_when_again(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(effort, "SEARCHED_WORDS", Rule("words", 3, 5))
    said = [visitor.get(address, query_string={"q": "cook"}).status_code for _ in range(4)]
    assert said == [200, 200, 200, 429]
    refused = visitor.get(address, query_string={"q": "cook"})
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert "That was a lot at once" in refused.text
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    assert visitor.get(address, query_string={"q": "cook"}, environ_base=elsewhere).status_code == 200
    assert visitor.get(address).status_code == 200  # without a query nothing is searched


def test_few_search_at_once_and_others_are_told(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "_places", threading.BoundedSemaphore(1))
    with effort.few_at_once():
        told = visitor.get(ADDRESS, query_string={"q": "cook"})
        assert (told.status_code, told.headers["Retry-After"]) == (503, str(effort.RETRY_SECONDS))
        assert "The site is busy" in told.text
        assert visitor.get(ADDRESS).status_code == 200
    assert visitor.get(ADDRESS, query_string={"q": "cook"}).status_code == 200


def test_who_waits_too_long_for_a_turn_is_told_and_leaves_its_place(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effort, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(effort, "WAIT_SECONDS", 0.01)
    with effort.few_at_once():
        for _ in range(MAX_WAITING + 3):
            assert visitor.get(ADDRESS, query_string={"q": "cook"}).status_code == 503
    assert visitor.get(ADDRESS, query_string={"q": "cook"}).status_code == 200


@pytest.mark.parametrize("address", [ADDRESS, MAP])
@pytest.mark.parametrize("query", ["cook", "zzz", "é"])
def test_a_search_that_takes_too_long_ends_and_says_so(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str, query: str
) -> None:
    assert BROKE_OFF not in visitor.get(address, query_string={"q": query}).text
    monkeypatch.setattr(effort, "MAX_SECONDS", -1.0)
    page = visitor.get(address, query_string={"q": query})
    assert page.status_code == 200
    assert (BROKE_OFF in page.text) == (query != "zzz")  # of which the database has no row to look at


@pytest.mark.parametrize("query", ["ż ź ẑ", "x y z", "# ]#", "qqq rrr"])
def test_words_that_cannot_be_corrected_are_looked_for_once(
    sqlite_app: Flask, visitor: FlaskClient, query: str
) -> None:
    with sqlite_app.app_context():
        own = db.session.get_one(Survey, 1)
        with queries(sqlite_app) as asked:
            searching.search(own, {"q": query})
    assert sum("answer.text REGEXP" in each for each in asked) == 1


@pytest.mark.parametrize("query", ["é", "é è", "à", "[", "e-mail", "@"])
def test_only_answers_that_may_be_found_are_masked(visitor: FlaskClient, query: str) -> None:
    with patch.object(by_word, "mask_personal_data", wraps=mask_personal_data) as masked:
        visitor.get(ADDRESS, query_string={"q": query})
    assert {each.args[0] for each in masked.call_args_list} <= {"Write jo@example.com"}


@pytest.mark.parametrize(
    ("query", "found"),
    [("é", 4), ("CAFÉ", 1), ("cafe", 1), ("[", 2), ("[together]", 1), ("[e-mail", 1), ("e-mail", 1), ("address]", 1),
     ("jo@example.com", 0), ("é [", 2), ("write [", 1), ("écrite", 0), ("example", 0)],
)  # fmt: skip
def test_masks_are_found_and_what_they_cover_is_not(
    sqlite_app: Flask, visitor: FlaskClient, query: str, found: int
) -> None:
    with sqlite_app.test_request_context():
        own = db.session.get_one(Survey, 1)
        scope = by_word.Scope(tuple(searching.visitors_conditions(own, None)))
        assert len(find.find(own, query, scope=scope, exact=True, meaning=False).by_word) == found
