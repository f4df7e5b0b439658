"""Apply to a restored backup what happened after it: deletions, changed answers, revoked tokens.

Works on the restored database, as that of the current app, before it is in use.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, func, inspect, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from survey.answers import check_models, coding_models, erasure
from survey.answers.erasure import erase
from survey.core.account_models import ROLES, ApiToken, Invitation, Membership, Owner, SetUpLink
from survey.core.database import batches, bulk_insert_new, now, write_transaction
from survey.core.models import Answer, AnswerImport, Deletion, Idea, Run, Survey, Vector, WorkerProcess
from survey.edits.idea_spans import forget_answer
from survey.follow_up.models import FollowUp
from survey.mail import sending
from survey.mail.webhook_models import pause_restored
from survey.operations import backup, database_copy
from survey.operations.database_copy import OperationError
from survey.results.result_counts import remove_answers
from survey.runs import lifecycle as runs

BATCH_ROWS = 500
IDENTITY = re.compile(r"[0-9a-f]{16}")
SQLITE = b"SQLite format 3\0"
INTERRUPTED = (
    "The site was restored from a backup that was made during this run. Every answer of the backup is kept. "
    "Another run was asked for."
)
_CHANGED = (
    Answer.public_id,
    Answer.text,
    Answer.kind,
    Answer.status,
    Answer.reason,
    Answer.burst,
    Answer.secret_hash,
    Answer.changed_at,
)
_MEMBERS = (
    select(Survey.slug, Owner.name, Membership.role)
    .join(Membership, Membership.survey_id == Survey.id)
    .join(Owner, Owner.id == Membership.owner_id)
)


@dataclass(slots=True)
class LaterChanges:
    """What happened after the backup, as far as other databases and files know."""

    deletions: dict[str, datetime] = field(default_factory=dict)
    changes: dict[str, Row[*tuple[Any, ...]]] = field(default_factory=dict)
    """The latest text, kind and status of changed answers, by public id"""
    tokens: set[str] | None = None
    """The hashes of the API tokens that still work; None if unknown"""
    surveys: set[str] = field(default_factory=set)
    """The addresses of the surveys that `tokens` and `members` are about"""
    members: dict[tuple[str, str], str] | None = None
    """Who works at which survey besides its owner: the role by the survey's address and the name; None if unknown"""
    disabled: dict[str, datetime] = field(default_factory=dict)
    """Since when which owners cannot sign in, by name"""

    def learn(self, connection: Connection, *, tokens: bool = False) -> None:
        """Add the deletions and changes of a database of any version, and with `tokens` its API tokens."""
        if inspect(connection).has_table(Deletion.__tablename__):
            for identity, moment in connection.execute(select(Deletion.answer_public_id, Deletion.deleted_at)):
                self.deletions[identity] = min(moment, self.deletions.get(identity, moment))
        if database_copy.version(connection) != database_copy.newest_version():
            return
        for row in connection.execute(select(*_CHANGED).where(Answer.changed_at.is_not(None))):
            if row.public_id not in self.changes or self.changes[row.public_id].changed_at < row.changed_at:
                self.changes[row.public_id] = row
        if tokens:
            self.tokens = set(connection.scalars(select(ApiToken.token_hash)))
            self.surveys = set(connection.scalars(select(Survey.slug)))
            self.members = {(slug, name): role for slug, name, role in connection.execute(_MEMBERS)}
            off = select(Owner.name, Owner.disabled_at).where(Owner.disabled_at.is_not(None))
            self.disabled = {name: moment for name, moment in connection.execute(off) if moment is not None}

    def learn_file(self, path: Path) -> None:
        """Add a backup, or a list of ids as `flask deletions` prints it. Raises OperationError."""
        try:
            with path.open("rb") as file:
                is_database = file.read(len(SQLITE)) == SQLITE
            lines = [] if is_database else path.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError):
            raise OperationError(f"{path} cannot be read. Nothing was changed.") from None
        if is_database:
            if not backup.is_sealed(path):
                raise OperationError(f"{path} is not a backup that `flask backup` made. Nothing was changed.")
            with backup.open_backup(path) as connection:
                self.learn(connection)
        moment = now()
        for place, line in enumerate(lines, 1):
            if not IDENTITY.fullmatch(line):
                raise OperationError(
                    f"{path} is no list of deletions: entry {place} is not sixteen hexadecimal digits. "
                    "Nothing was changed."
                )
            self.deletions.setdefault(line, moment)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was done to the restored database: surveys deleted, answers deleted, answers given their newer words, tokens
    ended, runs asked for."""

    surveys: int
    deleted: int
    changed: int
    tokens: int
    runs: int


def reconcile(known: LaterChanges) -> Reconciled:
    """Bring the current app's database to what is known, in one transaction, and ask for the runs that this needs."""
    with write_transaction() as session:
        rows = [{"answer_public_id": identity, "deleted_at": moment} for identity, moment in known.deletions.items()]
        for batch in batches(rows, BATCH_ROWS):
            bulk_insert_new(session, Deletion, batch, conflict_columns=["answer_public_id"])
        surveys = _delete_surveys_again(session)
        unfinished = set(session.scalars(select(Run.survey_id).where(Run.state == "running")))
        _end_what_ends(session)
        deleted = _delete_again(session)
        changed = _change_again(session, known)
        tokens = _end_tokens(session, known)
        _take_roles_back(session, known)
        touched = {survey_id for survey_id, _ in [*deleted, *changed]}
        for survey_id in sorted(touched):
            session.execute(delete(Vector).where(Vector.survey_id == survey_id))
        for survey_id in sorted(touched | unfinished):
            runs.request_run(session, survey_id, "answers")
    return Reconciled(surveys, len(deleted), len(changed), tokens, len(touched | unfinished))


def _end_what_ends(session: Session) -> None:
    """End what was active when the backup was made: runs, workers, sessions, one-time links, mails that waited."""
    interrupted = select(Run.id).where(Run.state == "running")
    session.execute(delete(Idea).where(Idea.run_id.in_(interrupted)).execution_options(synchronize_session=False))
    session.execute(
        update(Run).where(Run.state == "running").values(state="failed", error=INTERRUPTED, finished_at=now())
    )
    session.execute(delete(WorkerProcess))
    session.execute(delete(SetUpLink))
    session.execute(delete(Invitation))  # some may have been used or taken back since
    sending.forget_waiting(session)
    pause_restored(session)
    for owner_id in session.scalars(select(Owner.id)).all():
        session.execute(update(Owner).where(Owner.id == owner_id).values(session_key=secrets.token_hex(32)))


def _delete_surveys_again(session: Session) -> int:
    """Delete the surveys that are known to be deleted, or were being deleted; return how many."""
    surveys = {survey.deletion_id: survey.id for survey in session.scalars(select(Survey))}
    gone = [
        surveys[identity]
        for batch in batches(surveys, BATCH_ROWS)
        for identity in session.scalars(
            select(Deletion.answer_public_id).where(Deletion.answer_public_id.in_(batch))
        ).all()
    ]
    for survey_id in gone:
        erasure.erase_survey(session, survey_id)
    return len(gone)


def _delete_again(session: Session) -> list[tuple[int, int]]:
    """Delete the answers that are known to be deleted, alone or with their import, and used or returned addresses.

    Return (survey id, answer id) of the answers.
    """
    known = select(Deletion.answer_public_id)
    imports = select(AnswerImport.id).where(AnswerImport.public_id.in_(known))
    found = session.execute(
        select(Answer.survey_id, Answer.id).where(or_(Answer.public_id.in_(known), Answer.import_id.in_(imports)))
    )
    gone = [(survey_id, answer_id) for survey_id, answer_id in found]
    for survey_id in sorted({survey_id for survey_id, _ in gone}):
        for batch in batches((answer_id for its, answer_id in gone if its == survey_id), BATCH_ROWS):
            erase(session, survey_id, batch)
    session.execute(delete(AnswerImport).where(AnswerImport.public_id.in_(known)))
    session.execute(delete(FollowUp).where(func.substr(FollowUp.token_hash, 1, 16).in_(known)))
    return gone


def _change_again(session: Session, known: LaterChanges) -> list[tuple[int, int]]:
    """Apply later texts and statuses to answers; return (survey id, answer id) of those changed."""
    changed: list[tuple[int, int]] = []
    for batch in batches(known.changes.values(), BATCH_ROWS):
        found = session.execute(
            select(Answer.id, Answer.survey_id, Answer.public_id, Answer.text, Answer.changed_at).where(
                Answer.public_id.in_([row.public_id for row in batch])
            )
        ).all()
        for stored in found:
            newer = known.changes[stored.public_id]
            if stored.changed_at is not None and stored.changed_at >= newer.changed_at:
                continue
            remove_answers(session, stored.survey_id, [stored.id])
            if stored.text != newer.text:
                forget_answer(session, stored.id)
                check_models.forget(session, stored.id)
                coding_models.forget(session, stored.id)
            session.execute(update(Answer).where(Answer.id == stored.id).values(nearest=None, **_without_name(newer)))
            changed.append((stored.survey_id, stored.id))
    return changed


def _without_name(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {key: value for key, value in row._mapping.items() if key != "public_id"}


def _end_tokens(session: Session, known: LaterChanges) -> int:
    """Delete the API tokens that were revoked since; return how many."""
    if known.tokens is None:
        return 0
    ended = [
        token_id
        for token_id, token_hash, slug in session.execute(
            select(ApiToken.id, ApiToken.token_hash, Survey.slug).join(Survey, Survey.id == ApiToken.survey_id)
        )
        if slug in known.surveys and token_hash not in known.tokens
    ]
    for batch in batches(ended, BATCH_ROWS):
        session.execute(delete(ApiToken).where(ApiToken.id.in_(batch)))
    return len(ended)


def _take_roles_back(session: Session, known: LaterChanges) -> None:
    """Take away the roles in surveys that were taken away since, and the accounts that were disabled."""
    for name, moment in known.disabled.items():
        session.execute(update(Owner).where(Owner.name == name).values(disabled_at=moment))
    rows = session.execute(_MEMBERS.add_columns(Membership.id)).all() if known.members is not None else []
    for slug, name, role, member_id in rows:
        own = Membership.id == member_id
        now_has = (known.members or {}).get((slug, name))
        if slug in known.surveys and now_has is None:
            session.execute(delete(Membership).where(own))
        elif slug in known.surveys and now_has is not None and ROLES.index(now_has) < ROLES.index(role):
            session.execute(update(Membership).where(own).values(role=now_has))
