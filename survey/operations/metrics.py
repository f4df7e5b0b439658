"""What Prometheus reads: requests as the processes count them, and what the database says of answers, runs, workers.

Each web process counts in a file of its own where PROMETHEUS_MULTIPROC_DIR names a folder
(survey/serve/gunicorn_config.py sees to
it), and any of them adds the files up; without one a process tells of itself alone.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from functools import cache

from flask import Flask, Response, current_app
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from survey.answers.moderation import STATUSES
from survey.core.database import db, now
from survey.core.models import Answer, Run
from survey.runs.heartbeats import count_live_workers
from survey.web import logging_setup

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
RUN_STATES = ("asked", "running", "finished", "failed")

REQUESTS = Counter("threads_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "threads_request_seconds",
    "Time until a request was answered.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class FromDatabase(Collector):
    """What is read from the database each time somebody asks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See prometheus_client's Collector."""
        answers = GaugeMetricFamily("threads_answers", "Answers kept, by what became of them.", labels=["status"])
        counted = dict(db.session.execute(select(Answer.status, func.count()).group_by(Answer.status)).all())
        for status in STATUSES:
            answers.add_metric([status], counted.get(status, 0))
        yield answers
        runs = GaugeMetricFamily("threads_runs", "Runs of the analysis, by state.", labels=["state"])
        states = dict(db.session.execute(select(Run.state, func.count()).group_by(Run.state)).all())
        for state in RUN_STATES:
            runs.add_metric([state], states.get(state, 0))
        yield runs
        moment = now()
        oldest = db.session.scalar(select(func.min(Run.not_before)).where(Run.state == "asked"))
        late = max(0.0, (moment - oldest).total_seconds()) if oldest else 0.0
        yield GaugeMetricFamily("threads_run_waiting_seconds", "How long the oldest run has been due.", value=late)
        yield GaugeMetricFamily(
            "threads_workers", "Workers that gave a sign of life lately.", value=count_live_workers()
        )


def init_app(app: Flask) -> None:
    """Count every request."""

    @app.after_request
    def count(response: Response) -> Response:
        count_request(
            logging_setup.method(), logging_setup.route(), response.status_code, logging_setup.milliseconds() / 1000
        )
        return response


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    requests, times = _of_request(method, route, status)
    requests.inc()
    times.observe(seconds)


@cache
def _of_request(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return what is counted for requests like this one; there are as many as routes, methods and statuses."""
    return REQUESTS.labels(method, route, status), SECONDS.labels(route)


def exposition() -> bytes:
    """Everything, in Prometheus' text format."""
    if os.environ.get(FOLDER):
        requests = CollectorRegistry()
        multiprocess.MultiProcessCollector(requests)  # type: ignore[no-untyped-call]
    else:
        requests = REGISTRY
    data = CollectorRegistry()
    data.register(FromDatabase())
    return bytes(generate_latest(requests) + generate_latest(data))


def is_token(shown: str | None) -> bool:
    """Whether this is the token that may read the metrics; nobody may where none is set."""
    wanted = current_app.config["METRICS_TOKEN"]
    return bool(wanted and shown and secrets.compare_digest(shown.encode(), wanted.encode()))
