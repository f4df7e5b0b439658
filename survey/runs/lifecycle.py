"""The lifecycle of an analysis run: requested, claimed by a worker, running, finished or failed.

A run belongs to the worker that claimed it. Each write to it is conditional on the claim token, so that a worker that
was paused cannot write after another one took the run over.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from survey.core.database import DATABASE_UNAVAILABLE, db, insert_new_returning, now, write_batch, write_transaction
from survey.core.i18n import N_
from survey.core.models import Answer, Idea, Run, Survey
from survey.runs.failures import CRASHED_TOO_OFTEN
from survey.runs.queue import JobQueue

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(seconds=120)
"""A running run without a heartbeat for this long may be claimed by another worker"""
MAX_DELAYS = 4
"""New answers postpone a waiting run by at most this many delays (THREADS_RUN_DELAY)"""
LONG_RUN = timedelta(seconds=20)
REST_FACTOR = 10
"""After a run of LONG_RUN or more, the next one for new answers starts this many times its duration later"""
MAX_REST = timedelta(hours=1)
DELETED_IDEAS = 2000
"""In one transaction, of a run that failed or is repeated"""
MAX_WAIT = timedelta(hours=1)
"""A run that is due for this long is next, however many answers it has"""
MAX_COUNTED = 20_000
"""Surveys with more answers count as alike when it is decided which run is next"""
MAX_ATTEMPTS = 3
"""A run that was claimed this often without finishing has failed"""
RETRY_DELAY = timedelta(seconds=10)
"""Delay before a run is retried that a database error stopped"""
STAGES = {
    "ideas": N_("Reading the answers"),
    "vectors": N_("Comparing what they say"),
    "placing": N_("Placing them in known themes"),
    "discovering": N_("Looking for new themes"),
    "naming": N_("Naming the themes"),
    "quotes": N_("Choosing quotes"),
    "certainty": N_("Finding out how sure they are"),
    "following": N_("Placing all other answers"),
    "saving": N_("Saving the result"),
}


_run = Run.__table__.c
WAITING_RUN = select(_run.id, _run.asked_at, _run.not_before).where(
    _run.survey_id == bindparam("survey"), _run.state == "asked"
)


class ClaimLost(Exception):
    """The run belongs to another worker or was deleted: stop, and write nothing more."""


def request_run(session: Session, survey_id: int, reason: str, *, finds: bool = False) -> int:
    """Request a run of a survey, inside the caller's write transaction; return the id of the waiting run.

    At most one run of a survey waits at a time. New answers postpone a waiting run a little, so that many answers share
    one run; a request by the owner makes it due at once. After a long run the next one waits in proportion to its
    duration; new answers are placed in the existing themes meanwhile. With `finds` the themes are found again; without,
    only where there are none or the survey has grown by half since.
    """
    moment = now()
    delay = timedelta(seconds=current_app.config["RUN_DELAY"] if reason == "answers" else 0)
    waiting = _waiting(session, survey_id)
    if waiting is None:
        rested = _rested(session, survey_id) if reason == "answers" else None
        values = {
            "survey_id": survey_id,
            "reason": reason,
            "finds": finds,
            "found_answers": 0,
            "state": "asked",
            "asked_at": moment,
            "not_before": max(moment + delay, rested or moment),
            "done": 0,
            "total": 0,
            "answers": 0,
            "ideas": 0,
            "nonanswers": 0,
            "placed": 0,
            "settings": {},
            "changes": [],
            "forming": [],
            "reading": [],
        }
        made = insert_new_returning(session, Run, [values], ("survey_id",), where="state = 'asked'")
        if made:
            return int(made[0])
        waiting = _waiting(session, survey_id)
    if waiting is None:
        raise RuntimeError(f"survey {survey_id} has neither a waiting run nor room for one")
    if finds:
        session.execute(update(Run).where(Run.id == waiting.id).values(finds=True))
    if waiting.asked_at > moment + STALE_AFTER:  # requested while the clock was wrong
        session.execute(update(Run).where(Run.id == waiting.id).values(asked_at=moment, not_before=moment + delay))
    elif reason == "owner":
        session.execute(update(Run).where(Run.id == waiting.id).values(not_before=moment, reason=reason))
    else:
        later = min(moment + delay, waiting.asked_at + MAX_DELAYS * delay)
        if later - waiting.not_before > delay / 2:  # not for every answer: they would all update the same row
            session.execute(update(Run).where(Run.id == waiting.id).values(not_before=later))
    return int(waiting.id)


def _rested(session: Session, survey_id: int) -> datetime | None:
    """Return the earliest start of the next run after a long one, None if the last one was short."""
    last = session.execute(
        select(Run.claimed_at, Run.finished_at)
        .where(Run.survey_id == survey_id, Run.state == "finished")
        .order_by(Run.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.claimed_at is None or last.finished_at is None:
        return None
    took = last.finished_at - last.claimed_at
    return None if took < LONG_RUN else last.finished_at + min(REST_FACTOR * took, MAX_REST)


def _waiting(session: Session, survey_id: int) -> Any:
    """Return id, asked_at and not_before of the waiting run of a survey, or None."""
    return session.connection().execute(WAITING_RUN, {"survey": survey_id}).one_or_none()


def request_run_now(survey_id: int) -> None:
    """Request a run for the owner, due at once, that finds the themes again."""
    with write_transaction(shown=False) as session:
        run_id = request_run(session, survey_id, "owner", finds=True)
    enqueue(run_id)


def enqueue(run_id: int | None) -> None:
    """Queue a run that was requested and committed. Failures are only logged: workers also poll the database."""
    try:
        run = None if run_id is None else db.session.get(Run, run_id)
    except DATABASE_UNAVAILABLE:  # the request is committed
        db.session.rollback()
        logger.warning("Run %d could not be queued. The worker finds it within a minute.", run_id, exc_info=True)
        return
    if run is not None and run.state == "asked":
        jobs: JobQueue = current_app.extensions["jobs"]
        jobs.enqueue_run(run.id, (run.not_before - now()).total_seconds())


def notify_new_answers(survey_id: int, run_id: int | None) -> None:
    """After new answers were committed: queue their placing in the existing themes, and the run."""
    if run_id is None:
        return
    request_placing(survey_id)
    jobs: JobQueue = current_app.extensions["jobs"]
    if not jobs.is_queued(run_id):
        enqueue(run_id)


def request_placing(survey_id: int) -> None:
    """Queue the placing of new answers, and the detection of bursts, for a survey."""
    jobs: JobQueue = current_app.extensions["jobs"]
    jobs.enqueue_placing(survey_id)


def enqueue_if_early(run_id: int) -> None:
    """Queue a run again that a worker received before it was due."""
    run = db.session.get(Run, run_id, populate_existing=True)
    if run is not None and run.state == "asked" and run.not_before > now():
        enqueue(run_id)


def due_run_ids(moment: datetime) -> list[int]:
    """Return the ids of runs to claim: due, or abandoned by a worker without a heartbeat.

    Those of surveys with fewer answers come first, so that nobody waits long for a short run; before them those that
    have waited for MAX_WAIT.
    """
    found = select(Run.id, Run.survey_id, Run.not_before).where(or_(_is_due(moment), _is_left(moment)))
    due = db.session.execute(found.order_by(Run.not_before, Run.id)).all()
    waited = [run.id for run in due if moment - run.not_before >= MAX_WAIT]
    others = [run for run in due if moment - run.not_before < MAX_WAIT]
    if len(others) > 1:
        others.sort(key=lambda run: _count_answers(run.survey_id))
    return waited + [run.id for run in others]


def _count_answers(survey_id: int) -> int:
    """Return how many answers a survey has, up to MAX_COUNTED."""
    some = select(Answer.id).where(Answer.survey_id == survey_id).limit(MAX_COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def _is_due(moment: datetime) -> ColumnElement[bool]:
    """Requested and due; or requested at a time in the future, by a clock that was wrong."""
    return (Run.state == "asked") & or_(Run.not_before <= moment, Run.asked_at > moment + STALE_AFTER)


def _is_left(moment: datetime) -> ColumnElement[bool]:
    return (Run.state == "running") & ~_is_alive(Run, moment)


def _is_alive(run: type[Run], moment: datetime) -> ColumnElement[bool]:
    """Whether a run has a recent heartbeat. One in the future does not count: a clock was wrong."""
    return run.heartbeat_at.between(moment - STALE_AFTER, moment + STALE_AFTER)


def claim(run_id: int) -> str | None:
    """Claim a run with one conditional UPDATE; return the claim token, or None if there is nothing to do.

    None: the run is finished or not due, another worker has it, another run of the survey is in progress (its worker
    checks again afterwards), or it failed MAX_ATTEMPTS times and is marked as failed here. What an earlier attempt
    saved of its ideas is still there.
    """
    moment = now()
    token = secrets.token_hex(16)
    other = aliased(Run)
    busy = exists().where(
        other.survey_id == Run.survey_id, other.id != Run.id, other.state == "running", _is_alive(other, moment)
    )
    ready = or_(_is_due(moment + timedelta(seconds=1)), _is_left(moment) & (Run.attempts < MAX_ATTEMPTS))
    with write_transaction(shown=False) as session:
        given_up = session.execute(
            update(Run)
            .where(Run.id == run_id, _is_left(moment), Run.attempts >= MAX_ATTEMPTS)
            .values(state="failed", claim=None, error=CRASHED_TOO_OFTEN, finished_at=moment)
            .execution_options(synchronize_session=False)
        )
        claimed = session.execute(
            update(Run)
            .where(Run.id == run_id, ready, ~busy)
            .values(
                state="running",
                claim=token,
                attempts=Run.attempts + 1,
                claimed_at=moment,
                heartbeat_at=moment,
                stage=None,
                done=0,
                total=0,
            )
            .execution_options(synchronize_session=False)
        )
    if given_up.rowcount:  # type: ignore[attr-defined]
        delete_ideas(run_id)
    return token if claimed.rowcount else None  # type: ignore[attr-defined]


def save_progress(
    run_id: int, token: str, stage: str, done: int, total: int, seconds_left: float | None = None
) -> None:
    """Save the progress of a run, which is also its heartbeat. Raises ClaimLost."""
    left = None if seconds_left is None else round(seconds_left)
    with write_transaction(shown=False) as session:
        update_claimed(session, run_id, token, stage=stage, done=done, total=total, seconds_left=left)


def update_claimed(session: Session, run_id: int, token: str, **values: Any) -> None:
    """Update a run inside a write transaction, if the claim still holds. Raises ClaimLost."""
    held = session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state == "running", Run.claim == token)
        .values(heartbeat_at=now(), **values)
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        raise ClaimLost(f"run {run_id} belongs to another worker now, or its survey was deleted")


def check_claim(run_id: int, token: str) -> None:
    """Check that this worker still has the claim. Raises ClaimLost."""
    db.session.rollback()
    own = select(Run.id).where(Run.id == run_id, Run.state == "running", Run.claim == token)
    if db.session.scalar(own) is None:
        raise ClaimLost(f"run {run_id} belongs to another worker now, or its survey was deleted")


def fail(run_id: int, token: str, error: str) -> None:
    """Mark a run as failed, with a message for the owner. The last finished run stays the current one."""
    with write_transaction(shown=False) as session:
        update_claimed(session, run_id, token, state="failed", error=error, finished_at=now())
    delete_ideas(run_id)


def delete_ideas(run_id: int) -> None:
    """Delete what a run has saved that nobody sees, in short transactions: nothing of the result that is shown."""
    shown = exists().where(Survey.current_run_id == run_id)
    while True:
        with write_batch(shown=False) as session:
            some = session.scalars(select(Idea.id).where(Idea.run_id == run_id, ~shown).limit(DELETED_IDEAS)).all()
            session.execute(delete(Idea).where(Idea.id.in_(some)).execution_options(synchronize_session=False))
        if len(some) < DELETED_IDEAS:
            return


def retry_later(run_id: int, token: str) -> bool:
    """Requeue a run that a database error stopped.

    Return False if it was tried too often or another run of the survey is waiting; the caller then fails it.
    """
    moment = now()
    other = aliased(Run)
    waits = exists().where(other.survey_id == Run.survey_id, other.state == "asked")
    with write_transaction(shown=False) as session:
        back = session.execute(
            update(Run)
            .where(Run.id == run_id, Run.state == "running", Run.claim == token)
            .where(Run.attempts < MAX_ATTEMPTS, ~waits)
            .values(state="asked", claim=None, asked_at=moment, not_before=moment + RETRY_DELAY)
            .execution_options(synchronize_session=False)
        )
    if back.rowcount:  # type: ignore[attr-defined]
        delete_ideas(run_id)
    return bool(back.rowcount)  # type: ignore[attr-defined]


def finish(session: Session, run_id: int, token: str, **values: Any) -> None:
    """Mark a run as finished and make it the current one, inside the transaction that saves its result."""
    update_claimed(session, run_id, token, state="finished", error=None, finished_at=now(), **values)
    survey_id = session.scalars(select(Run.survey_id).where(Run.id == run_id)).one()
    session.execute(update(Survey).where(Survey.id == survey_id).values(current_run_id=run_id))


def latest(survey_id: int) -> Run | None:
    """Return the newest run of a survey."""
    return db.session.scalar(select(Run).where(Run.survey_id == survey_id).order_by(Run.id.desc()).limit(1))


def percent(run: Run) -> int:
    """Return the progress of a run in percent, from its stage and the progress within the stage."""
    if run.state == "finished":
        return 100
    if run.stage not in STAGES:
        return 0
    within = run.done / run.total if run.total else 0.0
    return int(100 * (list(STAGES).index(run.stage) + min(within, 1.0)) / len(STAGES))
