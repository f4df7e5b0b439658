"""All answers, searched: literally, and in what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Survey
from survey.reports import search as searching
from survey.reports.search import Search
from tests.support.filled_survey import Says, add_answers, fill
from tests.support.site import migrated, queries, quiet, served
from tests.support.visitors import SLUG
from tests.whole.test_journey import fits, watch

pytestmark = pytest.mark.both_databases

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ADDRESS = f"/s/{SLUG}/answers"


def found(app: Flask, survey_id: int, **asked: str) -> Search:
    with app.app_context():
        return searching.search(db.session.get_one(Survey, survey_id), asked)


def texts(search: Search) -> list[str]:
    return ["".join(piece.text for piece in answer.text.whole) for answer in search.answers]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["100 % sure_thing", "Élan, ÉLAN", "a.b (c) [d]", "back\\slash", "Trust me", "Listen and TRUST"]),
        ("trust", ["Trust me", "Listen and TRUST"]),
        ("  LISTEN   trust ", ["Listen and TRUST"]),
        ("trust zebra", []),
        ("%", ["100 % sure_thing"]),
        ("_", ["100 % sure_thing"]),
        ("sure_", ["100 % sure_thing"]),
        ("t_ust", []),
        ("\\", ["back\\slash"]),
        (".", ["a.b (c) [d]"]),
        (".*", []),
        ("(c)", ["a.b (c) [d]"]),
        ("[d]", ["a.b (c) [d]"]),
        ("élan", ["Élan, ÉLAN"]),
        ("elan", ["Élan, ÉLAN"]),
        ("rust\0me", ["Trust me"]),
        ("' OR 1=1 --", []),
    ],
)
def test_words_are_looked_for_as_they_are(app: Flask, query: str, wanted: list[str]) -> None:
    lines = ["Listen and TRUST", "Trust me", "back\\slash", "a.b (c) [d]", "Élan, ÉLAN", "100 % sure_thing"]
    filled = fill(app, [Says(line) for line in lines])
    assert texts(found(app, filled.survey_id, q=query)) == wanted


@pytest.mark.parametrize(
    ("query", "fit"),
    [
        ("example", 0), ("jo@example.com", 0), ("0207", 0), ("٠٢٠", 0), ("shop", 0), ("com", 0), ("946", 0),
        ("mail", 3), ("e-mail", 2), ("address]", 2), ("[phone", 2), ("link", 1), ("write", 1), ("e", 7),
    ],
)  # fmt: skip
def test_what_is_masked_cannot_be_found_and_what_is_shown_can(app: Flask, query: str, fit: int) -> None:
    lines = [
        "Write to jo@example.com", "mail jo @ example.com", "Ring 0207 946 0958", "Ring ٠٢٠٧ ٩٤٦ ٠٩٥٨ please",
        "See www.shop.com", "Mail, post, letters", "Nothing but the weather",
    ]  # fmt: skip
    filled = fill(app, [Says(line) for line in lines])
    search = found(app, filled.survey_id, q=query)
    assert search.pages.total == fit
    page = app.test_client().get(ADDRESS, query_string={"q": query}).text
    shown = page.split('id="answers"')[1] if fit else ""
    assert not re.search(r"example|0207|٠٢٠|shop\.", shown)


def test_the_words_are_marked_where_they_stand(app: Flask) -> None:
    fill(app, [Says("Trust, entrust & <b>trust</b>"), Says("Nothing")])
    page = app.test_client().get(f"{ADDRESS}?q=trust").text
    assert "<mark>Trust</mark>, en<mark>trust</mark> &amp; &lt;b&gt;<mark>trust</mark>&lt;/b&gt;" in page
    assert "1 of 2 answers has “<bdi>trust</bdi>” in it" in page
    assert 'name="robots" content="noindex"' in page
    nothing = app.test_client().get(f"{ADDRESS}?q=%22%3E%3Cscript%3E").text
    assert "No answer has" in nothing
    assert "<script>" not in nothing


def test_a_query_is_cut_at_a_hundred_characters(app: Flask) -> None:
    filled = fill(app, [Says("a" * 200)])
    search = found(app, filled.survey_id, q="a" * 150)
    assert (len(search.query), search.pages.total) == (100, 1)


def test_only_what_everybody_may_read_is_there(app: Flask) -> None:
    lines = [Says("Shown"), Says("Held", status="held"), Says("Hidden", status="hidden"), Says("idk", is_silent=True)]
    filled = fill(app, lines)
    search = found(app, filled.survey_id)
    assert (texts(search), search.total) == (["Shown"], 1)
    assert not any(found(app, filled.survey_id, q=word).answers for word in ("held", "hidden", "idk"))


def test_by_theme_on_none_and_with_marks_of_themes(app: Flask) -> None:
    filled = fill(
        app,
        [
            Says("Hear and be true", [("Hear", "Listening"), ("be true", "Honesty")]),
            Says("Zebra", [("Zebra", None)]),
            Says("Partly, zebra", [("Partly", "Listening"), ("zebra", None)]),
            Says("Secretly", [("Secretly", "Hidden one")]),
            Says("Came a minute ago"),
        ],
        hidden=["Hidden one"],
    )
    by = filled.public
    assert texts(found(app, filled.survey_id, theme=by["Listening"])) == ["Partly, zebra", "Hear and be true"]
    assert texts(found(app, filled.survey_id, theme="none")) == ["Secretly", "Zebra"]
    assert texts(found(app, filled.survey_id, theme=by["Listening"], q="zebra")) == ["Partly, zebra"]
    hidden = found(app, filled.survey_id, theme=by["Hidden one"])
    assert (hidden.theme, hidden.pages.total) == (None, 5)
    assert [option.name for option in hidden.themes] == ["Listening", "Honesty"]
    page = app.test_client().get(ADDRESS).text
    assert "Hidden one" not in page
    assert page.count("On no thread yet</span>") == 3  # an answer in a hidden theme looks like one in none
    assert page.count(filled.page("Honesty")) == 1


def test_an_old_link_by_kind_finds_whoever_said_it(app: Flask) -> None:
    says = [Says(f"Word {n}", kind=kind) for kind in ("partner", "customer") for n in range(6)]
    filled = fill(app, says, groups={"partner": 6, "customer": 6})
    assert found(app, filled.survey_id, kind="partner").pages.total == 12
    assert found(app, filled.survey_id, kind="partner", q="word 3").pages.total == 2


def test_pages_hold_twenty_newest_first_and_keep_what_was_asked(app: Flask) -> None:
    filled = fill(app, [Says(f"Word {number}.") for number in range(45)])
    last = found(app, filled.survey_id, q="word", page="3")
    assert texts(last) == [f"Word {number}." for number in range(4, -1, -1)]
    assert 'href="?q=word&amp;page=2"' in app.test_client().get(f"{ADDRESS}?q=word").text


def test_ten_answers_and_a_thousand_take_the_same_queries(app: Flask) -> None:
    filled = fill(app, [Says(f"Word {n}", [("Word", "Listening")]) for n in range(10)])
    counted = []
    for _ in range(2):
        with queries(app) as statements:
            assert app.test_client().get(f"{ADDRESS}?q=word&theme={filled.public['Listening']}").status_code == 200
        counted.append(len(statements))
        with app.app_context():
            add_answers(filled, [Says(f"Word {n}", [("Word", "Listening")]) for n in range(990)])
    assert counted[0] == counted[1] < 12


# ---------- in a browser ----------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running site with a survey to read; gives the address of the survey."""
    with migrated(quiet(tmp_path_factory.mktemp("searching"))) as app:
        says = [Says(f"Trust number {n} and listen", [("Trust", "Trust"), ("listen", "Listening")]) for n in range(30)]
        fill(app, [*says, Says("long " * 400 + "zebra")])
        with served(app) as base:
            yield f"{base}/s/{SLUG}"


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_reader_searches(site: str, browser: Browser, scripts: bool) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=scripts).new_page()
    complaints = watch(page)
    page.goto(f"{site}/themes")
    page.get_by_label("Search the answers").fill("number 7")
    page.get_by_role("button", name="Search").click()
    assert page.get_by_role("heading", level=1).inner_text() == "31 answers"
    page.wait_for_url("**/answers?q=number+7**")
    assert page.locator("blockquote").count() == 3  # 7, 17 and 27
    assert page.locator("mark").all_inner_texts()[:2] == ["number", "7"]
    page.get_by_label("Search the answers").fill("")
    page.get_by_label("Theme").select_option("On no thread yet")
    page.get_by_role("button", name="Show").click()
    assert "No answer fits" in page.get_by_role("main").inner_text()
    page.get_by_role("link", name="Show all answers").click()
    page.get_by_role("link", name="Older").click()
    page.wait_for_url("**page=2")
    page.goto(f"{site}/answers?q=zebra")
    page.get_by_text("Read all of it").click()
    assert page.locator("details[open] > p mark").inner_text() == "zebra"
    assert fits(page)
    assert complaints == []
    page.context.close()
