"""Many people change and delete answers at once while the worker places and analyses: no request is refused."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey, ThemeResult
from survey.core.settings import Settings
from survey.worker.worker import Worker
from tests.support.visitors import SLUG, field, owned_survey, send_answer

pytestmark = pytest.mark.both_databases

LINK = re.compile(rf"/s/{SLUG}/mine/[\w-]+")
POINTS = ["Honesty", "Listening", "Patience", "Humour", "Telling the truth", "Trust", "Respect", "Zebras"]
ANSWERS, PEOPLE, TURNS = 24, 6, 12


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As many threads write at once as a web process has and more."""
    return Settings(**{name: getattr(settings, name) for name in settings.__slots__} | {"address_answers": 100_000})


def words(picked: random.Random, mark: object) -> str:
    return " and ".join(picked.sample(POINTS, 3)) + f" {mark}"


@pytest.mark.slow
def test_concurrent_changes_and_deletions_do_not_stop_each_other(app: Flask, perform: Callable[[Flask], None]) -> None:
    app.config["TESTING"] = False  # an error is a page, as it is for visitors
    survey_id = owned_survey(app)
    links = []
    for number in range(ANSWERS):
        client = app.test_client()
        send_answer(client, words(random.Random(number), number))
        found = LINK.search(client.get(f"/s/{SLUG}/thanks?look=9").text)
        assert found
        links.append(found[0])
    perform(app)
    stop = Event()

    def work() -> None:
        worker = Worker(app)
        while not stop.is_set():
            worker.sweep()
            worker.place(survey_id)

    def person(seed: int) -> Counter[int]:
        picked, client = random.Random(seed), app.test_client()
        statuses: Counter[int] = Counter()
        for turn in range(TURNS):
            link = picked.choice(links)
            page = client.get(link)
            if page.status_code == 404:  # somebody deleted it
                continue
            form = {"csrf_token": field(page, "csrf_token")}
            if picked.random() < 0.15:
                statuses[client.post(f"{link}/delete", data=form).status_code] += 1
            else:
                form["text"] = words(picked, f"{seed} {turn}")
                statuses[client.post(link, data=form).status_code] += 1
        return statuses

    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        working = pool.submit(work)
        statuses = sum(pool.map(person, range(PEOPLE)), Counter[int]())
        stop.set()
        working.result(60)
    assert set(statuses) <= {303, 404}, statuses
    assert statuses[303] > PEOPLE * TURNS / 3
    perform(app)
    with app.app_context():
        assert db.session.scalars(select(Run.error).where(Run.state == "failed")).all() == []
        run = db.session.get_one(Run, db.session.get_one(Survey, survey_id).current_run_id)
        assert run.answers == db.session.query(Answer).count()
        counted = dict(
            db.session.execute(
                select(Placement.theme_id, func.count(Idea.answer_id.distinct()))
                .join(Idea, Idea.id == Placement.idea_id)
                .where(Idea.run_id == run.id)
                .group_by(Placement.theme_id)
            ).all()
        )
        shown = dict(
            db.session.execute(
                select(ThemeResult.theme_id, ThemeResult.people).where(
                    ThemeResult.run_id == run.id, ThemeResult.parent_id.is_(None)
                )
            ).all()
        )
        assert shown == counted
