"""The web processes: one killed under load, and a clock that is a day off."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from survey.answers import lifecycle as answers
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Run, Survey
from survey.core.settings import PROJECT
from survey.runs import lifecycle as runs
from tests.faults.running_site import FULL, chosen, figure, running_site, wait_for
from tests.faults.under_load import TAKEN, assert_kept, begin
from tests.support.visitors import OWNER, SLUG, field, make_owner, make_survey, send_answer, sign_in_by_page

pytestmark = pytest.mark.usefixtures("axes")

KILLS = chosen(2, 6)
PAUSES = (1.0, 2.5) if FULL else (0.5, 1.2)
DAY = timedelta(days=1)
either_way = pytest.mark.parametrize(
    ("database_url", "off"),
    [("sqlite", DAY), ("postgresql", -DAY)],
    ids=["sqlite-ahead", "postgresql-behind"],
    indirect=["database_url"],
)
"""What is compared with the clock is the same; the databases keep moments differently"""


def test_a_web_process_killed_under_load_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(seed := random.randrange(10**6))
    print(f"\nseed of the kills: {seed}")
    with running_site(tmp_path) as site:
        web = site.start_web()
        under_way = begin(site, posts=chosen(400, 3000), clients=50)
        for _ in range(KILLS):
            time.sleep(chance.uniform(*PAUSES))
            victims = site.web_workers(web)
            assert victims
            os.kill(chance.choice(victims).pid, signal.SIGKILL)
        result = under_way.wait()
        assert_kept(site, result)
        assert len(result.taken) == len(result.posts)
        assert set(result.statuses) <= {0, 200, TAKEN}
        wait_for(lambda: len(site.web_workers(web)) == 2, 20, "both are back")
    figure("a web process killed under load", kills=KILLS, broken=result.statuses[0], **result.said())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets the clock of this process wrong by so much."""
    off = [timedelta()]

    def wrong() -> datetime:
        return now() + off[0]

    for name, module in list(sys.modules.items()):
        if name.startswith("survey.") and getattr(module, "now", None) is now:
            monkeypatch.setattr(module, "now", wrong)
    real = time.time
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: real() + off[0].total_seconds())

    def put(by: timedelta) -> None:
        off[0] = by

    return put


@either_way
def test_a_clock_a_day_off_holds_nothing_up_once_it_is_right(
    app: Flask, perform: Callable[[Flask], None], clock: Callable[[timedelta], None], off: timedelta
) -> None:
    survey_id = make_survey(app, None)
    app.config["RUN_DELAY"] = 10
    clock(off)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        answers.receive(survey, answers.NewAnswer("Listening", answers.new_form_key()))
        run_id = db.session.query(Run.id).scalar()
        with write_transaction() as session:
            session.get_one(Run, run_id).not_before -= timedelta(seconds=60)
        assert runs.claim(run_id)  # and its worker dies
    clock(timedelta())
    with app.app_context():
        assert runs.due_run_ids(now()) == [run_id]
        answers.receive(db.session.get_one(Survey, survey_id), answers.NewAnswer("Honesty", answers.new_form_key()))
    perform(app)
    with app.app_context():
        assert db.session.get_one(Run, run_id).state == "finished"
        waiting = db.session.query(Run).where(Run.state == "asked").one()
        assert abs(waiting.not_before - now()) < timedelta(minutes=1)
        assert db.session.query(Answer).where(Answer.status == "shown").count() == 2


def test_a_run_asked_for_by_a_clock_ahead_is_done_at_once(
    app: Flask, perform: Callable[[Flask], None], clock: Callable[[timedelta], None]
) -> None:
    survey_id = make_survey(app, None)
    clock(DAY)
    app.config["RUN_DELAY"] = 10
    with app.app_context():
        answers.receive(db.session.get_one(Survey, survey_id), answers.NewAnswer("Trust", answers.new_form_key()))
    clock(timedelta())
    perform(app)
    with app.app_context():
        assert db.session.query(Run.state).scalar() == "finished"


def test_a_clock_that_jumps_during_a_run_does_not_let_another_worker_in_for_good(
    app: Flask, clock: Callable[[timedelta], None]
) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        runs.request_run_now(survey_id)
        run_id = runs.due_run_ids(now())[0]
        token = runs.claim(run_id)
        assert token
        for off in (DAY, timedelta(), -DAY):
            clock(off)
            runs.save_progress(run_id, token, "ideas", 1, 2)
            assert runs.claim(run_id) is None


@either_way
def test_a_form_opened_by_a_wrong_clock_can_be_sent(
    app: Flask, clock: Callable[[timedelta], None], off: timedelta
) -> None:
    owner_id = make_owner(app, OWNER)
    make_survey(app, owner_id)
    visitor, owner = app.test_client(), app.test_client()
    clock(off)
    page = visitor.get(f"/s/{SLUG}")
    assert sign_in_by_page(owner).status_code == 303
    clock(timedelta())
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "Patience, above all"}
    sent = visitor.post(f"/s/{SLUG}", data=form)
    figure("a form opened by a wrong clock", off_hours=off.total_seconds() / 3600, first_status=sent.status_code)
    if sent.status_code != 303:  # its session is from the time to come: the text stays, and is sent once more
        assert sent.status_code == 400
        assert "Patience, above all" in sent.text
        again = {name: field(sent, name) for name in ("csrf_token", "form_key", "token")} | {
            "text": "Patience, above all"
        }
        assert again["form_key"] == form["form_key"]
        assert visitor.post(f"/s/{SLUG}", data=again).status_code == 303
    assert send_answer(app.test_client(), "Kindness").status_code == 303
    assert owner.get("/manage").status_code in (200, 302)
    assert sign_in_by_page(app.test_client()).status_code == 303
    with app.app_context():
        assert db.session.query(Answer).count() == 2


def test_the_load_client_says_what_it_does() -> None:
    command = [sys.executable, "-m", "benchmarks.load", "--help"]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "--clients" in said.stdout
