"""After an update to another model: vectors are made anew, and themes, names and edits stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select, update

from analysis.arrays import FloatArray
from survey.answers import lifecycle as answers
from survey.core.database import db, write_transaction
from survey.core.models import Idea, Placement, Run, Survey, Theme, ThemeResult, Vector
from survey.curation import theme_edits
from survey.imports import importer
from survey.runs import lifecycle as runs
from survey.worker.worker import Worker
from tests.support.toy_model import ToyModel
from tests.support.visitors import SLUG, owned_survey, sign_in
from tests.worker.test_worker import ANSWERS, fill

pytestmark = pytest.mark.both_databases


class Newer(ToyModel):
    """A model of other dimensions."""

    model = "newer"

    def encode(self, texts: Sequence[str]) -> FloatArray:
        vectors = super().encode(texts)
        return np.asarray(np.concatenate([vectors, vectors], axis=1) / np.sqrt(2), dtype=np.float32)


def homes() -> dict[tuple[int, int], set[str]]:
    run = db.session.scalars(select(Survey)).one().current_run_id
    rows = db.session.execute(
        select(Idea.answer_id, Idea.starts, Theme.public_id)
        .join(Placement, Placement.idea_id == Idea.id)
        .join(Theme, Theme.id == Placement.theme_id)
        .where(Idea.run_id == run)
    )
    found: dict[tuple[int, int], set[str]] = {}
    for answer, starts, theme in rows:
        found.setdefault((answer, starts), set()).add(theme)
    return found


def test_themes_names_and_edits_stay_and_new_answers_wait_for_the_vectors(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        theme = db.session.scalars(select(Theme).where(Theme.key == "listening")).one()
        theme_edits.rename(theme, "Ears open")
        before = homes()
    monkeypatch.setattr("survey.worker.worker.load", lambda model, keep: Newer())
    worker = Worker(app)
    with app.app_context():
        answers.receive(
            db.session.get_one(Survey, survey_id), answers.NewAnswer("listen to him", answers.new_form_key())
        )
        waiting = db.session.scalars(select(Run).where(Run.state == "asked")).all()
        for run in waiting:  # as if the update had come before the answer
            db.session.delete(run)
        db.session.commit()
    worker.sweep()
    with app.app_context():
        asked = db.session.scalars(select(Run).where(Run.state == "asked")).one()
        asked.not_before = asked.asked_at
        db.session.commit()
        assert homes() == before  # nothing was placed by vectors that cannot be compared
    worker.sweep()
    worker.sweep()
    with app.app_context():
        newest = runs.latest(survey_id)
        assert newest is not None and (newest.state, newest.model, newest.error) == ("finished", "newer", None)
        after = homes()
        assert before.items() <= after.items() and len(after) == len(before) + 1
        assert db.session.scalars(select(Theme.name).where(Theme.key == "listening")).one() == "Ears open"
        assert set(db.session.scalars(select(Vector.model))) == {"newer"}
        assert db.session.scalar(select(Run.id).where(Run.state == "asked")) is None


def test_what_is_told_of_themes_that_another_model_found(
    sqlite_app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their re-runs are those with its vectors, and their owner is told, until themes are found again."""
    app, survey_id = sqlite_app, owned_survey(sqlite_app)
    with app.app_context():
        importer.import_answers(db.session.get_one(Survey, survey_id), ("answer\n" + "\n".join(ANSWERS)).encode())
    perform(app)
    with app.app_context():
        db.session.execute(update(ThemeResult).values(came_back=17, re_runs=19))
        db.session.commit()
    told, of_before = "another model reads the answers", (17, 19)
    client = app.test_client()
    sign_in(client)
    assert told not in client.get(f"/manage/{SLUG}").text
    monkeypatch.setattr("survey.worker.worker.load", lambda model, keep: Newer())
    for finds, looked in ((False, False), (False, False), (True, True)):
        with app.app_context():
            with write_transaction() as session:
                run_id = runs.request_run(session, survey_id, "owner", finds=finds)
            runs.enqueue(run_id)
        perform(app)
        with app.app_context():
            run = runs.latest(survey_id)
            assert run is not None and (run.state, run.model) == ("finished", "newer")
            counted = select(ThemeResult.came_back, ThemeResult.re_runs).where(ThemeResult.run_id == run.id)
            assert ({tuple(row) for row in db.session.execute(counted)} == {of_before}) is not looked
        assert (told in client.get(f"/manage/{SLUG}").text) is not looked
