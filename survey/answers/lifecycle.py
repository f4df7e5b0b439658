"""The life of an answer: what may be one, receiving it once, its writer's change of mind."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress, islice
from operator import itemgetter
from typing import Any

from flask import Flask, current_app
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from survey.answers import moderation
from survey.answers.moderation import Heard, Judged
from survey.answers.near_duplicates import recent_answers
from survey.core import respondent_kinds
from survey.core.database import (
    bulk_insert_new,
    db,
    insert_new,
    insert_new_returning,
    now,
    truncate_wal_after_commit,
    write_transaction,
)
from survey.core.group_commit import GroupCommit
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, AnswerImport, Deletion, EditIdea, Survey, public_id
from survey.results.result_counts import lock_results, take_out
from survey.runs import lifecycle as runs
from survey.web import survey_cache
from survey.web.formatting import number

LENGTH_MOST = 5000
ROWS_AT_ONCE = 5000
SOURCES = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "threads": "Threads",
    "x": "X",
    "bluesky": "Bluesky",
    "linkedin": "LinkedIn",
    "whatsapp": "WhatsApp",
    "email": N_("Email"),
    "poster": "Poster",
    "embed": "Another site",
    "api": N_("A program"),
    "import": "Imported",
    "direct": "Direct link",
}
FORM_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
# Drawn as nothing although Unicode files them under letters or symbols.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\ufe0f\ufe0e\U000e0100")


class Refused(Exception):
    """An answer that cannot be kept; the message says why and what to do."""


class Closed(Exception):
    """The survey takes no answers now, and no changes of answers either."""


class Gone(Exception):
    """The answer was deleted a moment ago."""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """A checked answer that is not stored yet."""

    text: str
    form_key: str
    kind: str | None = None
    source: str | None = None
    received_at: datetime | None = None
    secret: str | None = None
    """The token of the link by which its writer may change or delete it"""
    is_askers: bool = False
    hold_reason: str | None = None
    """Why its owner should read it first, a key of survey.answers.moderation.REASONS"""
    import_key: str | None = None
    """What an imported row is known by: the same row twice is one answer"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The row of an answer that came in, and what decides whether it is shown."""

    row: dict[str, Any]
    heard: Heard
    terms: survey_cache.Terms
    """Those of its survey that it was judged by"""


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that is stored, the run it asked for, if any, and whether it is part of a burst."""

    public_id: str
    run_id: int | None
    in_burst: bool


def new_form_key() -> str:
    """A key for one showing of the form: 128 random bits."""
    return secrets.token_urlsafe(16)


def new_secret() -> str:
    """A token for the link to one's own answer: 192 random bits, of which only a hash is stored."""
    return secrets.token_urlsafe(24)


def tidy(text: str) -> str:
    """What is stored of what was typed: line ends as \\n, nothing blank around it, otherwise exactly the same."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def check_text(typed: str | None) -> str:
    """The tidied text of an answer; raises Refused where it cannot be one."""
    if typed is None:
        raise Refused(gettext("Write an answer first. One line is enough."))
    text = tidy(typed)
    if "\0" in text:
        raise Refused(
            gettext("The text holds a character that cannot be kept (NUL). Remove it, or type the text again.")
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused(gettext("Part of the text is not valid Unicode. Type that part again.")) from None
    if not is_visible(text):
        raise Refused(gettext("Write an answer first. One line is enough."))
    if len(text) > LENGTH_MOST:
        raise Refused(
            gettext(
                "The answer is %(length)s characters long, and %(most)s fit. "
                "Shorten it by %(excess)s and send it again.",
                length=number(len(text)),
                most=number(LENGTH_MOST),
                excess=number(len(text) - LENGTH_MOST),
            )
        )
    return text


def is_visible(text: str) -> bool:
    """Whether any character draws something: not only spaces, zero-width and control characters."""
    return any(unicodedata.category(c)[0] not in "ZC" and c not in _BLANK for c in text)


def check_kind(survey: Survey, kind: str | None) -> str | None:
    """The key of a kind this survey asks, or asked before; None where that was skipped; raises Refused."""
    if not kind:
        return None
    if kind not in respondent_kinds.by_key(survey):
        raise Refused(gettext("Choose one of the kinds that are listed, or skip that question."))
    return kind


def known_source(tag: str | None) -> str | None:
    """A source tag that is on the list. Anything else is not stored."""
    return tag if tag in SOURCES else None


def receive(survey: Survey, answer: NewAnswer) -> str:
    """Store an answer once and ask for a run; gives its public id.

    The same form key again (a double click, Back, a retry) is the same answer: the row stays one, and takes
    the text that was sent last; its secret link is then the newest one. So a form key must be one that this site
    issued to whoever sends it, or that nobody else can know. Committed when this returns, in one
    transaction with the answers of others that come at the same moment. Raises terms.Changed.
    """
    survey_id = survey.id
    compared = recent_answers().compare(survey_id, answer.text)
    heard = Heard(survey_id, answer.text, survey.hold_first, answer.hold_reason, answer.is_askers, compared)
    arrival = Arrival(_row(survey_id, answer), heard, survey_cache.of(survey))
    db.session.rollback()  # what was read is read: the write rests on what is there then
    receiving: GroupCommit[Arrival, Stored | None] = current_app.extensions["receiving"]
    stored = receiving.submit(arrival)
    if stored is None:
        raise survey_cache.Changed
    if stored.in_burst:
        runs.look(survey_id)
    runs.announce(survey_id, stored.run_id)
    return stored.public_id


def init_app(app: Flask) -> None:
    """Let the threads of this process store what they receive together."""
    app.extensions["receiving"] = GroupCommit(_store_judged)


def _store_judged(session: Session, arrivals: Sequence[Arrival]) -> list[Stored | None]:
    """Store those answers whose survey still has the terms they were judged by; None for each of the others."""
    surveys = {arrival.row["survey_id"] for arrival in arrivals}
    holding = {survey_id: survey_cache.holding(session, survey_id) for survey_id in surveys}
    hold = [arrival.terms == holding[arrival.row["survey_id"]] for arrival in arrivals]
    stored = iter(_store(session, list(compress(arrivals, hold))))
    return [next(stored) if holds else None for holds in hold]


def _store(session: Session, arrivals: Sequence[Arrival]) -> list[Stored]:
    """Store answers, each once, and ask for the runs they need."""
    judged = moderation.judge(session, [arrival.heard for arrival in arrivals])
    rows = [arrival.row | own.columns() for arrival, own in zip(arrivals, judged, strict=True)]
    # In the order of their keys: two processes that got the same forms would otherwise wait for each other.
    in_order = sorted(rows, key=itemgetter("form_key"))
    new = set(insert_new_returning(session, Answer, in_order, ("survey_id", "form_key"), returning="public_id"))
    identities = [
        (row["public_id"], True) if row["public_id"] in new else _receive_again(session, row, own)
        for row, own in zip(rows, judged, strict=True)
    ]
    # Last, and in the order of the surveys, for the same reason.
    wanted = {
        row["survey_id"]
        for row, own, (_, changed) in zip(rows, judged, identities, strict=True)
        if changed and own.status == "shown"
    }
    asked = {survey_id: runs.ask(session, survey_id, "answers") for survey_id in sorted(wanted)}
    return [
        Stored(identity, asked.get(row["survey_id"]) if changed else None, own.burst is not None)
        for row, own, (identity, changed) in zip(rows, judged, identities, strict=True)
    ]


def _receive_again(session: Session, row: Mapping[str, Any], judged: Judged) -> tuple[str, bool]:
    """An answer whose form key is known; gives its public id, and whether it changed."""
    own = (Answer.survey_id == row["survey_id"], Answer.form_key == row["form_key"])
    lock_results(session, row["survey_id"])
    stored = session.scalars(select(Answer).where(*own).with_for_update(key_share=True)).one_or_none()
    if stored is None:  # deleted since it stood in the way of the new row: PostgreSQL lets both happen at once
        session.execute(insert(Answer), [dict(row)])
        return row["public_id"], True
    if row["secret_hash"] is not None:
        stored.secret_hash = row["secret_hash"]
    if (stored.text, stored.kind) == (row["text"], row["kind"]):
        return stored.public_id, False
    _replace(session, stored, row["text"], row["kind"], judged)
    return stored.public_id, True


def receive_all(survey: Survey, answers: Iterable[NewAnswer], name: str = "A list") -> tuple[int, int]:
    """Store the rows of an import in one transaction, those with a known import key excepted.

    `name` is what its owner finds it by again. Return how many were new and how many were there already.
    """
    survey_id = survey.id
    run_id = None
    total = added = 0
    remaining = iter(answers)
    with write_transaction() as session:
        made = AnswerImport(survey_id=survey_id, name=name)
        session.add(made)
        session.flush()
        while batch := list(islice(remaining, ROWS_AT_ONCE)):
            keys = [answer.import_key for answer in batch]
            of_survey = select(Answer.import_key).where(Answer.survey_id == survey_id)
            known = set(session.scalars(of_survey.where(Answer.import_key.in_(keys))))
            new = [answer for answer in batch if answer.import_key not in known]
            rows = [_row(survey_id, answer) | moderation.SHOWN.columns() | {"import_id": made.id} for answer in new]
            bulk_insert_new(
                session, Answer, rows, conflict_columns=["survey_id", "import_key"], where="import_key IS NOT NULL"
            )
            total += len(batch)
            added += len(rows)
        if added:
            run_id = runs.ask(session, survey_id, "answers")
        else:
            session.delete(made)
    runs.announce(survey_id, run_id)
    return added, total - added


def by_secret(survey: Survey, secret: str) -> Answer | None:
    """The answer that a secret link is for, None where the link is none."""
    return db.session.scalar(select(Answer).where(Answer.survey_id == survey.id, Answer.secret_hash == _digest(secret)))


def change(survey: Survey, answer: Answer, text: str, kind: str | None, hold_reason: str | None = None) -> None:
    """Put other words in place of an answer's, as its writer wishes. What was made of the old ones is gone at once.

    An answer that is held or hidden stays so. Raises Closed where the survey takes no answers any more, and Gone where
    the answer was deleted meanwhile; then nothing is changed.
    """
    survey_id, answer_id = survey.id, answer.id
    compared = recent_answers().compare(survey_id, text, own_id=answer_id)
    with write_transaction() as session:
        lock_results(session, survey_id)
        current = session.get(Survey, survey_id)
        stored = session.get(Answer, answer_id, with_for_update={"key_share": True})
        if current is None or stored is None:
            raise Gone
        if not current.takes_answers(now()):
            raise Closed
        if (stored.text, stored.kind) == (text, kind):
            return
        heard = Heard(survey_id, text, current.hold_first, hold_reason, compared=compared)
        (judged,) = moderation.judge(session, [heard])
        _replace(session, stored, text, kind, judged)
        run_id = runs.ask(session, survey_id, "answers")
    if judged.burst is not None:
        runs.look(survey_id)
    runs.announce(survey_id, run_id)


def forget(survey: Survey, answer: Answer) -> None:
    """Delete an answer for good: its text, its ideas and quotes, what edits kept of it, and its part in every count.

    Its vectors go with the run that this asks for, which also draws the map and names the themes anew.
    """
    survey_id, answer_id = survey.id, answer.id
    with write_transaction() as session:
        erase(session, survey_id, [answer_id])
        run_id = runs.ask(session, survey_id, "answers")
    runs.wake(run_id)


def erase(session: Session, survey_id: int, answer_ids: Sequence[int]) -> None:
    """Inside a write transaction: delete answers of a survey, and write down that they were, for backups to obey."""
    take_out(session, survey_id, answer_ids)
    gone = session.scalars(select(Answer.public_id).where(Answer.id.in_(answer_ids))).all()
    moment = now()
    if gone:
        insert_new(session, Deletion, [{"answer_public_id": identity, "deleted_at": moment} for identity in gone])
    session.execute(delete(Answer).where(Answer.id.in_(answer_ids)))
    truncate_wal_after_commit(session)


def _replace(session: Session, stored: Answer, text: str, kind: str | None, judged: Judged) -> None:
    """Other words in place of an answer's. Its spans no longer fit, so that results and edits lose them.

    Only an answer that is shown takes the new judgement: other words never show what was held or hidden.
    """
    take_out(session, stored.survey_id, [stored.id])
    truncate_wal_after_commit(session)
    session.execute(delete(EditIdea).where(EditIdea.answer_id == stored.id))
    stored.text, stored.kind, stored.changed_at, stored.nearest = text, kind, now(), None
    if stored.status == "shown":
        stored.status, stored.reason, stored.burst = judged.status, judged.reason, judged.burst


def _digest(secret: str) -> str:
    return hashlib.sha256(b"answer:" + secret.encode()).hexdigest()


def _row(survey_id: int, answer: NewAnswer) -> dict[str, Any]:
    return {
        "public_id": public_id(),
        "survey_id": survey_id,
        "form_key": answer.form_key,
        "import_key": answer.import_key,
        "text": answer.text,
        "kind": answer.kind,
        "source": answer.source,
        "received_at": answer.received_at or now(),
        "secret_hash": None if answer.secret is None else _digest(answer.secret),
        "is_askers": answer.is_askers,
    }
