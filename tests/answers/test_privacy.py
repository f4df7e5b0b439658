"""No address of a visitor is kept anywhere: looked for in every file of the site, in a backup, and in the log."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.core.database import db, write_transaction
from survey.core.models import Answer
from survey.operations import backup
from tests.support.site import migrated, quiet
from tests.support.visitors import OWNER, PASSWORD, SLUG, field, owned_survey

ADDRESSES = ("203.0.113.77", "2001:db8:77:1::abcd")
AGENT = "Mozilla/5.0 (a telling browser)"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    with migrated(quiet(tmp_path / "instance", proxies=1, address_answers=2)) as app:
        owned_survey(app)
        yield app


def traces(address: str) -> list[bytes]:
    """How an address might stand in a file: in clear, or as a hash anybody could make."""
    hashes = [hashlib.new(name, address.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]
    return [text.encode() for text in (address, *hashes)]


def visit(app: Flask, address: str, number: int) -> None:
    """What a visitor does: reads, answers, searches, mistypes a password, sends what is refused."""
    client = app.test_client()
    sent = {"X-Forwarded-For": address, "User-Agent": AGENT}
    page = client.get(f"/s/{SLUG}", headers=sent)
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")}
    for text in ("", "\0", f"Honesty {number} from {'abcde'[number]}"):
        client.post(f"/s/{SLUG}", data=form | {"text": text}, headers=sent)
    client.get(f"/s/{SLUG}/thanks", headers=sent)
    client.get(f"/s/{SLUG}/embed", headers=sent)
    client.get(f"/s/{SLUG}/answers?q=words", headers=sent)
    client.get("/nowhere", headers=sent)
    token = field(client.get("/sign-in", headers=sent), "csrf_token")
    for password in ("not the password", PASSWORD):
        client.post("/sign-in", data={"csrf_token": token, "name": OWNER, "password": password}, headers=sent)
    client.get("/api/v1/survey", headers=sent | {"Authorization": "Bearer x"})


def test_no_address_is_kept(
    site: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture, perform: Callable[[Flask], None]
) -> None:
    caplog.set_level(logging.DEBUG)
    for address in ADDRESSES:
        for number in range(4):
            visit(site, address, number)
    with site.app_context():
        assert {row.reason for row in db.session.query(Answer)} >= {None, "flood"}
        assert (tmp_path / "instance" / "threads.sqlite3-wal").stat().st_size > 0
    perform(site)
    with site.app_context():
        backup.write(db.engine, tmp_path / "backup.sqlite3")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"threads.sqlite3", "threads.sqlite3-wal", "limits.sqlite3", "jobs.sqlite3", "backup.sqlite3"} <= {
        path.name for path in files
    }
    for address in ADDRESSES:
        for trace in [*traces(address), AGENT.encode()]:
            for path in files:
                assert trace not in path.read_bytes(), f"{trace!r} in {path.name}"
            assert trace.decode() not in caplog.text


def test_the_search_would_find_one(site: Flask, tmp_path: Path) -> None:
    with site.app_context(), write_transaction() as session:
        session.add(Answer(survey_id=1, form_key="k", text=f"I am at {ADDRESSES[0]}"))
    found = [path.name for path in tmp_path.rglob("*") if path.is_file() and ADDRESSES[0].encode() in path.read_bytes()]
    assert found
