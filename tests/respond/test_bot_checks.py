"""What tells people from machines: the trap, the time, the work, the floods; and that nobody's answer is lost by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.database import db
from survey.core.models import Answer
from survey.core.settings import Settings
from survey.respond import bot_checks
from tests.support.every_case import for_each
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG, field, make_survey, owned_survey, send_answer
from tests.whole.test_journey import watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BITS = 8


def solved(form_key: str, bits: int = BITS) -> str:
    """The first number whose hash begins with so many zero bits, found without the code under test."""
    for number in count():
        digest = hashlib.sha256(f"{form_key}:{number}".encode()).hexdigest()
        if bin(int(digest, 16))[2:].zfill(256).startswith("0" * bits):
            return str(number)
    raise AssertionError


def kept(app: Flask) -> list[tuple[str, str, str | None]]:
    with app.app_context():
        return [(row.text, row.status, row.reason) for row in db.session.query(Answer).order_by(Answer.id)]


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Flask]:
    """A site that asks for work and a moment's time, and takes ten answers at once from one address."""
    with migrated(quiet(tmp_path, proof_bits=BITS, least_seconds=2, address_answers=10, proxies=1)) as app:
        owned_survey(app)
        yield app


def send(client: FlaskClient, typed: str, *, address: str = "192.0.2.1", work: bool = True, **changes: str) -> int:
    headers = {"X-Forwarded-For": address}
    page = client.get(f"/s/{SLUG}", headers=headers)
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": typed}
    if work:
        form["proof"] = solved(form["form_key"])
    return client.post(f"/s/{SLUG}", data=form | changes, headers=headers).status_code


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a minute passed between the form and the answer."""
    monkeypatch.setattr(bot_checks, "now", lambda: datetime.now(UTC) + timedelta(minutes=1))


def test_a_person_is_shown_at_once(guarded: Flask, patient: None) -> None:
    assert send(guarded.test_client(), "Patience") == 303
    assert kept(guarded) == [("Patience", "shown", None)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"website": "https://shop.example"}, "robot"),
        ({"token": ""}, "robot"),
        ({"token": "made.up.token"}, "robot"),
        ({"proof": ""}, "noscript"),
        ({"proof": "-1"}, "noscript"),
        ({"proof": "9" * 400}, "noscript"),
        ({"proof": "²"}, "noscript"),
    ],
)
def test_a_sign_of_a_machine_is_held_and_not_refused(
    guarded: Flask, patient: None, changes: dict[str, str], reason: str
) -> None:
    client = guarded.test_client()
    assert send(client, "Patience", **changes) == 303  # type: ignore[arg-type]
    assert kept(guarded) == [("Patience", "held", reason)]
    assert "reads it first" in client.get(f"/s/{SLUG}/thanks").text


def test_an_answer_sooner_than_one_can_read_is_held(guarded: Flask) -> None:
    assert send(guarded.test_client(), "Patience") == 303
    assert kept(guarded) == [("Patience", "held", "quick")]


def test_work_done_for_one_form_serves_no_other(guarded: Flask, patient: None) -> None:
    client = guarded.test_client()
    page = client.get(f"/s/{SLUG}")
    stolen = next(str(n) for n in count() if not bot_checks.is_proof_of_work(field(page, "form_key"), str(n), BITS))
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")}
    client.post(f"/s/{SLUG}", data=form | {"text": "Patience", "proof": stolen})
    assert kept(guarded) == [("Patience", "held", "noscript")]


def test_a_token_for_another_form_is_none(guarded: Flask, patient: None) -> None:
    client = guarded.test_client()
    other = field(client.get(f"/s/{SLUG}"), "token")
    send(client, "Patience", token=other)
    assert kept(guarded) == [("Patience", "held", "robot")]


@for_each("bits", [0, 1, 8, 12])
def test_the_work_is_counted_in_bits(bits: int) -> None:
    assert bot_checks.is_proof_of_work("k" * 22, solved("k" * 22, bits), bits)
    if bits:
        assert not all(bot_checks.is_proof_of_work("k" * 22, str(number), bits) for number in range(64))


def test_people_behind_one_address_are_all_taken(guarded: Flask, patient: None) -> None:
    guarded.config["ADDRESS_ANSWERS"] = 100
    for number in range(60):
        assert send(guarded.test_client(), f"{number} {chr(97 + number % 26) * (number + 1)}") == 303
    assert {status for _, status, _ in kept(guarded)} == {"shown"}


@pytest.mark.slow
def test_a_flood_is_held_then_put_off_and_nothing_acknowledged_is_lost(guarded: Flask, patient: None) -> None:
    client = guarded.test_client()
    statuses = [send(client, f"{number} {chr(97 + number % 26) * (number + 1)}") for number in range(53)]
    assert statuses == [303] * 50 + [429] * 3
    rows = kept(guarded)
    assert [row[1:] for row in rows] == [("shown", None)] * 10 + [("held", "flood")] * 40
    assert send(guarded.test_client(), "From somewhere else", address="198.51.100.7") == 303
    assert kept(guarded)[-1] == ("From somewhere else", "shown", None)
    with guarded.app_context():
        assert len({row.burst for row in db.session.query(Answer).where(Answer.status == "held")}) == 1


def test_who_is_put_off_keeps_the_text(guarded: Flask, patient: None) -> None:
    guarded.config["ADDRESS_ANSWERS"] = 1
    client = guarded.test_client()
    for number in range(5):
        send(client, f"{number}")
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")}
    put_off = client.post(f"/s/{SLUG}", data=form | {"text": "my own words"}, headers={"X-Forwarded-For": "192.0.2.1"})
    assert put_off.status_code == 429
    assert "my own words</textarea>" in put_off.text
    assert "wait 5 minutes" in put_off.text
    assert field(put_off, "form_key") == form["form_key"]


def test_one_household_of_ipv6_is_one_address(guarded: Flask, patient: None) -> None:
    guarded.config["ADDRESS_ANSWERS"] = 1
    send(guarded.test_client(), "One", address="2001:db8:1:2::a")
    send(guarded.test_client(), "Two", address="2001:db8:1:2:ffff::b")
    send(guarded.test_client(), "Three", address="2001:db8:1:3::a")
    assert [reason for _, _, reason in kept(guarded)] == [None, "flood", None]


def test_where_counting_fails_answers_are_taken(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with migrated(quiet(tmp_path, address_answers=1)) as app:
        make_survey(app, None)
        (tmp_path / "limits.sqlite3").write_bytes(b"not a database at all" * 100)
        for number in range(3):
            assert send_answer(app.test_client(), f"Number {number}").status_code == 303
        assert [row[1] for row in kept(app)] == ["shown"] * 3
    assert caplog.text.count("Counting for limits failed") == 1
    assert "Is there room for limits.sqlite3" in caplog.text
    assert "THREADS_LIMITS" not in caplog.text


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that asks browsers for the usual work."""
    folder = tmp_path_factory.mktemp("working")
    with migrated(quiet(folder, proof_bits=Settings().proof_bits)) as app:
        make_survey(app, None)
        with served(app) as base:
            yield base


@pytest.mark.browser
@pytest.mark.parametrize("address", [f"/s/{SLUG}", f"/s/{SLUG}/embed"])
@pytest.mark.parametrize("scripts", [True, False])
def test_a_browser_does_the_work_and_one_without_scripts_is_held(
    working: str, browser: Browser, address: str, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    complaints = watch(page)
    page.goto(f"{working}{address}")
    page.get_by_label("Your answer").fill("Patience")
    page.get_by_role("button", name="Send my answer").click()
    page.wait_for_url("**/thanks**")
    assert ("reads it first" in page.content()) is not scripts
    assert complaints == []
    context.close()
