"""An instance folder of an earlier version opens: its answers, edits, secret links, sessions and queued work.

The folder was made on 28 November 2026 by the last commit before the packages of survey/ and analysis/, with the pages
of the site and the toy model: one survey, 17 answers, a theme renamed, one merged, one hidden, and a new answer whose
placing was still in the queue.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from huey.api import Huey

from app import create_app
from survey.core.database import db, migrations
from survey.core.models import Answer, Idea, Theme
from survey.runs.queue import JobQueue
from survey.worker.worker import Worker
from tests.support.site import quiet
from tests.support.toy_model import use_toy_model
from tests.support.visitors import sign_in_by_page

FOLDER = Path(__file__).parents[1] / "data"
SLUG = "library"
NEWEST = "please open later in the evening"


@dataclass
class Old:
    """A site on the folder, and what its maker wrote down: the secret of each answer, the id of each theme."""

    app: Flask
    secrets: dict[str, str]
    themes: dict[str, str]


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Old]:
    with tarfile.open(FOLDER / "instance_0.1.0_november_2026.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    about = json.loads((tmp_path / "about.json").read_text(encoding="utf-8"))
    use_toy_model(monkeypatch)
    app = create_app(quiet(tmp_path / "instance"))
    with app.app_context():
        migrations.upgrade()
    yield Old(app, about["secrets"], about["themes"])
    with app.app_context():
        db.engine.dispose()


def test_its_pages_show_what_they_showed(old: Old) -> None:
    visitor = old.app.test_client()
    page = visitor.get(f"/s/{SLUG}/themes").text
    assert "Open late" in page
    assert "Quieter rooms to read" in page
    assert "Opening on sunday" not in page  # merged into the first
    assert old.themes["Mehr bücher auf türkisch"] not in page  # hidden
    assert visitor.get(f"/s/{SLUG}/themes/{old.themes['Hours in the evening']}").status_code == 200
    assert visitor.get(f"/s/{SLUG}/map").status_code == 200


def test_each_secret_link_still_opens_its_answer(old: Old) -> None:
    visitor = old.app.test_client()
    for text, secret in old.secrets.items():
        page = visitor.get(f"/s/{SLUG}/mine/{secret}")
        assert page.status_code == 200
        assert text.split('"')[0] in page.text


def test_the_owner_signs_in_and_exports(old: Old) -> None:
    owner = old.app.test_client()
    assert sign_in_by_page(owner).status_code == 303
    page = owner.get(f"/manage/{SLUG}/themes").text
    assert "Open late" in page
    assert "Mehr bücher auf türkisch" in page
    assert owner.get(f"/manage/{SLUG}/export/answers.csv").status_code == 200


@pytest.mark.slow
@pytest.mark.usefixtures("axes")
def test_a_run_keeps_the_edits(old: Old) -> None:
    with old.app.app_context():
        from_before = {theme.public_id: theme.name for theme in db.session.query(Theme)}
    Worker(old.app).sweep()
    with old.app.app_context():
        newest = db.session.query(Answer).filter_by(text=NEWEST).one()
        assert db.session.query(Idea).filter_by(answer_id=newest.id).count() > 0
        after = {theme.public_id: theme.name for theme in db.session.query(Theme)}
    assert from_before.items() <= after.items()


def test_the_queue_knows_what_an_earlier_version_put_into_it(old: Old) -> None:
    jobs: JobQueue = old.app.extensions["jobs"]
    huey: Huey = jobs.huey
    assert huey.pending()  # raises where a task has a name that is not known any more
