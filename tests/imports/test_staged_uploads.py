"""Files between the two steps of an import: whose they are, and that none stays."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from flask import Flask

from analysis.files.model import FileChoices, FileRefused
from survey.imports import staged_uploads
from survey.worker.worker import Worker
from tests.support.visitors import SLUG, field, make_owner, make_survey, owned_survey, sign_in


def keep(owner_id: int, survey_id: int, content: bytes = b"answer,by\nhello,a\nhi,b\n") -> str:
    return staged_uploads.keep(owner_id, survey_id, "file.csv", io.BytesIO(content))


def age(folder: Path, seconds: float) -> None:
    """Let a folder be so many seconds old."""
    moment = time.time() - seconds
    os.utime(folder, (moment, moment))


def left(app: Flask) -> list[Path]:
    return list((Path(app.instance_path) / staged_uploads.FOLDER).glob("*/*"))


def test_rows_come_back_as_often_as_wanted(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        waiting = staged_uploads.find(1, 2, keep(1, 2))
        assert waiting
        assert waiting.name == "file.csv"
        rows = waiting.stored.rows
        assert list(rows()) == list(rows()) == [(1, ["answer", "by"]), (2, ["hello", "a"]), (3, ["hi", "b"])]
        staged_uploads.drop(waiting)
        assert left(sqlite_app) == []


@pytest.mark.parametrize(("owner", "survey"), [(1, 3), (3, 2), (12, 2)])
def test_nobody_else_finds_it(sqlite_app: Flask, owner: int, survey: int) -> None:
    with sqlite_app.app_context():
        assert staged_uploads.find(owner, survey, keep(1, 2)) is None


@pytest.mark.parametrize("key", ["", "..", "../1-2-x", "0" * 32, "A" * 32, "0" * 31 + "\n"])
def test_a_key_that_names_no_file_finds_none(sqlite_app: Flask, key: str) -> None:
    with sqlite_app.app_context():
        keep(1, 2)
        assert staged_uploads.find(1, 2, key) is None


def test_the_next_one_takes_its_place_and_old_ones_go(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        first, others = keep(1, 2), keep(1, 3)
        old = keep(9, 9)
        folder = next((Path(sqlite_app.instance_path) / staged_uploads.FOLDER).glob("9-9-*"))
        age(folder, staged_uploads.MAX_AGE_SECONDS + 60)
        assert staged_uploads.find(9, 9, old) is None
        second = keep(1, 2)
        assert staged_uploads.find(1, 2, first) is None
        assert staged_uploads.find(1, 2, second)
        assert staged_uploads.find(1, 3, others)
        assert not folder.exists()


@pytest.mark.parametrize("days", [-1, 1])
def test_old_ones_go_without_anybody_asking_and_so_do_those_of_a_wrong_clock(sqlite_app: Flask, days: int) -> None:
    with sqlite_app.app_context():
        keep(1, 2)
        folder = next(path.parent for path in left(sqlite_app))
        keep(3, 4)
    age(folder, days * (staged_uploads.MAX_AGE_SECONDS + 60))
    Worker(sqlite_app).sweep()
    assert {path.parent.name[:4] for path in left(sqlite_app)} == {"3-4-"}


def test_a_web_process_looks_with_the_first_request_of_each_hour(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sqlite_app.test_client()
    client.get("/healthz")
    with sqlite_app.app_context():
        keep(1, 2)
    folder = next(path.parent for path in left(sqlite_app))
    age(folder, staged_uploads.MAX_AGE_SECONDS + 60)
    client.get("/healthz")
    assert folder.exists()
    moment = time.monotonic() + staged_uploads.SWEEP_INTERVAL_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    client.get("/healthz")
    assert not folder.exists()


def test_each_is_gone_within_a_day(sqlite_app: Flask) -> None:
    assert staged_uploads.MAX_AGE_SECONDS + staged_uploads.SWEEP_INTERVAL_SECONDS <= 24 * 60 * 60


def test_those_of_a_survey_that_is_deleted_go_with_it_and_no_others(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        for owner_id, survey_id in ((1, 2), (2, 1), (1, 12), (12, 2)):
            keep(owner_id, survey_id)
        staged_uploads.drop_all(2)
    assert {path.parent.name.rsplit("-", 1)[0] for path in left(sqlite_app)} == {"2-1", "1-12"}


def test_a_file_that_is_refused_leaves_nothing(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        for content in (b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40):
            with pytest.raises(FileRefused):
                keep(1, 2, content)
        assert left(sqlite_app) == []


def test_the_bytes_are_kept_and_read_in_another_way(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        key = keep(1, 2, "answer;by\nCaf\u00e9, Stra\u00dfe;a\n".encode("windows-1252"))
        waiting = staged_uploads.find(1, 2, key)
        assert waiting
        again = staged_uploads.read_again(waiting, FileChoices(encoding="windows-1252", delimiter=","))
        assert [cells for _, cells in again.stored.rows()][1] == ["Caf\u00e9", " Stra\u00dfe;a"]
        found = staged_uploads.find(1, 2, key)
        assert found and found.choices == again.choices
        assert list(found.stored.rows()) == list(again.stored.rows())


def test_another_owner_meets_a_missing_page(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client, other = sqlite_app.test_client(), sqlite_app.test_client()
    sign_in(client)
    token = field(client.get(f"/manage/{SLUG}/import"), "csrf_token")
    sent = client.post(f"/manage/{SLUG}/import", data={"csrf_token": token, "pasted": "Listen."})
    make_owner(sqlite_app, "Otto")
    make_survey(sqlite_app, 2, "ottos")
    sign_in(other, "Otto")
    assert other.get(sent.location).status_code == 404
    assert other.get(sent.location.replace(SLUG, "ottos")).location == "/manage/ottos/import"
    assert client.get(sent.location).status_code == 200
    assert "Set-Cookie" not in client.get(sent.location).headers
