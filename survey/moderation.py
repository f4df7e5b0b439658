"""Answers that are not shown as they came: held for the owner to look at, or hidden."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz, process, utils
from sqlalchemy import bindparam, func, select, update

from survey import runs
from survey.counts import take_out
from survey.database import db, now, writing
from survey.models import Answer, Survey
from survey.personal_data import SITE

STATUSES = ("shown", "held", "hidden")
TOLD = {"shown": "shown", "held": "held back", "hidden": "hidden"}
REASONS = {
    "review": "You read every answer first",
    "link": "It has a link in it",
    "unreadable": "The analysis could not read it",
    "burst": "Nearly the same text came several times within an hour",
    "flood": "Very many came from one network within a few minutes",
    "robot": "It was filled in as machines do",
    "quick": "It came sooner than somebody could have read the question",
    "noscript": "It came from a browser without scripts, or from a program",
}
BURST_WINDOW = timedelta(hours=1)
BURST_LENGTH = 25
"""Characters from which the same words from several people are no coincidence: "Honesty" is said by many."""
BURST_ALIKE = 90
"""rapidfuzz's ratio, 0-100, from which two texts are nearly the same"""
BURST_LEAST = 4
LOOKED_AT_MOST = 100
# Asked with every answer that comes in, so made once.
_answer = Answer.__table__.c
LATELY = (
    select(_answer.text, _answer.burst)
    .where(_answer.survey_id == bindparam("survey"), _answer.received_at >= bindparam("since"))
    .where(_answer.source != "import", func.length(_answer.text).between(bindparam("least"), bindparam("most")))
    .order_by(_answer.received_at.desc())
    .limit(LOOKED_AT_MOST)
)


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether an answer is shown or held, why, and the burst it is part of."""

    status: str
    reason: str | None = None
    burst: str | None = None


SHOWN = Judged("shown")


def judge(survey: Survey, text: str, doubt: str | None = None) -> Judged:
    """Whether a new answer is shown at once. One that is held is kept, and counted nowhere until the owner looks.

    Nearly the same text several times within an hour is one burst; so is what comes after the owner hid it. `doubt`
    is what the form told (survey/arrivals.py). A flood from one network is one burst an hour, whichever network it is.
    """
    burst = _burst(survey, text) if len(text) >= BURST_LENGTH else None
    if burst is not None:
        return Judged("held", "burst", burst)
    if doubt is not None:
        return Judged("held", doubt, now().strftime("flood-%Y%m%d%H") if doubt == "flood" else None)
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
    # Texts of another length cannot be as alike.
    asked = {"survey": survey.id, "since": now() - BURST_WINDOW, "least": 0.75 * len(text), "most": len(text) / 0.75}
    lately = db.session.connection().execute(LATELY, asked).all()
    texts = [row.text for row in lately]
    near = process.extract(
        text, texts, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=BURST_ALIKE, limit=LOOKED_AT_MOST
    )
    if len(near) + 1 < BURST_LEAST:
        return None
    known = [lately[place].burst for _, _, place in near if lately[place].burst]
    return known[0] if known else secrets.token_hex(8)
