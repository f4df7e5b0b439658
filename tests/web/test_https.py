"""Behind https and a proxy every form of the site is taken, and none that another site sends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.settings import Settings
from survey.web.request_checks import HANDLED_BY_VIEW
from tests.support.site import migrated, quiet, served
from tests.support.tls_proxy import make_certificate, tls_proxy
from tests.support.visitors import SLUG, field, make_owner, owned_survey, sign_in
from tests.web.test_ownership import Things, two  # noqa: F401 - a fixture
from tests.whole.test_journey import watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SITE = "https://ask.example"
OURS = [
    {},  # an old browser, or one that tells nobody anything
    {"Referer": f"{SITE}/s/{SLUG}", "Origin": SITE, "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},  # from a page with Referrer-Policy: no-referrer
    {"Origin": "null"},
]
OTHERS = [
    {"Origin": "https://evil.example", "Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://ask.example.evil.example"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},  # from a frame that is sandboxed
    {"Origin": "https://other.ask.example", "Sec-Fetch-Site": "same-site"},
    {"Origin": "https://[", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
]
FOREIGN = "This was sent from a page of another site"
NO_TOKEN = "The page was open for long, or cookies are off"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return quiet(tmp_path, https=True, proxies=1, base_url=SITE)


def behind_proxy(client: FlaskClient) -> FlaskClient:
    """The same visitor, as the site sees them through its proxy."""
    client.environ_base |= {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "ask.example",
        "HTTP_X_FORWARDED_FOR": "203.0.113.7",
    }
    return client


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    owned_survey(app)
    return behind_proxy(app.test_client())


@pytest.mark.parametrize("headers", OURS)
def test_a_respondent_answers_changes_and_deletes(visitor: FlaskClient, headers: dict[str, str]) -> None:
    page = visitor.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "Honesty"}
    assert visitor.post(f"/s/{SLUG}", data=form, headers=headers).status_code == 303
    thanks = visitor.get(f"/s/{SLUG}/thanks?look=9").text
    found = re.search(rf"{SITE}(/s/{SLUG}/mine/[\w-]+)", thanks)
    assert found, thanks
    token = {"csrf_token": field(visitor.get(found[1]), "csrf_token")}
    changed = visitor.post(found[1], data=token | {"text": "Patience"}, headers=headers)
    assert changed.status_code == 303, changed.text
    assert "Patience" in visitor.get(found[1]).text
    deleted = visitor.post(f"{found[1]}/delete", data=token, headers=headers, follow_redirects=True)
    assert "Your answer is deleted" in deleted.text


@pytest.mark.parametrize("headers", OURS)
def test_an_answer_comes_from_another_sites_page(visitor: FlaskClient, headers: dict[str, str]) -> None:
    address = f"/s/{SLUG}/embed"
    page = visitor.get(address)
    form = {name: field(page, name) for name in ("form_key", "token")} | {"text": "Honesty"}
    thanks = visitor.post(address, data=form, headers=headers, follow_redirects=True)
    assert "Thank you. Your answer is kept." in thanks.text


@pytest.mark.parametrize("headers", OURS)
def test_an_owner_signs_in_works_and_signs_out(app: Flask, headers: dict[str, str]) -> None:
    make_owner(app)
    owner = behind_proxy(app.test_client())
    token = field(owner.get("/sign-in"), "csrf_token")
    form = {"csrf_token": token, "name": "Ruth", "password": "a long enough password"}
    signed_in = owner.post("/sign-in", data=form, headers=headers)
    assert signed_in.status_code == 303, signed_in.text
    assert all("Secure" in cookie for cookie in signed_in.headers.getlist("Set-Cookie"))
    token = field(owner.get("/manage/new"), "csrf_token")
    asked = {"csrf_token": token, "question": "What would help?", "slug": "help", "codebook": "none"}
    assert owner.post("/manage/new", data=asked, headers=headers).status_code == 303
    pasted = {"csrf_token": token, "pasted": "Longer hours\nMore light"}
    preview = owner.post("/manage/help/import", data=pasted, headers=headers)
    assert preview.status_code == 303, preview.text
    where = preview.headers["Location"]
    shown = owner.get(where)
    chosen = {name: field(shown, name) for name in ("csrf_token", "confirmed", "shape", "asked")}
    taken = owner.post(where, data=chosen, headers=headers, follow_redirects=True)
    assert "2 answers added" in taken.text
    assert owner.post("/sign-out", data={"csrf_token": token}, headers=headers).status_code == 303


def posts(app: Flask) -> list[str]:
    """The address of every route that takes a form, but those whose own token decides."""
    found = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set()) and rule.endpoint not in HANDLED_BY_VIEW
    ]
    assert len(found) > 30
    return found


@pytest.mark.slow
def test_every_form_is_taken_from_our_pages_and_from_no_others(
    app: Flask,
    two: tuple[FlaskClient, Things, Things],  # noqa: F811 - the fixture
) -> None:
    _, ruths, _ = two
    rules = {rule.rule: rule for rule in app.url_map.iter_rules()}
    client = behind_proxy(app.test_client())
    sign_in(client)
    token = field(client.get("/manage/ruths/export"), "csrf_token")
    for turn, address in enumerate(sorted(posts(app), key="/sign-out".__eq__)):
        # One place decides for all forms: the first forms meet all headers, each other one two of them, in turns.
        whole = turn < 3
        for headers in OTHERS if whole else [OTHERS[turn % len(OTHERS)]]:
            refused = client.post(ruths.address(rules[address]), data={"csrf_token": token}, headers=headers)
            assert (refused.status_code, FOREIGN in refused.text) == (400, True), (address, headers)
        for headers in OURS if whole else [OURS[turn % len(OURS)]]:
            taken = client.post(ruths.address(rules[address]), data={"csrf_token": token}, headers=headers)
            assert FOREIGN not in taken.text, (address, headers)
            assert NO_TOKEN not in taken.text or address == "/sign-out", (address, headers)


@pytest.mark.browser
def test_a_browser_changes_and_deletes_its_answer_through_a_real_proxy(browser: Browser, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    if certificate is None:
        pytest.skip("no openssl was found to make a certificate with")
    behind = quiet(tmp_path / "site", https=True, proxies=1)
    with (
        migrated(behind) as app,
        served(app) as plain,
        tls_proxy(int(plain.rsplit(":", 1)[1]), *certificate) as secure,
    ):
        owned_survey(app)
        context = browser.new_context(viewport={"width": 390, "height": 844}, ignore_https_errors=True)
        page = context.new_page()
        said = watch(page)
        page.goto(f"{secure}/s/{SLUG}")
        page.fill("textarea", "We laugh at the same things")
        page.click("button[type=submit]")
        page.wait_for_url("**/thanks*")
        page.goto(f"{secure}/s/{SLUG}/thanks?look=9")
        link = page.get_by_label("The address of your answer").input_value()
        page.goto(link)
        page.fill("textarea", "We laugh, and we listen")
        page.click("text=Keep it like this")
        page.wait_for_url(link)
        assert "We laugh, and we listen" in page.content()
        page.goto(f"{secure}/s/{SLUG}")
        page.click("text=See or change it")
        page.wait_for_url(link)
        page.goto(link)
        page.click("summary:has-text('Delete my answer')")
        page.click("button:has-text('Delete it')")
        page.wait_for_url("**/deleted")
        assert page.goto(link).status == 404  # type: ignore[union-attr]
        assert [line for line in said if "404" not in line] == []
        context.close()
