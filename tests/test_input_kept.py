"""The input matrix, second half: what can be kept is stored exactly on every way in, and leaves exactly."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest
from conftest import make_survey
from flask import Flask
from kept_texts import TEXTS
from sqlalchemy import create_engine, text
from ways_in import NAMES, Way, site_with_ways

from survey import answers
from survey.database import db
from survey.models import Answer, Idea, Run, Survey

OTHERS = ("Listening to each other, every day", "A plain answer")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ways(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Way]]:
    """One site for all rows, on each database."""
    folder = tmp_path_factory.mktemp("kept")
    if request.param == "sqlite":
        with site_with_ways(folder) as ways:
            yield ways
        return
    server = request.getfixturevalue("postgres_server")
    name = f"kept{os.urandom(6).hex()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    with site_with_ways(folder, database_url=re.sub(r"/postgres(?=\?|$)", f"/{name}", server)) as ways:
        yield ways
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", TEXTS)
def test_what_was_typed_is_stored_exactly(ways: dict[str, Way], row: str, name: str) -> None:
    way, typed = ways[name], TEXTS[row]
    before = way.stored()
    answer = way.send(f" {typed}\r\n" if name != "import" else typed)
    assert answer.status_code in (201, 303)
    assert way.stored() == [*before, answers.tidy(typed)]


def test_no_text_of_the_table_is_changed_by_tidying() -> None:
    assert {name: answers.tidy(typed) for name, typed in TEXTS.items()} == TEXTS


def test_the_analysis_reads_them_all(sqlite_app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(sqlite_app, None)
    with sqlite_app.app_context():
        for number, typed in enumerate([*TEXTS.values(), *OTHERS]):
            answers.receive(db.session.get_one(Survey, survey_id), answers.NewAnswer(typed, f"{number:022}"))
    perform(sqlite_app)
    with sqlite_app.app_context():
        assert db.session.query(Run.state).all() == [("finished",)]
        assert set(db.session.query(Answer.status)) == {("shown",)}
        spans = db.session.query(Answer.text, Idea.starts, Idea.ends).join(Idea, Idea.answer_id == Answer.id).all()
    assert {words for words, _, _ in spans} == {*TEXTS.values(), *OTHERS}
    assert all(0 <= starts <= ends <= len(words) for words, starts, ends in spans)
