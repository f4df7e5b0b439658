"""Guessing is slowed, and the owner gets in all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.accounts import owners
from survey.accounts import sign_in as signing_in
from survey.accounts.sign_in import TRIES, TRIES_OF_ADDRESS
from survey.web.rate_limits import Rule
from tests.support.site import migrated, quiet
from tests.support.visitors import OWNER, PASSWORD, field, make_owner, sign_in, sign_in_by_page

WRONG = "not the password"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    with migrated(quiet(tmp_path, proxies=1)) as app:
        make_owner(app)
        yield app


def attempt(client: FlaskClient, password: str, address: str = "192.0.2.1", name: str = OWNER) -> TestResponse:
    headers = {"X-Forwarded-For": address}
    token = field(client.get("/sign-in", headers=headers), "csrf_token")
    return client.post("/sign-in", data={"csrf_token": token, "name": name, "password": password}, headers=headers)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare without Argon2's time: what is counted here is tries."""
    known = owners.check_password
    monkeypatch.setattr(
        owners, "check_password", lambda name, password: known(name, password) if password == PASSWORD else None
    )


def test_other_tests_have_the_session_that_the_page_begins(site: Flask) -> None:
    by_page, without = site.test_client(), site.test_client()
    sign_in_by_page(by_page)
    sign_in(without)
    with by_page.session_transaction() as begun, without.session_transaction() as given:
        assert dict(given) == dict(begun)


@pytest.mark.parametrize("name", [OWNER, "Nobody"])
def test_guessing_is_slowed_for_names_that_are_there_and_names_that_are_not(site: Flask, name: str) -> None:
    client = site.test_client()
    statuses = [attempt(client, WRONG, name=name).status_code for _ in range(TRIES.max_hits + 2)]
    assert statuses == [422] * TRIES.max_hits + [429] * 2
    slowed = attempt(client, WRONG, name=name)
    assert slowed.headers["Retry-After"] == "900"
    assert "There were too many tries. Wait 15 minutes and try again." in slowed.text


def test_once_slowed_the_right_password_is_not_even_compared(site: Flask) -> None:
    for _ in range(TRIES.max_hits):
        attempt(site.test_client(), WRONG)
    assert attempt(site.test_client(), PASSWORD).status_code == 429


def test_the_owner_gets_in_from_elsewhere_meanwhile(site: Flask) -> None:
    for _ in range(TRIES.max_hits + 1):
        attempt(site.test_client(), WRONG)
    assert attempt(site.test_client(), PASSWORD, "198.51.100.7").status_code == 303


def test_one_address_may_not_try_many_names(site: Flask) -> None:
    statuses = [
        attempt(site.test_client(), WRONG, name=f"name {n}").status_code for n in range(TRIES_OF_ADDRESS.max_hits + 1)
    ]
    assert statuses[-2:] == [422, 429]


def test_guessing_from_many_addresses_is_slowed_and_a_known_browser_still_gets_in(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "TRIES_OF_NAME", Rule("sign-in-name", 5, 15))
    known, stranger = site.test_client(), site.test_client()
    assert attempt(known, PASSWORD).status_code == 303
    known.post("/sign-out", data={"csrf_token": field(known.get("/manage"), "csrf_token")})
    statuses = [attempt(stranger, WRONG, f"203.0.113.{n}").status_code for n in range(6)]
    assert statuses[-1] == 429
    assert attempt(site.test_client(), PASSWORD, "198.51.100.7").status_code == 429
    assert attempt(known, PASSWORD, "198.51.100.8").status_code == 303


def test_a_known_browser_is_slowed_too(site: Flask) -> None:
    known = site.test_client()
    attempt(known, PASSWORD)
    known.post("/sign-out", data={"csrf_token": field(known.get("/manage"), "csrf_token")})
    statuses = [attempt(known, WRONG, f"203.0.113.{n}").status_code for n in range(TRIES.max_hits + 1)]
    assert statuses == [422] * TRIES.max_hits + [429]


def test_the_cookie_of_a_known_browser_is_guarded_and_serves_one_name(site: Flask) -> None:
    make_owner(site, "Otto")
    client = site.test_client()
    cookie = next(line for line in attempt(client, PASSWORD).headers.getlist("Set-Cookie") if "known_browser" in line)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/sign-in" in cookie
    with site.test_request_context(headers={"Cookie": cookie.split(";")[0]}):
        assert signing_in._known_browser(OWNER)
        assert signing_in._known_browser("Otto") is None
    with site.test_request_context(headers={"Cookie": f"{cookie.split(';')[0]}x"}):
        assert signing_in._known_browser(OWNER) is None


def test_success_begins_the_count_anew(site: Flask) -> None:
    for _ in range(TRIES.max_hits - 1):
        attempt(site.test_client(), WRONG)
    assert attempt(site.test_client(), PASSWORD).status_code == 303
    assert attempt(site.test_client(), WRONG).status_code == 422
