"""The life of an analysis run: ask, claim, progress, finish, fail.

A run belongs to the worker that claimed it. Each of its writes is conditional on the claim, so a worker that
was paused and wakes after another took over cannot write any more.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from survey.core.database import DATABASE_UNAVAILABLE, db, insert_new_returning, now, write_transaction
from survey.core.models import Idea, Run, Survey
from survey.runs.queue import JobQueue

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(seconds=120)
"""A running run whose worker was silent for this long may be claimed by another."""
MAX_DELAYS = 4
"""New answers put a run off by at most this many delays."""
LONG_RUN = timedelta(seconds=20)
REST_FACTOR = 10
"""After a run of LONG or longer the next one that new answers ask for waits so many times as long as it took"""
MAX_REST = timedelta(hours=1)
MAX_ATTEMPTS = 3
"""A run that took its worker down as often as this is given up."""
RETRY_DELAY = timedelta(seconds=10)
"""After how long a run is tried again that the database stopped."""
CRASHED_TOO_OFTEN = (
    "The worker stopped three times while it did this analysis: the machine may have too little memory for it. Every "
    "answer is kept, and the last result is still shown. The worker's log says more; ask for the run again when this "
    "is mended."
)

STAGES = {
    "ideas": "Reading the answers",
    "vectors": "Comparing what they say",
    "placing": "Placing them in known themes",
    "discovering": "Looking for new themes",
    "naming": "Naming the themes",
    "quotes": "Choosing quotes",
    "certainty": "Finding out how sure they are",
    "saving": "Saving the result",
}


# Asked with every answer that comes in, so made once.
_run = Run.__table__.c
WAITING_RUN = select(_run.id, _run.asked_at, _run.not_before).where(
    _run.survey_id == bindparam("survey"), _run.state == "asked"
)


class ClaimLost(Exception):
    """Another worker took this run over, or it is gone: stop, and write nothing more."""


def request_run(session: Session, survey_id: int, reason: str) -> int:
    """Ask for a run of this survey, inside the caller's write transaction; gives the id of the run.

    At most one run of a survey waits at a time. New answers put a waiting run off a little, so that many
    answers share one run; an owner's wish brings it forward. After a run that took long the next one waits in
    proportion: new answers are placed among the themes there are meanwhile.
    """
    moment = now()
    delay = timedelta(seconds=current_app.config["RUN_DELAY"] if reason == "answers" else 0)
    waiting = _waiting(session, survey_id)
    if waiting is None:
        rested = _rested(session, survey_id) if reason == "answers" else None
        values = {
            "survey_id": survey_id,
            "reason": reason,
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
        }
        made = insert_new_returning(session, Run, [values], ("survey_id",), where="state = 'asked'")
        if made:
            return int(made[0])
        waiting = _waiting(session, survey_id)
    if waiting is None:
        raise RuntimeError(f"survey {survey_id} has neither a waiting run nor room for one")
    if waiting.asked_at > moment + STALE_AFTER:  # asked while the clock was wrong
        session.execute(update(Run).where(Run.id == waiting.id).values(asked_at=moment, not_before=moment + delay))
    elif reason == "owner":
        session.execute(update(Run).where(Run.id == waiting.id).values(not_before=moment, reason=reason))
    else:
        later = min(moment + delay, waiting.asked_at + MAX_DELAYS * delay)
        if later - waiting.not_before > delay / 2:  # not at every answer: the row is one that all of them share
            session.execute(update(Run).where(Run.id == waiting.id).values(not_before=later))
    return int(waiting.id)


def _rested(session: Session, survey_id: int) -> datetime | None:
    """When the machine has rested from the last run of this survey, where that took long."""
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
    """The run of a survey that waits for a worker, if one does: its id, asked_at and not_before."""
    return session.connection().execute(WAITING_RUN, {"survey": survey_id}).one_or_none()


def request_run_now(survey_id: int) -> None:
    """The owner asks for a run at once."""
    with write_transaction() as session:
        run_id = request_run(session, survey_id, "owner")
    enqueue(run_id)


def enqueue(run_id: int | None) -> None:
    """Tell the worker about a run that was asked for and committed."""
    try:
        run = None if run_id is None else db.session.get(Run, run_id)
    except DATABASE_UNAVAILABLE:  # what was committed stands, and whoever wished it must be told so
        db.session.rollback()
        logger.warning("Run %d could not be queued. The worker finds it within a minute.", run_id, exc_info=True)
        return
    if run is not None and run.state == "asked":
        jobs: JobQueue = current_app.extensions["jobs"]
        jobs.enqueue_run(run.id, (run.not_before - now()).total_seconds())


def notify_new_answers(survey_id: int, run_id: int | None) -> None:
    """After new answers were committed: have them placed among the themes there are, and the run done in time."""
    if run_id is None:
        return
    request_placing(survey_id)
    jobs: JobQueue = current_app.extensions["jobs"]
    if not jobs.is_queued(run_id):
        enqueue(run_id)


def request_placing(survey_id: int) -> None:
    """Have the worker look at what the result that is shown has not seen: new answers, floods."""
    jobs: JobQueue = current_app.extensions["jobs"]
    jobs.enqueue_placing(survey_id)


def enqueue_if_early(run_id: int) -> None:
    """After a look that came too soon (the run was put off): have the worker look again in time."""
    run = db.session.get(Run, run_id, populate_existing=True)
    if run is not None and run.state == "asked" and run.not_before > now():
        enqueue(run_id)


def due_run_ids(moment: datetime) -> list[int]:
    """The runs a worker should look at: asked for and due, or left by a worker that fell silent."""
    return list(db.session.scalars(select(Run.id).where(or_(_is_due(moment), _is_left(moment))).order_by(Run.id)))


def _is_due(moment: datetime) -> ColumnElement[bool]:
    """Asked for and due; or asked for at a time that is still to come, by a clock that was wrong."""
    return (Run.state == "asked") & or_(Run.not_before <= moment, Run.asked_at > moment + STALE_AFTER)


def _is_left(moment: datetime) -> ColumnElement[bool]:
    return (Run.state == "running") & ~_is_alive(Run, moment)


def _is_alive(run: type[Run], moment: datetime) -> ColumnElement[bool]:
    """Whether a run's worker gave a sign of life lately. One from the time to come is none: a clock was wrong."""
    return run.heartbeat_at.between(moment - STALE_AFTER, moment + STALE_AFTER)


def claim(run_id: int) -> str | None:
    """Claim a run by one conditional UPDATE; gives the token of the claim.

    None: nothing to do here. It is done, not due yet, another worker has it, another run of the same survey is
    under way (that worker looks again when it has finished), or it took its workers down so often that it is
    given up here.
    """
    moment = now()
    token = secrets.token_hex(16)
    other = aliased(Run)
    busy = exists().where(
        other.survey_id == Run.survey_id, other.id != Run.id, other.state == "running", _is_alive(other, moment)
    )
    ready = or_(_is_due(moment + timedelta(seconds=1)), _is_left(moment) & (Run.attempts < MAX_ATTEMPTS))
    with write_transaction() as session:
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
        changed = given_up.rowcount + claimed.rowcount  # type: ignore[attr-defined]
        if changed:
            session.execute(delete(Idea).where(Idea.run_id == run_id))  # what a killed worker had saved of it
    return token if claimed.rowcount else None  # type: ignore[attr-defined]


def save_progress(
    run_id: int, token: str, stage: str, done: int, total: int, seconds_left: float | None = None
) -> None:
    """Say how far the run is, which is also its sign of life; raises ClaimLost."""
    left = None if seconds_left is None else round(seconds_left)
    with write_transaction() as session:
        update_claimed(session, run_id, token, stage=stage, done=done, total=total, seconds_left=left)


def update_claimed(session: Session, run_id: int, token: str, **values: Any) -> None:
    """Inside a write transaction: make sure the claim still holds, and update the run; raises ClaimLost."""
    held = session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state == "running", Run.claim == token)
        .values(heartbeat_at=now(), **values)
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        raise ClaimLost(f"run {run_id} belongs to another worker now, or its survey was deleted")


def check_claim(run_id: int, token: str) -> None:
    """Make sure that a run is still this worker's, after something went wrong in it; raises ClaimLost."""
    db.session.rollback()
    own = select(Run.id).where(Run.id == run_id, Run.state == "running", Run.claim == token)
    if db.session.scalar(own) is None:
        raise ClaimLost(f"run {run_id} belongs to another worker now, or its survey was deleted")


def fail(run_id: int, token: str, error: str) -> None:
    """Keep why the run failed, in words the owner can use. The last good result stays."""
    with write_transaction() as session:
        update_claimed(session, run_id, token, state="failed", error=error, finished_at=now())
        session.execute(delete(Idea).where(Idea.run_id == run_id))


def retry_later(run_id: int, token: str) -> bool:
    """After the database stopped a run: have it done again a little later. False where it was tried often enough, or
    another run of the survey waits already: then it is to fail.
    """
    moment = now()
    other = aliased(Run)
    waits = exists().where(other.survey_id == Run.survey_id, other.state == "asked")
    with write_transaction() as session:
        session.execute(delete(Idea).where(Idea.run_id == run_id, exists().where(Run.id == run_id, Run.claim == token)))
        back = session.execute(
            update(Run)
            .where(Run.id == run_id, Run.state == "running", Run.claim == token)
            .where(Run.attempts < MAX_ATTEMPTS, ~waits)
            .values(state="asked", claim=None, asked_at=moment, not_before=moment + RETRY_DELAY)
            .execution_options(synchronize_session=False)
        )
    return bool(back.rowcount)  # type: ignore[attr-defined]


def finish(session: Session, run_id: int, token: str, **values: Any) -> None:
    """Inside the transaction that saved the result: make this run the one that is shown."""
    update_claimed(session, run_id, token, state="finished", error=None, finished_at=now(), **values)
    survey_id = session.scalars(select(Run.survey_id).where(Run.id == run_id)).one()
    session.execute(update(Survey).where(Survey.id == survey_id).values(current_run_id=run_id))


def latest(survey_id: int) -> Run | None:
    """The run the owner wants to hear about: the newest one."""
    return db.session.scalar(select(Run).where(Run.survey_id == survey_id).order_by(Run.id.desc()).limit(1))


def percent(run: Run) -> int:
    """How far a run is, 0 to 100: its stage, and how much of the stage is done."""
    if run.state == "finished":
        return 100
    if run.stage not in STAGES:
        return 0
    within = run.done / run.total if run.total else 0.0
    return int(100 * (list(STAGES).index(run.stage) + min(within, 1.0)) / len(STAGES))
