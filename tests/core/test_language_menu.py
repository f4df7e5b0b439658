"""The menu of languages: addresses of the same page, whatever its query holds."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from flask import Flask

from tests.support.visitors import SLUG, make_survey

FLASKS = ("_anchor", "_external", "_scheme", "_method", "endpoint")
"""What Flask's `url_for` takes for its own parameters"""
PAGES = (f"/s/{SLUG}", f"/s/{SLUG}/answers", f"/s/{SLUG}/what-happens")
OTHERS = (f"/s/{SLUG}/live", "/s/nowhere", "/tell-me/x")


@pytest.mark.parametrize("name", FLASKS)
def test_a_page_opens_with_any_name_in_its_query(sqlite_app: Flask, name: str) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    for address in (*PAGES, *OTHERS):
        plain = client.get(address).status_code
        assert client.get(f"{address}?{name}=http").status_code == plain, address
    for address in PAGES:
        chosen = client.get(f"{address}?lang=de&{name}=http")
        assert (chosen.status_code, chosen.location) == (302, f"{address}?{name}=http"), address


def test_the_rest_of_the_query_stays(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    query = urlencode([("from", "poster"), ("q", "tea & cake, ä"), ("q", "2")])
    page = client.get(f"/s/{SLUG}?{query}&slug=other").text
    assert f"/s/{SLUG}?{query}&lang=de".replace("&", "&amp;") in page
    assert client.get(f"/s/{SLUG}?lang=de&{query}&slug=other").location == f"/s/{SLUG}?{query}"
    assert client.get(f"/s/{SLUG}?lang=de").location == f"/s/{SLUG}"
