"""The connection to PostgreSQL breaks at any moment of an answer's way in: said, and never said wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey.answers import moderation
from survey.core.database import db
from survey.core.models import Answer
from survey.respond import bot_checks, submission
from survey.runs import lifecycle as runs
from survey.web import survey_cache
from tests.support.site import migrated, quiet
from tests.support.visitors import SLUG, field, make_survey

TYPED = "Keep these words, and the next ones too"
MOMENTS: dict[str, tuple[Any, str, bool]] = {
    "the survey was read": (survey_cache, "get_survey", False),
    "before the form is judged": (bot_checks, "reason_to_hold", False),
    "before the text is compared with others": (moderation, "judge", False),
    "in the transaction": (runs, "request_run", False),
    "after it was committed": (runs, "notify_new_answers", True),
    "before the way to the thank-you": (submission, "accept", True),
}


@pytest.fixture
def postgres_app(lend_postgres: Callable[[], str], tmp_path: Path) -> Iterator[Flask]:
    with migrated(quiet(tmp_path, database_url=lend_postgres())) as app:
        yield app


def cut() -> None:
    """End this thread's connection from the server's side, as a restart does."""
    number = db.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with db.engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({number})")


def cutting(real: Callable[..., object], *, first: bool) -> Callable[..., object]:
    def instead(*given: object, **named: object) -> object:
        if first:
            cut()
        result = real(*given, **named)
        if not first:
            cut()
        return result

    return instead


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_connection_that_breaks(postgres_app: Flask, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    make_survey(postgres_app, None)
    client = postgres_app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": TYPED}
    owner, name, is_stored = MOMENTS[moment]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, cutting(getattr(owner, name), first=name not in ("get_survey", "accept")))
        response = client.post(f"/s/{SLUG}", data=form)
    with postgres_app.app_context():
        assert db.session.query(Answer).count() == is_stored
    if is_stored:
        assert response.status_code == 303
    else:
        assert response.status_code == 503
        assert TYPED in response.text
    assert client.post(f"/s/{SLUG}", data=form).status_code == 303
    with postgres_app.app_context():
        assert [answer.text for answer in db.session.query(Answer)] == [TYPED]
