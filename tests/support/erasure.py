"""What the tests of deleting share: a survey to delete from, how an owner does it, and what is left."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.core.database import Model, db, write_transaction
from survey.core.models import Answer, AnswerImport, Run, Survey, ThemeResult
from survey.imports import importer
from survey.results import result_counts
from survey.worker import housekeeping
from tests.support.visitors import SLUG, field

PAGE = f"/manage/{SLUG}"
ROWS = ["Honesty", "Honesty always", "Listening", "Listening well", "We laugh a lot", "Zebras"]
FILE = ("answer\n" + "\n".join(ROWS) + "\n").encode()
EMPTY_AFTER = {"deletion", "outgoing_mail", "owner", "page_version", "set_up_link", "site_fact", "worker_process"}
"""Tables that have nothing of a survey"""


def own(slug: str = SLUG) -> Survey:
    return db.session.query(Survey).filter_by(slug=slug).one()


def bring(app: Flask, content: bytes = FILE, name: str = "people.csv", slug: str = SLUG) -> str:
    """Import a file; the public id of the import."""
    with app.app_context():
        importer.import_answers(own(slug), content, name=name)
        return str(db.session.query(AnswerImport.public_id).order_by(AnswerImport.id.desc()).limit(1).scalar())


def post(client: FlaskClient, url: str, **form: str) -> TestResponse:
    token = field(client.get("/manage/new"), "csrf_token")
    return client.post(url, data={"csrf_token": token, **form})


def public_id(app: Flask, words: str) -> str:
    with app.app_context():
        return str(db.session.query(Answer.public_id).filter_by(text=words).scalar())


def shown_counts(app: Flask) -> object:
    """Every count of the result that is shown."""
    with app.app_context():
        run = db.session.get_one(Run, own().current_run_id)
        rows = db.session.query(ThemeResult).filter_by(run_id=run.id).order_by(ThemeResult.theme_id)
        themes = [(row.theme_id, row.people, row.mentions, row.by_day) for row in rows]
        return run.answers, run.ideas, run.nonanswers, run.placed, run.by_day, themes


def count_anew(app: Flask) -> None:
    with app.app_context():
        run_id = own().current_run_id
        with write_transaction() as session:
            result_counts.recount(
                session, run_id, [row.theme_id for row in session.query(ThemeResult).filter_by(run_id=run_id)]
            )


def rows_of(app: Flask) -> dict[str, int]:
    """How many rows the tables have that may hold something of a survey."""
    with app.app_context():
        found = {name: db.session.query(table).count() for name, table in Model.metadata.tables.items()}
        return {name: number for name, number in found.items() if number and name not in EMPTY_AFTER}


def go_on(app: Flask) -> None:
    """What the worker does of it."""
    with app.app_context():
        housekeeping.Housekeeping().after_runs()


def delete_survey(client: FlaskClient, address: str = SLUG, slug: str = SLUG) -> TestResponse:
    return post(client, f"/manage/{slug}/delete", address=address)
