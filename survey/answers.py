"""The life of an answer: what may be one, receiving it once."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey import runs
from survey.database import insert_new, now, writing
from survey.models import Answer, Survey, public_id

LENGTH_MOST = 5000
KINDS = {
    "partner": "Partner",
    "family": "Family",
    "friend": "Friend",
    "colleague": "Colleague",
    "customer": "Customer",
    "any": "Any kind",
}
KIND_PHRASES = {
    "partner": "a partner",
    "family": "family",
    "friend": "a friend",
    "colleague": "a colleague",
    "customer": "a customer",
    "any": "any kind of relationship",
}
SOURCES = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "threads": "Threads",
    "x": "X",
    "bluesky": "Bluesky",
    "linkedin": "LinkedIn",
    "whatsapp": "WhatsApp",
    "email": "Email",
    "poster": "Poster",
    "embed": "Another site",
    "import": "Imported",
    "direct": "Direct link",
}
FORM_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
# Drawn as nothing although Unicode files them under letters or symbols.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\ufe0f\ufe0e\U000e0100")


class Refused(Exception):
    """An answer that cannot be kept; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """A checked answer that is not stored yet."""

    text: str
    form_key: str
    kind: str | None = None
    source: str | None = None
    received_at: datetime | None = None


def new_form_key() -> str:
    """A key for one showing of the form: 128 random bits."""
    return secrets.token_urlsafe(16)


def tidy(text: str) -> str:
    """What is stored of what was typed: line ends as \\n, nothing blank around it, otherwise exactly the same."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def check_text(typed: str | None) -> str:
    """The tidied text of an answer; raises Refused where it cannot be one."""
    if typed is None:
        raise Refused("Write an answer first. One line is enough.")
    text = tidy(typed)
    if "\0" in text:
        raise Refused("The text holds a character that cannot be kept (NUL). Remove it, or type the text again.")
    if not is_visible(text):
        raise Refused("Write an answer first. One line is enough.")
    if len(text) > LENGTH_MOST:
        raise Refused(
            f"The answer is {len(text):,} characters long, and {LENGTH_MOST:,} fit. Shorten it by "
            f"{len(text) - LENGTH_MOST:,} and send it again."
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused("Part of the text is not valid Unicode. Type that part again.") from None
    return text


def is_visible(text: str) -> bool:
    """Whether any character draws something: not only spaces, zero-width and control characters."""
    return any(unicodedata.category(c)[0] not in "ZC" and c not in _BLANK for c in text)


def check_kind(kind: str | None) -> str | None:
    """A kind of relationship that is known, None where the question was skipped; raises Refused."""
    if not kind:
        return None
    if kind not in KINDS:
        raise Refused("Choose one of the kinds of relationship that are listed, or skip that question.")
    return kind


def known_source(tag: str | None) -> str | None:
    """A source tag that is on the list. Anything else is not stored."""
    return tag if tag in SOURCES else None


def receive(survey: Survey, answer: NewAnswer) -> str:
    """Store an answer once and ask for a run; gives its public id.

    The same form key again (a double click, Back, a retry) is the same answer: the row stays one, and takes
    the text that was sent last. Committed when this returns.
    """
    survey_id = survey.id
    with writing() as session:
        if not _insert(session, survey_id, answer):
            stored = session.scalars(
                select(Answer).where(Answer.survey_id == survey_id, Answer.form_key == answer.form_key)
            ).one()
            if (stored.text, stored.kind) == (answer.text, answer.kind):
                return stored.public_id
            stored.text, stored.kind, stored.changed_at = answer.text, answer.kind, now()
            runs.forget_answer(session, stored.id)
        run_id = runs.ask(session, survey_id, "answers")
        identity = session.scalars(
            select(Answer.public_id).where(Answer.survey_id == survey_id, Answer.form_key == answer.form_key)
        ).one()
    runs.announce(survey_id, run_id)
    return identity


def receive_all(survey: Survey, answers: Iterable[NewAnswer]) -> tuple[int, int]:
    """Store many answers in one transaction; gives how many were new and how many were there already."""
    survey_id = survey.id
    run_id = None
    with writing() as session:
        inserted = [_insert(session, survey_id, answer) for answer in answers]
        added = sum(inserted)
        if added:
            run_id = runs.ask(session, survey_id, "answers")
    runs.announce(survey_id, run_id)
    return added, len(inserted) - added


def count(session: Session, survey_id: int) -> int:
    """How many answers a survey has."""
    return session.scalar(select(func.count()).where(Answer.survey_id == survey_id)) or 0


def _insert(session: Session, survey_id: int, answer: NewAnswer) -> bool:
    values = {
        "public_id": public_id(),
        "survey_id": survey_id,
        "form_key": answer.form_key,
        "text": answer.text,
        "kind": answer.kind,
        "source": answer.source,
        "received_at": answer.received_at or now(),
    }
    return insert_new(session, Answer, [values], unless=["survey_id", "form_key"]) == 1
