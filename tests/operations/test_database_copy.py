"""A whole database copied into another: every row, every type, and nothing that differs goes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from survey.core.database import Model, db, write_transaction
from survey.core.models import Answer
from survey.operations import database_copy
from survey.operations.database_copy import OperationError
from tests.support.databases import empty_postgres
from tests.support.saved_site import another, fill
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases

CHANGES = {
    "UPDATE answer SET text = 'Other' WHERE id = 2": r"answer: the row 2 is not the same in the copy \(text\)",
    "UPDATE answer SET nearest = 'null' WHERE id = 3": r"answer: the row 3 is not the same in the copy \(nearest\)",
    "UPDATE answer SET nearest = NULL WHERE id = 2": r"answer: the row 2 is not the same in the copy \(nearest\)",
    "UPDATE answer SET received_at = '2020-01-01 00:00:00.000001' WHERE id = 1": "row 1 is not the same.*received_at",
    "UPDATE placement SET strength = 0.6666666666666667 WHERE idea_id = 1 AND theme_id = 2": "the row 1, 2 is not",
    "UPDATE survey SET is_open = false": r"survey: the row 1 is not the same in the copy \(is_open\)",
    "DELETE FROM vector WHERE model = 'B'": r"vector: the row 1, 0000.*, B is missing",
    "INSERT INTO deletion VALUES ('eeeeeeeeeeeeeeee', '2020-01-01 00:00:00')": "deletion: the row e{16} is only in",
    "UPDATE run SET settings = '{}' WHERE id = 1": r"run: the row 1 is not the same in the copy \(settings\)",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def target_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An empty site of the other kind of database, or of the same."""
    if request.param == "sqlite":
        with another(tmp_path / "target") as app:
            yield app
        return
    with empty_postgres(request.getfixturevalue("postgres_server")) as url, another(tmp_path / "target", url) as app:
        yield app


def copy(source_app: Flask, target_app: Flask) -> dict[str, int]:
    with source_app.app_context():
        source_engine = db.engine
    with (
        target_app.app_context(),
        source_engine.connect() as source,
        database_copy.exclusive_transaction(db.engine) as target,
    ):
        rows = database_copy.copy_all(source, target)
        database_copy.compare(source, target)
    return rows


def test_every_table_is_filled_here_and_copied(app: Flask, target_app: Flask) -> None:
    fill(app)
    rows = copy(app, target_app)
    assert set(rows) == set(Model.metadata.tables)
    assert [table for table, count in rows.items() if not count] == []


def test_ids_go_on_after_those_copied(app: Flask, target_app: Flask) -> None:
    fill(app)
    copy(app, target_app)
    with app.app_context():
        last = max(row[0] for row in db.session.query(Answer.id))
    survey_id = make_survey(target_app, None, slug="another")
    with target_app.app_context():
        with write_transaction() as session:
            session.add(Answer(survey_id=survey_id, form_key="new", text="Trust"))
        assert db.session.query(Answer.id).filter_by(form_key="new").scalar() == last + 1


@pytest.mark.parametrize("statement", CHANGES)
def test_a_row_that_differs_is_found(sqlite_app: Flask, target_app: Flask, statement: str) -> None:
    fill(sqlite_app)
    copy(sqlite_app, target_app)
    with target_app.app_context(), db.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount
    with sqlite_app.app_context(), db.engine.connect() as source, target_app.app_context():
        with db.engine.connect() as target, pytest.raises(OperationError, match=CHANGES[statement]) as found:
            database_copy.compare(source, target)
        assert "Patience" not in str(found.value)


def test_a_copy_that_breaks_off_leaves_nothing(
    sqlite_app: Flask, target_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_app)
    monkeypatch.setattr(database_copy, "compare", lambda *args: (_ for _ in ()).throw(OperationError("differs")))
    with pytest.raises(OperationError):
        copy(sqlite_app, target_app)
    with target_app.app_context(), db.engine.connect() as connection:
        assert database_copy.is_empty(connection)


def test_what_the_new_database_does_not_take_is_said_without_its_words(
    sqlite_app: Flask, tmp_path: Path, postgres_server: str
) -> None:
    fill(sqlite_app)
    with sqlite_app.app_context(), write_transaction() as session:
        session.execute(text("UPDATE answer SET text = 'zebra' || char(0) || 'x' WHERE id = 1"))
    with empty_postgres(postgres_server) as url, another(tmp_path / "target", url) as target_app:
        with pytest.raises(OperationError, match="does not take a row of table answer") as found:
            copy(sqlite_app, target_app)
        assert "zebra" not in str(found.value)


def test_sequences_of_a_copy_that_is_given_up_are_not_moved(
    sqlite_app: Flask, tmp_path: Path, postgres_server: str
) -> None:
    with empty_postgres(postgres_server) as url, another(tmp_path / "target", url) as target_app:
        for number in range(3):
            make_survey(target_app, None, slug=f"there-{number}")
        with sqlite_app.app_context():
            source_engine = db.engine
        with target_app.app_context(), source_engine.connect() as source:  # noqa: SIM117
            with pytest.raises(ZeroDivisionError), database_copy.exclusive_transaction(db.engine) as target:
                database_copy.clear(target)
                database_copy.copy_all(source, target)
                raise ZeroDivisionError
        assert make_survey(target_app, None, slug="next") == 4


def test_a_version_that_does_not_fit_is_refused(app: Flask) -> None:
    with app.app_context():
        with db.engine.connect() as connection:
            assert database_copy.version(connection) == database_copy.newest_version()
        database_copy.check_version("0001", "It", older=True)
        for found, words in (("0001", "needs"), ("9999", "newer one made it"), (None, "no tables")):
            with pytest.raises(OperationError, match=words):
                database_copy.check_version(found, "It")
