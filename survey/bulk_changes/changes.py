"""What an owner does with many answers at once: show, hold, hide or delete them, or move what they say.

The first transaction records the change with the answers it is about. Then they are changed a few hundred at a time, so
that nobody who sends an answer meanwhile waits long: by the request for a few seconds, what is left by the worker. Sent
twice it is one change. What it showed, held, hid or moved can be taken back to what each of the answers was before.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey.answers import erasure, story
from survey.bulk_changes import moves
from survey.bulk_changes.entries import Entry, packed, unpacked
from survey.bulk_changes.models import DELETE, MOVE, BulkChange
from survey.bulk_changes.moves import Ways
from survey.core.database import db, now, write_batch, write_transaction
from survey.core.models import Answer, Survey
from survey.curation.idea_edits import MAX_IDEAS
from survey.curation.theme_edits import refuse_gone
from survey.edits import deeds
from survey.results.result_counts import lock_results, remove_answers
from survey.runs import lifecycle as runs
from survey.runs.lookups import shown_run_id
from survey.web import access

ANSWERS_PER_PIECE = 500
"""Answers that are changed in one transaction"""
REQUEST_SECONDS = 3.0
"""How long a request changes answers before it leaves the rest to the worker"""
KEPT_CHANGES = 30
"""Changes of a survey that are kept, the newest; the others cannot be taken back any more"""


def find(survey: Survey, key: str) -> BulkChange | None:
    """Return the change of a survey with this key; None if there is none."""
    own = select(BulkChange).where(BulkChange.survey_id == survey.id, BulkChange.key == key)
    return db.session.scalar(own)


def begin(
    survey: Survey, key: str, action: str, answers: Iterable[Entry], owner_id: int | None, ways: Ways | None = None
) -> int:
    """Record that answers are to get a status, with DELETE to be deleted, or with MOVE what they say to be moved.

    Return the id of the change. The same key again is the same change: it is made again if it was taken back meanwhile.
    Raises EditRefused if the theme that a move goes to is not there any more.
    """
    survey_id = survey.id
    entries = [entry for entry in answers if entry.status != action]
    with write_transaction() as session:
        lock_results(session, survey_id)
        found = _find_again(session, survey_id, key)
        if found is not None:
            if found.is_taken_back and found.is_finished:
                found.made_at, found.wanted = now(), found.total
                if ways is not None:
                    found.move, found.changed = moves.begun(ways), 0
            return found.id
        if ways is not None:  # the edits are in the history by themselves
            refuse_gone(session, shown_run_id(session, survey_id), ways.target_id)
        elif action == DELETE:
            deeds.record(session, survey_id, "deleted", n=len(entries))
        else:
            deeds.record(session, survey_id, "answers", status=action, n=len(entries))
        move = moves.begun(ways) if ways is not None else None
        return _record(session, survey_id, key, action, owner_id, len(entries), answers=packed(entries), move=move).id


def _find_again(session: Session, survey_id: int, key: str) -> BulkChange | None:
    """Return the change that was recorded with this key, inside a write transaction, and lock it."""
    own = select(BulkChange).where(BulkChange.survey_id == survey_id, BulkChange.key == key)
    return session.scalar(own.with_for_update().execution_options(populate_existing=True))


def _record(
    session: Session, survey_id: int, key: str, action: str, owner_id: int | None, total: int, **values: object
) -> BulkChange:
    """Record a change inside a write transaction, and forget the oldest ones that are finished."""
    made = BulkChange(
        survey_id=survey_id, key=key, action=action, owner_id=owner_id, total=total, wanted=total, **values
    )
    session.add(made)
    session.flush()
    own = select(BulkChange.id).where(BulkChange.survey_id == survey_id).order_by(BulkChange.id.desc())
    old = BulkChange.id.in_(session.scalars(own.offset(KEPT_CHANGES)).all())
    session.execute(delete(BulkChange).where(old, BulkChange.done == BulkChange.wanted))
    return made


def take_back(survey: Survey, key: str) -> BulkChange | None:
    """Have what a change did taken back; return it, None if that cannot be."""
    survey_id = survey.id
    with write_transaction() as session:
        lock_results(session, survey_id)
        found = _find_again(session, survey_id, key)
        if found is None or not found.can_be_taken_back:
            return None
        if found.action == MOVE:
            found.move = (found.move or {}) | {"by": [*access.actor()]}
            found.wanted = 0
            return found
        before = Counter(entry.status for entry in unpacked(found.answers, 0, found.done))
        for status, count in sorted(before.items()):
            deeds.record(session, survey_id, "answers", status=status, n=count)
        found.wanted = 0
    return found


def go_on(change_id: int, seconds: float) -> bool:
    """Do what is left of a change, for so many seconds at most; return whether all is done. Safe to repeat."""
    deadline = time.monotonic() + seconds
    survey_id = db.session.scalar(select(BulkChange.survey_id).where(BulkChange.id == change_id))
    if survey_id is None:
        return True
    finished, run_id = False, None
    while not finished:
        with write_batch() as session:
            finished, asked = _piece(session, survey_id, change_id)
        run_id = asked or run_id
        if time.monotonic() > deadline:
            break
    runs.notify_new_answers(survey_id, run_id)
    return finished


def continue_all(seconds: float) -> None:
    """Go on with the changes that were interrupted, for so many seconds at most."""
    deadline = time.monotonic() + seconds
    left = select(BulkChange.id).where(BulkChange.done != BulkChange.wanted)
    for change_id in db.session.scalars(left.order_by(BulkChange.id)).all():
        if time.monotonic() < deadline:
            go_on(change_id, deadline - time.monotonic())


def _piece(session: Session, survey_id: int, change_id: int) -> tuple[bool, int | None]:
    """Change, or take back, the next answers; return whether all is done, and the run that was requested."""
    lock_results(session, survey_id)
    change = session.get(BulkChange, change_id, with_for_update=True, populate_existing=True)
    if change is None or change.done == change.wanted:
        return True, None
    if change.action == MOVE:
        return _move_piece(session, change)
    forward = change.done < change.wanted
    first = change.done if forward else max(change.wanted, change.done - ANSWERS_PER_PIECE)
    last = min(change.wanted, first + ANSWERS_PER_PIECE) if forward else change.done
    entries = unpacked(change.answers, first, last)
    moment = now()
    ids = _change(session, change, entries, moment) if forward else _take_back(session, change, entries, moment)
    change.changed += ids if forward else -ids
    change.done = last if forward else first
    if forward:
        change.acted_at = moment
    is_finished = change.done == change.wanted
    if change.action == DELETE and is_finished:
        change.answers = None
    return is_finished, runs.request_run(session, survey_id, "answers") if ids else None


def _move_piece(session: Session, change: BulkChange) -> tuple[bool, int | None]:
    """Move, or move back, what the next answers say; return as `_piece` does."""
    if change.done < change.wanted:
        entries = unpacked(change.answers, change.done, min(change.wanted, change.done + MAX_IDEAS))
        answers, ideas, run_id = moves.forward(session, change, entries)
        change.done += answers
        change.changed += ideas
    else:
        change.done, run_id = moves.back(session, change)
    return change.done == change.wanted, run_id


def _change(session: Session, change: BulkChange, entries: Sequence[Entry], moment: datetime) -> int:
    """Give answers the status of a change, or delete them; return how many. Those that changed since are left."""
    before = {entry.public_id: entry.status for entry in entries}
    rows = session.execute(
        select(Answer.id, Answer.public_id, Answer.status).where(
            Answer.survey_id == change.survey_id, Answer.public_id.in_(before)
        )
    ).all()
    if change.action == DELETE:
        ids = [row.id for row in rows]
        if ids:
            erasure.erase(session, change.survey_id, ids)
        return len(ids)
    ids = [row.id for row in rows if row.status == before[row.public_id]]
    _set(session, change.survey_id, {change.action: ids}, moment)
    return len(ids)


def _take_back(session: Session, change: BulkChange, entries: Sequence[Entry], moment: datetime) -> int:
    """Give answers the status they had before a change; return how many. Those that changed since are left."""
    before = {entry.public_id: entry.status for entry in entries}
    rows = session.execute(
        select(Answer.id, Answer.public_id).where(
            Answer.survey_id == change.survey_id,
            Answer.public_id.in_(before),
            Answer.status == change.action,
            Answer.changed_at.between(change.made_at, change.acted_at),
        )
    ).all()
    wanted: dict[str, list[int]] = {}
    for answer_id, public_id in rows:
        wanted.setdefault(before[public_id], []).append(answer_id)
    _set(session, change.survey_id, wanted, moment)
    return len(rows)


def _set(session: Session, survey_id: int, wanted: dict[str, list[int]], moment: datetime) -> None:
    """Give answers their new statuses, by status; they leave every result until they are placed again."""
    remove_answers(session, survey_id, [answer_id for ids in wanted.values() for answer_id in ids])
    for status, ids in sorted(wanted.items()):
        session.execute(update(Answer).where(Answer.id.in_(ids)).values(status=status, changed_at=moment))
        story.record(session, ids, status)
