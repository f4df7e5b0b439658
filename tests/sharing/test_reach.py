"""Who can open an address, judged from the address, and what the owner's pages say of it."""

from __future__ import annotations

import pytest
from flask import Flask

from survey.sharing.reach import HTTP, MACHINE, NAME, NETWORK, obstacle
from tests.support.every_case import for_each
from tests.support.visitors import SLUG, owned_survey, sign_in


@for_each(
    ("address", "found"),
    [
        ("http://localhost:5000/s/x", MACHINE),
        ("http://127.0.0.1:5000/s/x", MACHINE),
        ("http://127.9.9.9/s/x", MACHINE),
        ("http://[::1]:5000/s/x", MACHINE),
        ("http://0.0.0.0:5000/s/x", MACHINE),
        ("http://site.localhost/s/x", MACHINE),
        ("http://192.168.1.20:5000/s/x", NETWORK),
        ("https://10.0.0.5/s/x", NETWORK),
        ("http://172.16.0.1/s/x", NETWORK),
        ("http://169.254.1.1/s/x", NETWORK),
        ("http://[fd00::1]/s/x", NETWORK),
        ("http://[fe80::1]/s/x", NETWORK),
        ("http://laptop.local/s/x", NAME),
        ("http://LAPTOP.LOCAL./s/x", NAME),
        ("http://laptop:5000/s/x", NAME),
        ("http://box.home.arpa/s/x", NAME),
        ("http://ask.example/s/x", None),
        ("https://ask.example/s/x", None),
        ("http://8.8.8.8/s/x", None),
        ("http://localhost.example/s/x", None),
    ],
)
def test_who_can_open_an_address(address: str, found: str | None) -> None:
    assert obstacle(address) == found


def test_http_where_visitors_come_by_https() -> None:
    assert obstacle("http://ask.example/s/x", https_expected=True) == HTTP
    assert obstacle("https://ask.example/s/x", https_expected=True) is None
    assert obstacle("http://localhost/s/x", https_expected=True) == MACHINE


@pytest.mark.parametrize(
    ("base_url", "headers", "said"),
    [
        ("", {}, "Nobody else can open this address"),
        ("http://192.168.1.20:5000", {}, "Only your own network can open this address"),
        ("http://ask.example", {"X-Forwarded-Proto": "https"}, "This address is the wrong one to share"),
        ("https://ask.example", {"X-Forwarded-Proto": "https"}, None),
    ],
)
def test_the_pages_say_it_and_what_to_do(
    sqlite_app: Flask, base_url: str, headers: dict[str, str], said: str | None
) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    sqlite_app.config["BASE_URL"] = base_url
    share = client.get(f"/manage/{SLUG}/share", headers=headers).text
    today = client.get(f"/manage/{SLUG}", headers=headers).text
    assert ('id="reach-title"' in share) == ("reach-line" in today) == (said is not None)
    if said:
        assert said in share
        assert said in today
        assert "THREADS_BASE_URL" in share
