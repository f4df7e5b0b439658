"""The life of an answer: validated, stored exactly once (the INSERT is in `_store`), changed by its writer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import itemgetter
from typing import Any

from flask import Flask, current_app
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.text.normalise import is_visible
from survey.answers import check_models, closing, coding_models, moderation, own_link, story
from survey.answers.moderation import Candidate, Verdict
from survey.answers.near_duplicates import recent_answers
from survey.core import respondent_kinds
from survey.core.database import (
    batches,
    bulk_insert_new,
    db,
    insert_fresh,
    now,
    truncate_wal_after_commit,
    write_transaction,
)
from survey.core.group_commit import GroupCommit
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, AnswerImport, Survey, public_id
from survey.edits.idea_spans import forget_answer
from survey.results.result_counts import lock_results, remove_answers
from survey.runs import lifecycle as runs
from survey.web import survey_cache
from survey.web.formatting import number

MAX_LENGTH = 5000
"""Characters of an answer"""
RESPONSE_ID_MAX = 200
"""Characters of the id that another program gave a response"""
IMPORT_BATCH_ROWS = 5000
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
LINK_ENDS = " .,;:!?)]}>\"'*_»”’…"
FORM_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")


class Refused(Exception):
    """The answer is not valid; the message says why and what to do."""


class Closed(Exception):
    """The survey is closed: it takes neither answers nor changes of answers."""


class Gone(Exception):
    """The answer is deleted."""


class KeyTaken(Exception):
    """Another answer came with this form key before, and this one may not replace it. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """A valid answer that is not stored yet."""

    text: str
    form_key: str
    kind: str | None = None
    source: str | None = None
    received_at: datetime | None = None
    secret: str | None = None
    """The token of the link at which its writer may change or delete it; stored as a hash"""
    is_askers: bool = False
    hold_reason: str | None = None
    """Why it must be held for the owner: a key of survey.answers.moderation.REASONS"""
    import_key: str | None = None
    """Identifies an imported row, so that importing it again adds nothing"""
    replaces: bool = True
    """Whether it replaces the text of an answer with the same form key, or raises KeyTaken where that is another"""
    response_key: str | None = None
    """Hash of the id that another program gave the response"""
    response_id: str | None = None
    """That id as it was written"""
    status: str = "shown"
    """Of an imported answer: shown, held or hidden"""


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """The row of a new answer, and what decides whether it is stored and shown."""

    row: dict[str, Any]
    candidate: Candidate
    terms: survey_cache.Terms
    """The settings of its survey that it was checked against"""
    replaces: bool = True


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored answer, the run that was requested for it, and whether it is part of a burst.

    `public_id` is None where another answer has its key, which it may not replace.
    """

    public_id: str | None
    run_id: int | None
    in_burst: bool


def new_form_key() -> str:
    """Return a random key for one rendering of the form (128 bits)."""
    return secrets.token_urlsafe(16)


def normalize(text: str) -> str:
    """Return a text with \\n as line ends and no white space around it, otherwise unchanged."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def check_text(typed: str | None) -> str:
    """Return the normalized text of an answer. Raises Refused."""
    if typed is None:
        raise Refused(gettext("Write an answer first. One line is enough."))
    text = normalize(typed)
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
    if len(text) > MAX_LENGTH:
        raise Refused(
            gettext(
                "The answer is %(length)s characters long, and %(most)s fit. "
                "Shorten it by %(excess)s and send it again.",
                length=number(len(text)),
                most=number(MAX_LENGTH),
                excess=number(len(text) - MAX_LENGTH),
            )
        )
    return text


def check_kind(survey: Survey, kind: str | None) -> str | None:
    """Return the key of a kind that this survey offers or offered, None where none was chosen. Raises Refused."""
    if not kind:
        return None
    if kind not in respondent_kinds.by_key(survey):
        raise Refused(gettext("Choose one of the kinds that are listed, or skip that question."))
    return kind


def known_source(tag: str | None) -> str | None:
    """Return a source tag if it is in SOURCES, also with what a messenger added to the link, else None."""
    tag = (tag or "").rstrip(LINK_ENDS).lower()
    return tag if tag in SOURCES else None


def receive(survey: Survey, answer: NewAnswer) -> str:
    """Store an answer exactly once and request a run; return its public id.

    The same form key again (a double click, Back, a retry) is the same answer: its row gets the text that was sent
    last, or KeyTaken is raised, where `answer` may not replace it. So a form key must be one that this site issued to
    the sender, or that nobody else can know. Committed when this returns, in one transaction
    with other answers that arrive at the same time. Raises survey_cache.SurveyChanged.
    """
    survey_id = survey.id
    compared = recent_answers().compare(survey_id, answer.text)
    links = moderation.may_have_links(survey_id, answer.text)
    candidate = Candidate(
        survey_id, answer.text, survey.hold_first, answer.hold_reason, answer.is_askers, compared, links
    )
    pending = PendingAnswer(_row(survey_id, answer), candidate, survey_cache.terms_of(survey), answer.replaces)
    if db.opened is not None:
        db.opened.rollback()  # end the read transaction: the write checks the survey again
    receiving: GroupCommit[PendingAnswer, Stored | None] = current_app.extensions["receiving"]
    stored = receiving.submit(pending)
    if stored is None:
        raise survey_cache.SurveyChanged
    if stored.public_id is None:
        raise KeyTaken
    if stored.in_burst:
        runs.request_placing(survey_id)
    runs.notify_new_answers(survey_id, stored.run_id)
    return stored.public_id


def init_app(app: Flask) -> None:
    """Set up the group commit that the threads of this process share."""
    app.extensions["receiving"] = GroupCommit(_store_if_unchanged)


def _store_if_unchanged(session: Session, pending: Sequence[PendingAnswer]) -> list[Stored | None]:
    """Store the answers that fit, of surveys with the settings they were checked against; None for each other one."""
    surveys = {answer.row["survey_id"] for answer in pending}
    most = [(answer.row["survey_id"], survey_cache.closes_after(answer.terms)) for answer in pending]
    closing.lock(session, closing.limits(most))
    current = {survey_id: survey_cache.current_terms(session, survey_id) for survey_id in surveys}
    unchanged = [answer.terms == current[answer.row["survey_id"]] for answer in pending]
    limits = closing.limits(compress(most, unchanged))
    fits = closing.fitting(session, limits, (answer.row for answer in pending)) if limits else unchanged
    taken = [is_unchanged and still_fits for is_unchanged, still_fits in zip(unchanged, fits, strict=True)]
    stored = iter(_store(session, list(compress(pending, taken))))
    outcomes = [next(stored) if is_taken else None for is_taken in taken]
    closing.close_full(session, limits)
    return outcomes


def _store(session: Session, pending: Sequence[PendingAnswer]) -> list[Stored]:
    """Insert answers, each exactly once, and request the runs they need."""
    verdicts = moderation.judge(session, [answer.candidate for answer in pending])
    rows = [answer.row | verdict.columns() for answer, verdict in zip(pending, verdicts, strict=True)]
    # Sorted by key: two processes with the same forms would otherwise deadlock.
    in_order = sorted(rows, key=itemgetter("form_key"))
    new = set(insert_fresh(session, Answer, in_order, ("survey_id", "form_key"), fresh="public_id"))
    held = [row["public_id"] for row, verdict in zip(rows, verdicts, strict=True) if verdict.status == "held"]
    if held:
        own = select(Answer.id).where(Answer.public_id.in_(held))
        story.record(session, session.scalars(own).all(), "held")
    identities = [
        (row["public_id"], True) if row["public_id"] in new else _update_stored(session, row, verdict, answer.replaces)
        for row, verdict, answer in zip(rows, verdicts, pending, strict=True)
    ]
    # Last, and sorted by survey, for the same reason.
    changed_surveys = {
        row["survey_id"]
        for row, verdict, (_, changed) in zip(rows, verdicts, identities, strict=True)
        if changed and verdict.status == "shown"
    }
    run_ids = {survey_id: runs.request_run(session, survey_id, "answers") for survey_id in sorted(changed_surveys)}
    return [
        Stored(identity, run_ids.get(row["survey_id"]) if changed else None, verdict.burst is not None)
        for row, verdict, (identity, changed) in zip(rows, verdicts, identities, strict=True)
    ]


def _update_stored(
    session: Session, row: Mapping[str, Any], verdict: Verdict, replaces: bool
) -> tuple[str | None, bool]:
    """Update the answer that has this form key already; return its public id, and whether it changed.

    Where it is another one and not to be replaced, nothing is done, and the id is None.
    """
    own = (Answer.survey_id == row["survey_id"], Answer.form_key == row["form_key"])
    lock_results(session, row["survey_id"])
    stored = session.scalars(select(Answer).where(*own).with_for_update(key_share=True)).one_or_none()
    if stored is None:  # deleted since the INSERT conflicted with it, which PostgreSQL allows
        session.execute(insert(Answer), [dict(row)])
        return row["public_id"], True
    kind = respondent_kinds.kept(session.get_one(Survey, row["survey_id"]), stored.kind, row["kind"])
    is_same = (stored.text, stored.kind) == (row["text"], kind)
    if not is_same and not replaces:
        return None, False
    if row["secret_hash"] is not None:
        stored.secret_hash = row["secret_hash"]
    if is_same:
        return stored.public_id, False
    _replace(session, stored, row["text"], kind, verdict)
    return stored.public_id, True


def receive_import(survey: Survey, answers: Iterable[NewAnswer], name: str = "A list") -> tuple[int, int]:
    """Store the rows of an import in one transaction, without those whose import key exists.

    `name` is shown in the owner's list of imports. Return how many rows were new and how many existed.
    """
    survey_id = survey.id
    run_id = None
    with write_transaction() as session:
        made = AnswerImport(survey_id=survey_id, name=name)
        added, total = store_import(session, made, answers)
        if added:
            run_id = runs.request_run(session, survey_id, "answers")
    runs.notify_new_answers(survey_id, run_id)
    return added, total - added


def store_import(session: Session, made: AnswerImport, answers: Iterable[NewAnswer]) -> tuple[int, int]:
    """Store an import with its rows inside a write transaction, without those whose import key exists.

    Return how many were stored, and how many rows there were. With none the import is not stored either.
    """
    session.add(made)
    session.flush()
    total = added = 0
    for batch in batches(answers, IMPORT_BATCH_ROWS):
        keys = [answer.import_key for answer in batch]
        of_survey = select(Answer.import_key).where(Answer.survey_id == made.survey_id)
        known = set(session.scalars(of_survey.where(Answer.import_key.in_(keys))))
        new = [answer for answer in batch if answer.import_key not in known]
        rows = [_imported_row(made, answer) for answer in new]
        bulk_insert_new(
            session, Answer, rows, conflict_columns=["survey_id", "import_key"], where="import_key IS NOT NULL"
        )
        total += len(batch)
        added += len(rows)
    if not added:
        session.delete(made)
    return added, total


def find(survey: Survey, public_id: str | None) -> Answer | None:
    """Return the answer with this public id, None where there is none."""
    return db.session.scalar(select(Answer).where(Answer.survey_id == survey.id, Answer.public_id == public_id))


def change(survey: Survey, answer: Answer, text: str, kind: str | None, hold_reason: str | None = None) -> None:
    """Replace the text and kind of an answer, for its writer. What was derived from the old text is deleted at once.

    An answer that is held or hidden stays so. Raises Closed, and Gone where the answer was deleted meanwhile; then
    nothing is changed.
    """
    survey_id, answer_id = survey.id, answer.id
    compared = recent_answers().compare(survey_id, text, own_id=answer_id)
    links = moderation.may_have_links(survey_id, text)
    with write_transaction() as session:
        lock_results(session, survey_id)
        current = session.get(Survey, survey_id)
        stored = session.get(Answer, answer_id, with_for_update={"key_share": True})
        if current is None or stored is None:
            raise Gone
        if not current.takes_answers(now()):
            raise Closed
        kind = respondent_kinds.kept(current, stored.kind, kind)
        if (stored.text, stored.kind) == (text, kind):
            return
        candidate = Candidate(survey_id, text, current.hold_first, hold_reason, compared=compared, may_have_links=links)
        (verdict,) = moderation.judge(session, [candidate])
        _replace(session, stored, text, kind, verdict)
        run_id = runs.request_run(session, survey_id, "answers")
    if verdict.burst is not None:
        runs.request_placing(survey_id)
    runs.notify_new_answers(survey_id, run_id)


def _replace(session: Session, stored: Answer, text: str, kind: str | None, verdict: Verdict) -> None:
    """Replace the text and kind of a stored answer, and remove its spans from results and edits: they no longer fit.

    Only an answer that is shown gets the new verdict: a new text never shows what was held or hidden.
    """
    remove_answers(session, stored.survey_id, [stored.id])
    truncate_wal_after_commit(session)
    forget_answer(session, stored.id)
    if stored.text != text:
        check_models.forget(session, stored.id)
        coding_models.forget(session, stored.id)
    stored.text, stored.kind, stored.changed_at, stored.nearest, stored.language = text, kind, now(), None, None
    story.record(session, [stored.id], story.CHANGED)
    if stored.status == "shown":
        stored.status, stored.reason, stored.burst = verdict.status, verdict.reason, verdict.burst
        if verdict.status != "shown":
            story.record(session, [stored.id], verdict.status)


def _imported_row(made: AnswerImport, answer: NewAnswer) -> dict[str, Any]:
    verdict = Verdict(answer.status, "import" if answer.status == "held" else None)
    return _row(made.survey_id, answer) | verdict.columns() | {"import_id": made.id}


def _row(survey_id: int, answer: NewAnswer) -> dict[str, Any]:
    return {
        "public_id": public_id(),
        "survey_id": survey_id,
        "form_key": answer.form_key,
        "import_key": answer.import_key,
        "response_key": answer.response_key,
        "response_id": answer.response_id,
        "text": answer.text,
        "kind": answer.kind,
        "source": answer.source,
        "received_at": answer.received_at or now(),
        "secret_hash": None if answer.secret is None else own_link.hash_of(answer.secret),
        "is_askers": answer.is_askers,
    }
