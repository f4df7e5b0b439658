"""What is not shown as it came: answers held for the owner to look at, and personal data within an answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz, process, utils
from sqlalchemy import select, update

from survey import runs
from survey.counts import take_out
from survey.database import db, now, writing
from survey.languages import N_, gettext
from survey.models import Answer, Survey

# The first part keeps a word of five thousand letters from being tried from each of its letters.
EMAIL = re.compile(r"(?<![\w.+'-])[\w.+'-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
SITE = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# Seven digits or more with the usual signs between them, or a short number as it is said aloud (555-0142).
PHONE = re.compile(r"(?<![\w.])\+?(?:\(\d{1,5}\)[\s./-]?)?\d(?:[\s./-]?\(?\d\)?){5,15}(?![\w])")
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}\s?[-–]\s?\d{4}")
HINT = re.compile(r"[@\d]|https?://|www\.", re.IGNORECASE)
"""Without one of these there is no personal data: most answers are told by it"""
PHONE_MASK = N_("[phone number]")
MASKS = ((EMAIL, N_("[e-mail address]")), (SITE, N_("[link]")), (PHONE, PHONE_MASK))

STATUSES = ("shown", "held", "hidden")
TOLD = {"shown": "shown", "held": "held back", "hidden": "hidden"}
REASONS = {
    "review": "You read every answer first",
    "link": "It has a link in it",
    "burst": "Nearly the same text came several times within an hour",
}
BURST_WINDOW = timedelta(hours=1)
BURST_LENGTH = 25
"""Characters from which the same words from several people are no coincidence: "Honesty" is said by many."""
BURST_ALIKE = 90
"""rapidfuzz's ratio, 0-100, from which two texts are nearly the same"""
BURST_LEAST = 4
LOOKED_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether an answer is shown or held, why, and the burst it is part of."""

    status: str
    reason: str | None = None
    burst: str | None = None


SHOWN = Judged("shown")


def judge(survey: Survey, text: str) -> Judged:
    """Whether a new answer is shown at once. One that is held is kept, and counted nowhere until the owner looks.

    Nearly the same text several times within an hour is one burst; so is what comes after the owner hid it.
    """
    burst = _burst(survey, text) if len(text) >= BURST_LENGTH else None
    if burst is not None:
        return Judged("held", "burst", burst)
    if SITE.search(text):
        return Judged("held", "link")
    return Judged("held", "review") if survey.hold_first else SHOWN


@dataclass(frozen=True, slots=True)
class Undo:
    """A decision that can be taken back: what it was about, the status before, and what to say of it."""

    burst: str | None
    public_id: str | None
    before: str
    told: str
    changed: int


def chosen(survey: Survey, *, burst: str | None, public_id: str | None) -> Sequence[Answer]:
    """The answers that a decision is about: all of a burst, or one."""
    about = Answer.burst == burst if burst else Answer.public_id == public_id
    return db.session.scalars(select(Answer).where(Answer.survey_id == survey.id, about).order_by(Answer.id)).all()


def set_status(survey: Survey, answer_ids: Sequence[int], status: str) -> int:
    """Show, hold or hide answers of a survey; gives how many changed. Counts are right at once, themes after a run."""
    survey_id = survey.id
    with writing() as session:
        changed = session.scalars(
            select(Answer.id).where(Answer.survey_id == survey_id, Answer.id.in_(answer_ids), Answer.status != status)
        ).all()
        if not changed:
            return 0
        take_out(session, survey_id, changed)
        session.execute(update(Answer).where(Answer.id.in_(changed)).values(status=status, changed_at=now()))
        run_id = runs.ask(session, survey_id, "answers")
    runs.announce(survey_id, run_id)
    return len(changed)


def _burst(survey: Survey, text: str) -> str | None:
    """The burst that an answer is part of: one there is, or a new one from the BURST_LEAST-th on."""
    lately = db.session.execute(
        select(Answer.text, Answer.burst)
        .where(Answer.survey_id == survey.id, Answer.received_at >= now() - BURST_WINDOW, Answer.source != "import")
        .order_by(Answer.received_at.desc())
        .limit(LOOKED_AT_MOST)
    ).all()
    texts = [row.text for row in lately]
    near = process.extract(
        text, texts, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=BURST_ALIKE, limit=LOOKED_AT_MOST
    )
    if len(near) + 1 < BURST_LEAST:
        return None
    known = [lately[place].burst for _, _, place in near if lately[place].burst]
    return known[0] if known else secrets.token_hex(8)


def personal(text: str) -> list[tuple[int, int, str]]:
    """Where personal data stands in a text (start, end), and what is shown in its place; in order, none twice."""
    if not HINT.search(text):
        return []
    found = [(*match.span(), label) for pattern, label in MASKS for match in pattern.finditer(text)]
    found = [span for span in found if span[2] != PHONE_MASK or not DATE.fullmatch(text, span[0], span[1])]
    spans: list[tuple[int, int, str]] = []
    for start, end, label in sorted(found, key=lambda span: (span[0], -span[1])):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        else:
            spans.append((start, end, gettext(label)))
    return spans


def masked(text: str) -> str:
    """The text with personal data replaced by what it was, in brackets."""
    shown, place = [], 0
    for start, end, label in personal(text):
        shown += [text[place:start], label]
        place = end
    return "".join([*shown, text[place:]])
