"""Quotes run in their own direction on a page of any, with their marks where they belong."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from survey.core.settings import PROJECT
from survey.web.formatting import quoted, reading_direction
from tests.support.every_case import for_each
from tests.support.filled_survey import Says, fill
from tests.support.visitors import SLUG

ARABIC = "\u0627\u0644\u0635\u0628\u0631"
"""Patience"""
HEBREW = "\u05e1\u05d1\u05dc\u05e0\u05d5\u05ea"


@for_each(
    ("texts", "direction"),
    [
        (["Patience"], "ltr"),
        ([ARABIC], "rtl"),
        ([HEBREW], "rtl"),
        ([f"OK {ARABIC} {ARABIC}"], "rtl"),  # its first letter says otherwise
        ([f"{ARABIC} means patience to us"], "ltr"),
        (["", ARABIC, ". "], "rtl"),
        ([f"[{ARABIC} {ARABIC}] is my mail"], "ltr"),  # a label of personal data, in the language of the page
        (["[e-mail address] " + ARABIC], "rtl"),
        (["123!"], "ltr"),
        ([""], "ltr"),
        (["\U0001f600"], "ltr"),
    ],
)
def test_most_letters_say_where_a_text_runs(texts: list[str], direction: str) -> None:
    assert reading_direction(*texts) == direction


def test_what_has_no_letters_runs_as_the_page_does(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context("/s/x/themes", headers={"Accept-Language": "ar"}):
        assert reading_direction("123!") == "rtl"
        assert quoted(ARABIC) == f"\u00ab{ARABIC}\u00bb"
        assert quoted("Patience") == "\u2068\u00abPatience\u00bb\u2069"
    with sqlite_app.test_request_context("/s/x/themes", headers={"Accept-Language": "de"}):
        assert quoted(ARABIC) == f"\u2068\u201e{ARABIC}\u201c\u2069"


@pytest.mark.parametrize("language", ["ar", "en"])
def test_pages_give_each_quote_its_direction(sqlite_app: Flask, language: str) -> None:
    says = [Says(f"OK {ARABIC} {ARABIC}", [(ARABIC, "Patience")]), Says("We listen", [("We listen", "Patience")])]
    filled = fill(sqlite_app, says)
    for address in (f"/s/{SLUG}/answers", filled.page("Patience")):
        page = sqlite_app.test_client().get(address, headers={"Accept-Language": language}).text
        opening, closing = ("\u00ab", "\u00bb") if language == "ar" else ("\u201c", "\u201d")
        quotes = re.findall(rf'dir="([a-z]+)"[^>]*>{opening}(.*?){closing}', page, re.DOTALL)
        found = {re.sub("<[^>]*>", "", text): direction for direction, text in quotes}
        assert found.get("We listen") == "ltr", address
        assert found.get(f"OK {ARABIC} {ARABIC}", found.get(ARABIC)) == "rtl", address


def test_every_quotation_mark_of_a_template_stands_in_an_element_with_a_direction() -> None:
    """A mark outside of it goes where the page runs, and the text elsewhere."""
    opens = "quote_marks()[0] }}"
    marked = 0
    for path in (PROJECT / "templates").rglob("*.html"):
        for line in path.read_text(encoding="utf-8").splitlines():
            for part in line.split(opens)[:-1]:
                if part.endswith('data-open="{{ '):
                    continue  # a script puts it into such an element
                marked += 1
                start = part[part.rindex("<") :]
                assert "reading_direction(" in start, f"{path.name}: {start}"
    assert marked > 15
