"""Deleting for good what an owner wants gone: answers, an import with all its answers, a survey with all it has.

That may be very many rows, and SQLite lets one write at a time. So a first short transaction decides it and writes it
down for backups to obey, and the rows go in parts. Stopped at any point, the worker does the rest at its next look.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import QueryableAttribute, Session

from survey.answers.lifecycle import erase
from survey.core.account_models import ApiToken
from survey.core.database import db, insert_new, now, truncate_wal_after_commit, write_batch, write_transaction
from survey.core.models import DELETED_PREFIX, Answer, AnswerImport, Deletion, Edit, Idea, Run, Survey, Theme, Vector
from survey.runs import lifecycle as runs

ANSWERS_AT_ONCE = 500
"""Answers that are taken out of a result in one transaction"""
PAGE_SECONDS = 3.0
"""How long the page that asked for it waits for the rows to be gone, before it leaves the rest to the worker"""
SURVEY_DELETED = "The survey was deleted."

_being_deleted = exists().where(Deletion.answer_public_id == AnswerImport.public_id)


@dataclass(frozen=True, slots=True)
class Imported:
    """An import in its owner's list: how many of its answers are still there, and whether it is being deleted."""

    public_id: str
    name: str
    made_at: datetime
    answers: int
    is_going: bool


def imports(survey: Survey) -> list[Imported]:
    """The imports of a survey, newest first."""
    of_survey = select(AnswerImport.id).where(AnswerImport.survey_id == survey.id)
    counts = dict(
        db.session.execute(
            select(Answer.import_id, func.count()).where(Answer.import_id.in_(of_survey)).group_by(Answer.import_id)
        ).all()
    )
    rows = db.session.execute(
        select(AnswerImport, _being_deleted)
        .where(AnswerImport.survey_id == survey.id)
        .order_by(AnswerImport.made_at.desc(), AnswerImport.id.desc())
    )
    return [
        Imported(made.public_id, made.name, made.made_at, counts.get(made.id, 0), is_going) for made, is_going in rows
    ]


def is_import_going(survey: Survey) -> bool:
    """Whether an import of this survey is being deleted: until it is gone, its rows would still be known."""
    own = select(AnswerImport.id).where(AnswerImport.survey_id == survey.id, _being_deleted)
    return db.session.scalar(own.limit(1)) is not None


def flood(survey: Survey, burst: str, status: str) -> tuple[int, str]:
    """How many answers of a flood have this status, and the text of one."""
    count, text = db.session.execute(
        select(func.count(), func.min(Answer.text)).where(*_of_flood(survey.id, burst, status))
    ).one()
    return count, text or ""


def delete_flood(survey: Survey, burst: str, status: str) -> int:
    """Delete the answers of a flood that have this status, in parts; return how many. Safe to stop and repeat."""
    survey_id, deleted = survey.id, 0
    own = select(Answer.id).where(*_of_flood(survey_id, burst, status)).order_by(Answer.id).limit(ANSWERS_AT_ONCE)
    while True:
        with write_batch() as session:
            ids = session.scalars(own).all()
            if not ids:
                return deleted
            erase(session, survey_id, ids)
            run_id = runs.ask(session, survey_id, "answers")
        runs.wake(run_id)
        deleted += len(ids)


def delete_import(survey: Survey, public_id: str) -> bool:
    """Delete an import and all its answers; whether some are left to the worker. Safe to repeat."""
    survey_id = survey.id
    with write_transaction() as session:
        own = select(AnswerImport.id).where(AnswerImport.survey_id == survey_id, AnswerImport.public_id == public_id)
        import_id = session.scalar(own)
        if import_id is None:
            return False
        _write_down(session, public_id)
    return not _work(_import_parts(survey_id, import_id), PAGE_SECONDS)


def delete_survey(survey: Survey) -> None:
    """Delete a survey and all it has. It is out of everybody's reach at once, and its address is free."""
    survey_id = survey.id
    with write_transaction() as session:
        stored = session.get(Survey, survey_id, with_for_update=True)  # before its runs, as everybody locks them
        if stored is None or stored.slug.startswith(DELETED_PREFIX):
            return
        # Its runs fail, so that no worker has one any more.
        session.execute(
            update(Run)
            .where(Run.survey_id == survey_id, Run.state.in_(["asked", "running"]))
            .values(state="failed", claim=None, error=SURVEY_DELETED, finished_at=now())
        )
        _write_down(session, stored.deletion_id)
        stored.slug = DELETED_PREFIX + stored.deletion_id
        stored.is_open, stored.published_at, stored.current_run_id = False, None, None
        session.execute(delete(ApiToken).where(ApiToken.survey_id == survey_id))
    _work(_survey_parts(survey_id), PAGE_SECONDS)


def go_on(seconds: float) -> None:
    """Go on with what was begun, for so many seconds at most."""
    _work(_all_parts(), seconds)


def remove_survey(session: Session, survey_id: int) -> None:
    """Remove a survey and all it has inside one write transaction: for a database that nobody uses yet."""
    while _remove_part(session, survey_id):
        pass


def _work(parts: Iterator[None], seconds: float) -> bool:
    """Do parts for so many seconds at most; whether all are done."""
    deadline = time.monotonic() + seconds
    return all(time.monotonic() < deadline for _ in parts)


def _all_parts() -> Iterator[None]:
    gone = select(Survey.id).where(Survey.slug.startswith(DELETED_PREFIX)).order_by(Survey.id)
    for survey_id in db.session.scalars(gone).all():
        yield from _survey_parts(survey_id)
    begun = select(AnswerImport.survey_id, AnswerImport.id).where(_being_deleted).order_by(AnswerImport.id)
    for survey_id, import_id in db.session.execute(begun).all():
        yield from _import_parts(survey_id, import_id)


def _import_parts(survey_id: int, import_id: int) -> Iterator[None]:
    """Delete the answers of an import and then itself, a transaction for each step."""
    own = select(Answer.id).where(Answer.import_id == import_id, Answer.survey_id == survey_id)
    while True:
        run_id = None
        with write_batch() as session:
            ids = session.scalars(own.order_by(Answer.id).limit(ANSWERS_AT_ONCE)).all()
            if ids:
                erase(session, survey_id, ids)
            elif session.execute(delete(AnswerImport).where(AnswerImport.id == import_id)).rowcount:  # type: ignore[attr-defined]
                run_id = runs.ask(session, survey_id, "answers")
        runs.wake(run_id)
        if not ids:
            return
        yield


def _survey_parts(survey_id: int) -> Iterator[None]:
    """Remove the rows of a survey that is out of reach, a transaction for each step."""
    more = True
    while more:
        with write_batch() as session:
            more = _remove_part(session, survey_id)
            truncate_wal_after_commit(session)
        yield


def _remove_part(session: Session, survey_id: int) -> bool:
    """Remove some rows of a survey, those first that others point at last; whether there may be more."""
    runs_of_it = select(Run.id).where(Run.survey_id == survey_id)
    steps: tuple[tuple[QueryableAttribute[Any], ColumnElement[bool], int], ...] = (
        (Idea.id, Idea.run_id.in_(runs_of_it), 2000),
        (Answer.id, Answer.survey_id == survey_id, 1000),
        (Vector.text_hash, Vector.survey_id == survey_id, 500),
        (Run.id, Run.survey_id == survey_id, 20),
        (Edit.id, Edit.survey_id == survey_id, 500),
        (Theme.id, Theme.survey_id == survey_id, 5),  # for each SQLite looks through all placements there are
        (Survey.id, Survey.id == survey_id, 1),
    )
    for key, own, at_once in steps:
        found = session.scalars(select(key).where(own).limit(at_once)).all()
        if found:
            gone = delete(key.class_).where(own, key.in_(found))
            session.execute(gone.execution_options(synchronize_session=False))
            return True
    return False


def _write_down(session: Session, identity: str) -> None:
    insert_new(session, Deletion, [{"answer_public_id": identity, "deleted_at": now()}])


def _of_flood(survey_id: int, burst: str, status: str) -> tuple[ColumnElement[bool], ...]:
    return Answer.survey_id == survey_id, Answer.burst == burst, Answer.status == status
