"""Answers that are not shown as they came: held for the owner to look at, or hidden."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz, process, utils
from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.orm import Session

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
class Heard:
    """A text that came in, and what else decides whether it is shown."""

    survey_id: int
    text: str
    hold_first: bool
    """Whether the owner of its survey reads every answer first"""
    doubt: str | None = None
    """What the form told (survey/arrivals.py), a key of REASONS"""
    is_askers: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether an answer is shown or held, why, and the burst it is part of."""

    status: str
    reason: str | None = None
    burst: str | None = None

    def columns(self) -> dict[str, str | None]:
        """What is stored of it with the answer."""
        return {"status": self.status, "reason": self.reason, "burst": self.burst}


SHOWN = Judged("shown")


def judge(session: Session, heard: Sequence[Heard]) -> list[Judged]:
    """Whether each of these answers is shown at once, inside the transaction that stores them, in their order. One that
    is held is kept, and counted nowhere until the owner looks; the asker's own is always shown.

    Nearly the same text several times within an hour is one burst; so is what comes after the owner hid it. A flood
    from one network is one burst an hour, whichever network it is.
    """
    bursts = _bursts(session, heard)
    return [_judged(answer, bursts.get(place)) for place, answer in enumerate(heard)]


def _judged(heard: Heard, burst: str | None) -> Judged:
    if heard.is_askers:
        return SHOWN
    if burst is not None:
        return Judged("held", "burst", burst)
    if heard.doubt is not None:
        return Judged("held", heard.doubt, now().strftime("flood-%Y%m%d%H") if heard.doubt == "flood" else None)
    if SITE.search(heard.text):
        return Judged("held", "link")
    return Judged("held", "review") if heard.hold_first else SHOWN


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


def _bursts(session: Session, heard: Sequence[Heard]) -> dict[int, str]:
    """The burst of those that are part of one, by their place: a new one from the BURST_LEAST-th on."""
    of_survey: dict[int, list[int]] = {}
    for place, answer in enumerate(heard):
        if len(answer.text) >= BURST_LENGTH and not answer.is_askers:
            of_survey.setdefault(answer.survey_id, []).append(place)
    found: dict[int, str] = {}
    for survey_id, places in of_survey.items():
        texts = [heard[place].text for place in places]
        bursts = _bursts_of(texts, _lately(session, survey_id, [len(text) for text in texts]))
        found |= {place: burst for place, burst in zip(places, bursts, strict=True) if burst is not None}
    return found


def _lately(session: Session, survey_id: int, lengths: Sequence[int]) -> Sequence[Row[str, str | None]]:
    """The last texts that are as long as any that texts of these lengths could be like, with their bursts."""
    least, most = 0.75 * min(lengths), max(lengths) / 0.75
    asked = {"survey": survey_id, "since": now() - BURST_WINDOW, "least": least, "most": most}
    return session.connection().execute(LATELY, asked).all()


def _bursts_of(texts: Sequence[str], lately: Sequence[Row[str, str | None]]) -> list[str | None]:
    """The burst of each text: those before it count as those that were stored do."""
    said = [utils.default_process(row.text) for row in lately]
    known = [row.burst for row in lately]
    most = len(lately) + len(texts)
    for text in texts:
        own = utils.default_process(text)
        near = process.extract(own, said, scorer=fuzz.ratio, score_cutoff=BURST_ALIKE, limit=most)
        burst = None
        if len(near) + 1 >= BURST_LEAST:
            burst = next((known[place] for _, _, place in near if known[place]), None) or secrets.token_hex(8)
        said.append(own)
        known.append(burst)
    return known[len(lately) :]
