"""One address for each page of a survey, however people and messengers write it."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from survey.core.database import db
from survey.core.models import Answer
from survey.sharing.addresses import CANONICAL, canonical_path
from tests.support.every_case import every_case
from tests.support.visitors import field, make_owner, make_survey

WRITTEN = {
    **dict.fromkeys(("/s/Demo", "/S/demo", "/S/DEMO", "/s/demo/", "/s/demo//", "/s/demo. "), "/s/demo"),
    **dict.fromkeys(
        [f"/s/demo{end}" for end in (*".,;:!'\")]}>*_»”’… \u00a0\u200b。！）", "...", "%20", ").")], "/s/demo"
    ),
    **dict.fromkeys(("/s/(demo)", "/s/“demo”", "/s/ demo"), "/s/demo"),
    **dict.fromkeys(("/s/Demo/themes", "/s/demo/themes/", "/s/demo./themes", "/s/DEMO/themes)."), "/s/demo/themes"),
    "/s/demo/what-happens.": "/s/demo/what-happens",
    "/s/Demo/embed": "/s/demo/embed",
    "/s/Demo/qr.png": "/s/demo/qr.png",
}


@pytest.fixture
def site(sqlite_app: Flask) -> Flask:
    make_survey(sqlite_app, make_owner(sqlite_app), "demo")
    return sqlite_app


def test_however_it_is_written_it_leads_to_the_one_address(site: Flask) -> None:
    client = site.test_client()
    with every_case() as case:
        for path, wanted in WRITTEN.items():
            with case(path):
                response = client.get(quote(path, safe="/%"))
                assert (response.status_code, response.headers["Location"]) == (301, wanted)
                assert client.get(wanted).status_code in (200, 404)  # the themes are not published
                assert response.headers["Cache-Control"] == "no-store"


def test_where_it_came_from_is_kept(site: Flask) -> None:
    client = site.test_client()
    response = client.get("/s/Demo/?from=facebook&x=%2F%2Fevil.example")
    assert response.headers["Location"] == "/s/demo?from=facebook&x=%2F%2Fevil.example"
    with every_case() as case:
        for tag in ("facebook", "facebook.", "Facebook", "facebook)"):
            with case(tag):
                page = client.get("/s/demo", query_string={"from": tag})
                assert field(page, "source") == "facebook"


def test_a_secret_in_an_address_stays_as_it_is(site: Flask) -> None:
    with every_case() as case:
        for secret in ("AbC-_", "abcDEF_", "XyZ-"):
            with case(secret):
                response = site.test_client().get(f"/s/Demo/mine/{secret}.")
                assert response.headers["Location"] == f"/s/demo/mine/{secret}"


@pytest.mark.parametrize(
    "path",
    [
        "/s/Unknown",
        "/s/unknown/",
        "/s/demo-",
        "/s/de mo",
        "/s/demo/nothing.",
        "/s/Demo/nothing",
        "/s/.",
        "/s/Démo",
        "/t/Demo",
    ],
)
def test_what_is_not_there_stays_unknown(site: Flask, path: str) -> None:
    response = site.test_client().get(quote(path))
    assert response.status_code == 404
    assert "Location" not in response.headers


def test_a_post_keeps_its_text(site: Flask) -> None:
    client = site.test_client()
    page = client.get("/s/demo")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "Patience, always"}
    refused = client.post("/s/Demo/", data=form)
    assert (refused.status_code, refused.headers["Location"]) == (308, "/s/demo")
    kept = client.post("/s/Demo/", data=form, follow_redirects=True)
    assert kept.status_code == 200
    assert "Patience, always" in kept.text
    with site.app_context():
        assert [answer.text for answer in db.session.query(Answer)] == ["Patience, always"]


@pytest.mark.parametrize(
    "path",
    [
        "/s/Demo//evil.example",
        "/s/Demo/\\evil.example/.",
        "/S//evil.example",
        "/s/demo/%0d%0aSet-Cookie:x=1/",
        "//s/Demo",
    ],
)
def test_it_never_leads_elsewhere(site: Flask, path: str) -> None:
    response = site.test_client().get(path)
    location = response.headers.get("Location", "/s/")
    target = urlsplit(location)
    assert target.netloc in ("", "localhost")
    assert target.path.startswith("/s/")
    assert "Set-Cookie:x=1" not in str(response.headers)


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_a_path_leads_to_leads_nowhere_else(before: str, after: str) -> None:
    path = canonical_path(f"/s/{before}/{after}")
    if path is not None:
        assert CANONICAL.fullmatch(path)
        assert canonical_path(path) is None
        assert path.startswith("/s/")


def test_below_a_prefix_it_stays_below(site: Flask) -> None:
    response = site.test_client().get("/s/Demo", environ_overrides={"SCRIPT_NAME": "/ask"})
    assert response.headers["Location"] == "/ask/s/demo"


@pytest.mark.parametrize("slug", ["Demo", "DEMO", "demo.", "demo/", "de--mo", "demo_"])
def test_an_owner_cannot_make_an_address_that_leads_to_another(owned: FlaskClient, app: Flask, slug: str) -> None:
    make_survey(app, 1, "demo")
    form = {"csrf_token": field(owned.get("/manage/new"), "csrf_token"), "question": "Why?", "slug": slug}
    response = owned.post("/manage/new", data=form | {"codebook": "none"})
    assert response.status_code == 422
