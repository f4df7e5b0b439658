"""Answers that are not shown as they came: held for the owner to look at, or hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from analysis.text.personal_data import EXPLICIT_URL
from survey.answers.near_duplicates import Compared, recent_answers
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Survey
from survey.results.result_counts import take_out
from survey.runs import lifecycle as runs

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


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that came in, and what else decides whether it is shown."""

    survey_id: int
    text: str
    hold_first: bool
    """Whether the owner of its survey reads every answer first"""
    hold_reason: str | None = None
    """What the form told (survey/respond/bot_checks.py), a key of REASONS"""
    is_askers: bool = False
    compared: Compared | None = None
    """What of the recent answers it resembles; None where it can be part of no burst"""


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
    if heard.hold_reason == "flood":
        return Judged("held", "flood", now().strftime("flood-%Y%m%d%H"))
    if heard.hold_reason is not None:
        return Judged("held", heard.hold_reason)
    if EXPLICIT_URL.search(heard.text):
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
    with write_transaction() as session:
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
    """The burst of those that are part of one, by their place."""
    of_survey: dict[int, list[tuple[int, Compared]]] = {}
    for place, answer in enumerate(heard):
        if answer.compared is not None and not answer.is_askers:
            of_survey.setdefault(answer.survey_id, []).append((place, answer.compared))
    found: dict[int, str] = {}
    for survey_id, compared in of_survey.items():
        bursts = recent_answers().bursts(session, survey_id, [each for _, each in compared])
        found |= {place: burst for (place, _), burst in zip(compared, bursts, strict=True) if burst is not None}
    return found


def status_counts(survey: Survey) -> dict[str, int]:
    """How many answers are shown, held and hidden."""
    rows = db.session.execute(
        select(Answer.status, func.count()).where(Answer.survey_id == survey.id).group_by(Answer.status)
    )
    return dict.fromkeys(STATUSES, 0) | dict(rows.all())
