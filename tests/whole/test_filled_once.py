"""What tests share: a site that is filled once and copied is as if it had been filled each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey.core.account_models import Owner
from survey.core.database import Model, db
from tests.support import filled_once as copies
from tests.support import saved_site
from tests.support.filled_once import filled_once
from tests.support.site import migrated, quiet
from tests.support.visitors import make_owner, make_survey


def everything(app: Flask) -> dict[str, list[Any]]:
    """The rows of every table."""
    with app.app_context():
        return {
            name: sorted(map(repr, db.session.execute(table.select()))) for name, table in Model.metadata.tables.items()
        }


@pytest.mark.both_databases
def test_what_is_copied_is_what_was_written(
    app: Flask, database_url: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "KEPT", {})
    calls = []

    def fill(app: Flask) -> list[int]:
        calls.append(app)
        return [saved_site.fill(app)]

    first = filled_once(app, fill)
    written = everything(app)
    assert all(rows for name, rows in written.items() if name != "page_version"), "something in every table"
    first.append(0)  # what was given is the caller's own
    folder = tmp_path / "second"
    is_sqlite = database_url.startswith("sqlite")
    url = "" if is_sqlite else request.getfixturevalue("lend_postgres")()
    folder.mkdir()
    with migrated(quiet(folder, database_url=url)) as second:
        given = filled_once(second, fill)
        assert given == first[:1]
        given.append(0)
        assert [known for _, known in copies.KEPT.values()][-1] == first[:1]
        assert len(calls) == 1
        assert everything(second) == written
        with second.app_context():
            known = {owner.id for owner in db.session.query(Owner)}
        assert make_owner(second, "Another") == max(known) + 1
        for name in ("A third", "A fourth"):
            filled_once(second, make_owner, name)
        with second.app_context():
            assert db.session.query(Owner).count() == len(known) + 3, "what has something is filled as it is"


def test_other_words_are_written_anew(tmp_path: Path) -> None:
    questions = []
    for number, question in enumerate(("What?", "Why?", "What?")):
        with migrated(quiet(tmp_path / str(number))) as app:
            filled_once(app, asked, question=question)
            questions.append(everything(app)["survey"][0])
    assert ["Why?" in row for row in questions] == [False, True, False]


def asked(app: Flask, /, *, question: str) -> None:
    make_survey(app, make_owner(app), question=question)
