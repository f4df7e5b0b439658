"""Closed unless marked open: every route, reviewed by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import Type
from flask import Flask

from survey.accounts import owners
from survey.core.account_models import Owner, SetUpLink
from survey.core.database import db
from survey.core.models import Survey
from survey.serve import launcher_file
from tests.support.site import migrated, quiet
from tests.support.visitors import (
    OWNER,
    PASSWORD,
    REAL_HASHER,
    SLUG,
    field,
    make_owner,
    make_survey,
    owned_survey,
    send_answer,
    sign_in,
    sign_in_by_page,
)

REVIEWED_PUBLIC = {
    "static",
    "operating.lives",
    "operating.ready",
    "operating.metrics",
    "account.set_up",
    "account.sign_in",
    "joining.join",
    "joining.accept",
    "respond.answer",
    "respond.send",
    "respond.thanks",
    "respond.what_happens",
    "respond.deleted",
    "respond.forget",
    "follow_up.ask",
    "follow_up.register",
    "follow_up.look",
    "follow_up.link",
    "follow_up.confirm",
    "follow_up.take_back",
    "own_answer.read",
    "own_answer.change",
    "own_answer.delete",
    "results.themes",
    "reading.theme",
    "reading.answers",
    "reading.map",
    "reading.words",
    "taking.table",
    "taking.chart",
    "live.screen",
    "live.state",
    "share.question_preview",
    "share.themes_preview",
    "share.qr_svg",
    "share.qr_png",
    "share.embed",
    "share.embed_send",
    "share.embed_thanks",
    "share.embed_themes",
    "embedding.host_script",
    "results.feed",
    "look.style",
    "look.picture",
    "api.survey",
    "api.themes",
    "api.answers",
    "api.send",
    "api.clusters",
    "api.edits",
    "api.checks",
    "api.readings",
    "api.description",
    "api.search",
    "api.docs",
    "notices.confirm",
    "notices.confirmed",
    "notices.stop",
    "notices.stopped",
}


def test_every_public_route_was_reviewed(sqlite_app: Flask) -> None:
    public = {
        rule.endpoint
        for rule in sqlite_app.url_map.iter_rules()
        if rule.endpoint == "static" or getattr(sqlite_app.view_functions[rule.endpoint], "is_public", False)
    }
    assert public == REVIEWED_PUBLIC


def closed_routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Method and address of every route that is not public."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in REVIEWED_PUBLIC:
            continue
        address = rule.rule.replace("<slug>", SLUG).replace("<public_id>", "0" * 16).replace("<int:edit_id>", "1")
        address = (
            address.replace("<key>", "0" * 32)
            .replace("<table>.<form>", "clusters.csv")
            .replace("<chart>.<form>", "themes.svg")
            .replace("those.<form>", "those.csv")
        )
        address = address.replace("<int:token_id>", "1").replace("<burst>/<status>", f"{'0' * 16}/held")
        address = re.sub(r"<int:(reader|member|invitation|owner)_id>", "1", address)
        address = address.replace("<role>", "logo")
        address = address.replace("<int:webhook_id>", "1").replace("<int:delivery_id>", "1")
        assert "<" not in address, f"give the test a value for {rule.rule}"
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield method, address


def test_strangers_are_sent_to_sign_in_from_every_other_route(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    walked = 0
    for method, address in closed_routes(sqlite_app):
        response = client.open(address, method=method)
        assert response.status_code == 302, f"{method} {address} answered a stranger with {response.status_code}"
        assert response.location.startswith("/sign-in")
        assert response.headers["Cache-Control"] == "no-store"
        walked += 1
    assert walked > 10


@pytest.mark.slow
def test_no_cache_keeps_what_an_owner_sees(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    seen = set()
    for method, address in closed_routes(sqlite_app):
        response = client.open(address, method=method)
        assert response.headers["Cache-Control"] == "no-store", f"{method} {address} may be kept"
        seen.add(response.status_code)
    assert {200, 404} <= seen


def test_another_owners_survey_looks_like_a_missing_one(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    make_owner(sqlite_app, "Otto")
    client = sqlite_app.test_client()
    sign_in(client, "Otto")
    for page in (
        "",
        "/settings",
        "/answers",
        "/themes",
        "/import",
        "/export",
        "/export/clusters.csv",
        "/export/codebook.toml",
        "/progress",
        "/share",
        "/share/poster",
        "/live",
        "/live.json",
        "/advice",
        "/my-answer",
        "/themes/inbox",
        "/themes/besides",
        "/themes/history",
        "/delete",
        f"/answers/{'0' * 16}/delete",
        f"/answers/floods/{'0' * 16}/held/delete",
        f"/import/past/{'0' * 16}/delete",
    ):
        theirs, missing = client.get(f"/manage/{SLUG}{page}"), client.get(f"/manage/nowhere{page}")
        assert (theirs.status_code, missing.status_code) == (404, 404)
        assert theirs.text == missing.text
    assert client.get(f"/s/{SLUG}/themes").status_code == 404


@pytest.mark.both_databases
def test_the_set_up_link_works_once_and_only_its_hash_is_kept(app: Flask) -> None:
    with app.app_context():
        token = owners.new_set_up_token()
        assert token not in (db.session.query(SetUpLink.token_hash).scalar() or "")
    client = app.test_client()
    csrf = field(client.get(f"/set-up/{token}"), "csrf_token")
    form = {"csrf_token": csrf, "name": OWNER, "password": PASSWORD}
    assert client.post(f"/set-up/{token}", data=form).location == "/manage/new"
    assert client.get("/manage").status_code == 200
    again = app.test_client()
    assert again.get(f"/set-up/{token}").status_code == 404
    with app.app_context():
        assert db.session.query(Owner).count() == 1
        assert db.session.query(SetUpLink).count() == 0


@pytest.mark.parametrize(
    ("base_url", "launched", "site"),
    [
        ("", "", "http://127.0.0.1:5000"),
        ("", "4711 http://127.0.0.1:16012 1780000000.5\n", "http://127.0.0.1:16012"),
        ("", "half a line", "http://127.0.0.1:5000"),
        ("https://ask.example/", "4711 http://127.0.0.1:16012 1780000000.5\n", "https://ask.example"),
    ],
)
def test_the_command_prints_a_link_that_works(tmp_path: Path, base_url: str, launched: str, site: str) -> None:
    """At the address that the site is told, else at that of its last start on this folder."""
    with migrated(quiet(tmp_path, base_url=base_url)) as app:
        if launched:
            (Path(app.instance_path) / launcher_file.NAME).write_text(launched)
        printed = app.test_cli_runner().invoke(args=["set-up-link"])
        assert printed.exit_code == 0
        address = printed.output.strip().removeprefix("Set up: ")
        assert address.startswith(f"{site}/set-up/")
        assert app.test_client().get(address.removeprefix(site)).status_code == 200


def test_a_new_set_up_link_ends_the_one_before(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        first, second = owners.new_set_up_token(), owners.new_set_up_token()
    client = sqlite_app.test_client()
    assert client.get(f"/set-up/{first}").status_code == 404
    assert client.get(f"/set-up/{second}").status_code == 200


@pytest.mark.parametrize(
    ("name", "password", "message"),
    [
        ("", PASSWORD, "Choose a name to sign in with."),
        ("Ruth", "short", "Use 8 to 200 characters."),
        ("Ruth", "x" * 201, "Use 8 to 200 characters."),
        ("R" * 81, PASSWORD, "Keep the name to 80 characters."),
        ("Ru\0th", PASSWORD, "NUL"),
    ],
)
def test_a_bad_set_up_says_why_and_the_link_still_works(
    sqlite_app: Flask, name: str, password: str, message: str
) -> None:
    with sqlite_app.app_context():
        token = owners.new_set_up_token()
    client = sqlite_app.test_client()
    csrf = field(client.get(f"/set-up/{token}"), "csrf_token")
    refused = client.post(f"/set-up/{token}", data={"csrf_token": csrf, "name": name, "password": password})
    assert refused.status_code == 422
    assert message in refused.text
    assert client.get(f"/set-up/{token}").status_code == 200


def test_passwords_are_kept_as_argon2(app: Flask) -> None:
    with app.app_context():
        owners.set_up(owners.new_set_up_token(), OWNER, PASSWORD)
        assert (db.session.query(Owner.password_hash).scalar() or "").startswith("$argon2id$")


@pytest.mark.parametrize(("name", "password"), [(OWNER, "not the password"), ("Nobody", PASSWORD)])
def test_a_wrong_sign_in_says_the_same_for_name_and_password(sqlite_app: Flask, name: str, password: str) -> None:
    make_owner(sqlite_app)
    client = sqlite_app.test_client()
    refused = sign_in_by_page(client, name, password)
    assert refused.status_code == 422
    assert "The name or the password is not right." in refused.text
    assert client.get("/manage").status_code == 302


def test_signing_out_ends_copies_of_the_cookie_too(sqlite_app: Flask) -> None:
    make_owner(sqlite_app)
    client, thief = sqlite_app.test_client(), sqlite_app.test_client()
    sign_in(client)
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    assert thief.get("/manage").status_code == 200
    client.post("/sign-out", data={"csrf_token": field(client.get("/manage"), "csrf_token")})
    assert client.get("/manage").status_code == 302
    assert thief.get("/manage").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\\\\evil", "/a\nb"]
)
def test_sign_in_goes_nowhere_else(sqlite_app: Flask, target: str) -> None:
    make_owner(sqlite_app)
    client = sqlite_app.test_client()
    csrf = field(client.get("/sign-in"), "csrf_token")
    form = {"csrf_token": csrf, "name": OWNER, "password": PASSWORD, "next": target}
    assert client.post("/sign-in", data=form).location == "/manage"


def test_sign_in_goes_on_to_the_page_that_was_wanted(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sent = client.get(f"/manage/{SLUG}/answers?page=2").location
    page = client.get(sent)
    form = {"csrf_token": field(page, "csrf_token"), "next": field(page, "next"), "name": OWNER, "password": PASSWORD}
    assert client.post("/sign-in", data=form).location == f"/manage/{SLUG}/answers?page=2"


@pytest.mark.parametrize("action", ["open", "close", "publish", "unpublish", "run"])
def test_a_write_without_its_token_is_refused(sqlite_app: Flask, action: str) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    assert client.post(f"/manage/{SLUG}/{action}", data={"x": "1"}).status_code == 400
    shown = client.get(f"/manage/{SLUG}/{action}").status_code
    assert shown == (200 if action == "publish" else 405)  # there is a page with the button
    with sqlite_app.app_context():
        assert not db.session.query(Survey).one().is_published


def test_every_page_carries_the_policy(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    for address in (f"/s/{SLUG}", "/nowhere", "/sign-in", "/static/base.css"):
        policy = client.get(address).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_cookies_are_guarded(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    cookie = client.get(f"/s/{SLUG}").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_first_owner_takes_over_the_demo(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None, "demo")
    make_owner(sqlite_app)
    make_survey(sqlite_app, None, "other")
    client = sqlite_app.test_client()
    sign_in(client)
    assert client.get("/manage/demo").status_code == 200
    assert client.get("/manage/other").status_code == 404
    assert send_answer(client, "Patience", "other").status_code == 303


def test_passwords_are_hashed_so_that_trying_many_takes_long() -> None:
    # The least that OWASP's "Password Storage Cheat Sheet" names for argon2id: 19 MiB, two rounds.
    assert REAL_HASHER.type is Type.ID
    assert REAL_HASHER.memory_cost >= 19 * 1024
    assert REAL_HASHER.time_cost >= 2


def test_a_cache_in_front_keeps_no_refusal_and_no_redirect(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    seen = set()
    for rule in sqlite_app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and rule.endpoint != "static":
            address = re.sub(r"<(?:\w+:)?slug>", SLUG, rule.rule)
            response = client.get(re.sub(r"<[^>]+>", "x", address))
            kept = response.headers["Cache-Control"]
            assert "no-" in kept or response.status_code == 200, f"{address}: {response.status_code}, {kept}"
            seen.add(response.status_code)
    assert {200, 302, 404} <= seen
    assert client.get("/nowhere").headers["Cache-Control"] == "no-store"
