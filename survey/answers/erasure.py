"""Deletion for good: of answers, of an import with its answers, of a survey with everything in it.

That may be very many rows, and SQLite has one writer. So a first short transaction records the deletion (restoring a
backup repeats it), and the rows are deleted in batches. Interrupted at any point, the worker continues within a minute.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update
from sqlalchemy.orm import QueryableAttribute, Session

from survey.answers import forgotten
from survey.core.account_models import OWNER, ApiToken, Invitation
from survey.core.database import db, insert_new, now, truncate_wal_after_commit, write_batch, write_transaction
from survey.core.models import (
    ARRIVING,
    DELETED_PREFIX,
    Answer,
    AnswerImport,
    Deletion,
    Idea,
    Run,
    Survey,
    Theme,
    Vector,
)
from survey.edits import deeds
from survey.edits.models import Edit
from survey.follow_up.models import FollowUp
from survey.results.result_counts import remove_answers
from survey.runs import lifecycle as runs
from survey.web import access

ANSWERS_PER_BATCH = 500
"""Answers deleted in one transaction, so that nobody who sends an answer waits long"""
REQUEST_SECONDS = 3.0
"""How long a request deletes rows before it leaves the rest to the worker"""
ARRIVAL_PATIENCE = timedelta(minutes=2)
"""How long nothing more of a survey may come from an archive before what has come is deleted"""
SURVEY_DELETED = "The survey was deleted."

IS_IMPORT_BEING_DELETED = exists().where(Deletion.answer_public_id == AnswerImport.public_id)


def delete_answer(survey: Survey, answer: Answer) -> None:
    """Delete an answer for good: its text, its ideas and quotes, the edits that contain it, and its part in counts.

    Its vectors are deleted by the run that this requests, which also redraws the map and names the themes again.
    """
    survey_id, answer_id = survey.id, answer.id
    with write_transaction() as session:
        erase(session, survey_id, [answer_id])
        deeds.record(session, survey_id, "deleted", n=1)
        run_id = runs.request_run(session, survey_id, "answers")
    runs.enqueue(run_id)


def delete_burst(survey: Survey, burst: str, status: str) -> int:
    """Delete the answers of a burst that have this status; return how many. Safe to interrupt and repeat."""
    survey_id, deleted = survey.id, 0
    answers = select(Answer.id).where(Answer.survey_id == survey_id, Answer.burst == burst, Answer.status == status)
    while count := erase_batch(survey_id, answers.order_by(Answer.id), is_deed=True):
        deleted += count
    return deleted


def delete_import(survey: Survey, public_id: str) -> bool:
    """Delete an import and all its answers; return whether some are left to the worker. Safe to repeat."""
    survey_id = survey.id
    with write_transaction() as session:
        own = (AnswerImport.survey_id == survey_id, AnswerImport.public_id == public_id)
        found = session.execute(select(AnswerImport.id, AnswerImport.name).where(*own)).one_or_none()
        if found is None:
            return False
        import_id, name = found
        if session.get(Deletion, public_id) is None:  # not one that goes on
            answers = session.scalar(select(func.count()).where(Answer.import_id == import_id)) or 0
            deeds.record(session, survey_id, "import_back", name=name, n=answers)
        _record_deleted(session, [public_id])
    return not _run_steps(_import_steps(survey_id, import_id), REQUEST_SECONDS)


def delete_survey(survey: Survey) -> bool:
    """Delete a survey and everything in it. Nobody can open it from now on, and its address is free.

    Return False, and delete nothing, if whoever does it lost the role of an owner at this moment.
    """
    survey_id = survey.id
    with write_transaction() as session:
        stored = session.get(Survey, survey_id, with_for_update=True)  # before its runs: the lock order everywhere
        if stored is None or stored.slug.startswith(DELETED_PREFIX):
            return True
        by = access.actor().owner_id
        if by is not None and access.role_in(session, stored, by) != OWNER:
            return False
        # Fail its runs, so that no worker keeps one.
        session.execute(
            update(Run)
            .where(Run.survey_id == survey_id, Run.state.in_(["asked", "running"]))
            .values(state="failed", claim=None, error=SURVEY_DELETED, finished_at=now())
        )
        _record_deleted(session, [stored.deletion_id])
        stored.slug = DELETED_PREFIX + stored.deletion_id
        stored.is_open, stored.published_at, stored.current_run_id = False, None, None
        session.execute(delete(ApiToken).where(ApiToken.survey_id == survey_id))
        session.execute(delete(FollowUp).where(FollowUp.survey_id == survey_id))
    _run_steps(_survey_steps(survey_id), REQUEST_SECONDS)
    return True


def discard_arrival(survey_id: int) -> None:
    """Delete what has come of a survey from an archive; its answers may come again, so nothing is recorded."""
    if give_up_arrival(survey_id, now()):
        _run_steps(_survey_steps(survey_id), REQUEST_SECONDS)


def give_up_arrival(survey_id: int, before: datetime) -> bool:
    """Have a survey deleted of which nothing has come after a moment; return whether it will be."""
    with write_transaction() as session:
        stored = session.get(Survey, survey_id, with_for_update=True)
        if stored is None or stored.slug != ARRIVING or (stored.closes_at or before) > before:
            return False
        stored.slug = DELETED_PREFIX + stored.deletion_id
        return True


def continue_deletions(seconds: float) -> None:
    """Continue interrupted deletions, and delete what killed programs left of archives, for so many seconds at most."""
    _run_steps(_all_steps(), seconds)


def erase_survey(session: Session, survey_id: int) -> None:
    """Delete a survey and everything in it inside one write transaction: for a database that is not in use yet."""
    while _delete_survey_rows(session, survey_id):
        pass


def erase(session: Session, survey_id: int, answer_ids: Sequence[int]) -> None:
    """Delete answers of a survey inside a write transaction, and record that they were, for restores of backups and so
    that a newer file does not bring them back unnoticed.
    """
    remove_answers(session, survey_id, answer_ids)
    forgotten.remember(session, survey_id, answer_ids)
    deleted = session.scalars(select(Answer.public_id).where(Answer.id.in_(answer_ids))).all()
    if deleted:
        _record_deleted(session, deleted)
    session.execute(delete(Answer).where(Answer.id.in_(answer_ids)))
    truncate_wal_after_commit(session)


def erase_batch(survey_id: int, answers: Select[int], *, is_deed: bool = False) -> int:
    """Erase the first of the selected answers (ids) in one transaction and request a run; return how many.

    `is_deed` says in the survey's history that somebody did.
    """
    run_id = None
    with write_batch() as session:
        ids = session.scalars(answers.limit(ANSWERS_PER_BATCH)).all()
        if ids:
            erase(session, survey_id, ids)
            if is_deed:
                deeds.record(session, survey_id, "deleted", n=len(ids))
            run_id = runs.request_run(session, survey_id, "answers")
    runs.enqueue(run_id)
    return len(ids)


def _run_steps(steps: Iterator[None], seconds: float) -> bool:
    """Run steps for so many seconds at most; return whether all are done."""
    deadline = time.monotonic() + seconds
    return all(time.monotonic() < deadline for _ in steps)


def _all_steps() -> Iterator[None]:
    gone = select(Survey.id, Survey.slug).where(Survey.slug.startswith(DELETED_PREFIX)).order_by(Survey.id)
    for survey_id, slug in db.session.execute(gone).all():
        if slug != ARRIVING or give_up_arrival(survey_id, now() - ARRIVAL_PATIENCE):
            yield from _survey_steps(survey_id)
    begun = select(AnswerImport.survey_id, AnswerImport.id).where(IS_IMPORT_BEING_DELETED).order_by(AnswerImport.id)
    for survey_id, import_id in db.session.execute(begun).all():
        yield from _import_steps(survey_id, import_id)


def _import_steps(survey_id: int, import_id: int) -> Iterator[None]:
    """Delete the answers of an import and then the import, one transaction a step."""
    own = select(Answer.id).where(Answer.import_id == import_id, Answer.survey_id == survey_id)
    while True:
        run_id = None
        with write_batch() as session:
            ids = session.scalars(own.order_by(Answer.id).limit(ANSWERS_PER_BATCH)).all()
            if ids:
                erase(session, survey_id, ids)
            elif session.execute(delete(AnswerImport).where(AnswerImport.id == import_id)).rowcount:  # type: ignore[attr-defined]
                run_id = runs.request_run(session, survey_id, "answers")
        runs.enqueue(run_id)
        if not ids:
            return
        yield


def _survey_steps(survey_id: int) -> Iterator[None]:
    """Delete the rows of a survey that nobody can open any more, one transaction a step."""
    more = True
    while more:
        with write_batch() as session:
            more = _delete_survey_rows(session, survey_id)
            truncate_wal_after_commit(session)
        yield


def _delete_survey_rows(session: Session, survey_id: int) -> bool:
    """Delete some rows of a survey, referencing rows before referenced ones; return whether there may be more."""
    # Its invitations stay for a while, to say that it is gone; for whom they were is nobody's business any more.
    theirs = update(Invitation).where(Invitation.survey_id == survey_id)
    session.execute(theirs.values(survey_id=None, label="").execution_options(synchronize_session=False))
    runs_of_it = select(Run.id).where(Run.survey_id == survey_id)
    steps: tuple[tuple[QueryableAttribute[Any], ColumnElement[bool], int], ...] = (
        (Idea.id, Idea.run_id.in_(runs_of_it), 2000),
        (Answer.id, Answer.survey_id == survey_id, 1000),
        (Vector.text_hash, Vector.survey_id == survey_id, 500),
        (forgotten.ForgottenAnswer.id, forgotten.ForgottenAnswer.survey_id == survey_id, 2000),
        (Run.id, Run.survey_id == survey_id, 20),
        (Edit.id, Edit.survey_id == survey_id, 500),
        (Theme.id, Theme.survey_id == survey_id, 5),  # SQLite scans all placements for each
        (Survey.id, Survey.id == survey_id, 1),
    )
    for key, own, batch_size in steps:
        found = session.scalars(select(key).where(own).limit(batch_size)).all()
        if found:
            rows = delete(key.class_).where(own, key.in_(found))
            session.execute(rows.execution_options(synchronize_session=False))
            return True
    return False


def _record_deleted(session: Session, public_ids: Sequence[str]) -> None:
    """Record the deletion of answers, imports or surveys, so that restoring a backup repeats it."""
    moment = now()
    insert_new(session, Deletion, [{"answer_public_id": public_id, "deleted_at": moment} for public_id in public_ids])
