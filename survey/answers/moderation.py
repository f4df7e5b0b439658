"""Which answers are shown: judged automatically when they arrive, then shown, held or hidden by the owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from analysis.text.personal_data import EXPLICIT_URL
from survey.answers.near_duplicates import Compared, recent_answers
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Survey
from survey.results.result_counts import remove_answers
from survey.runs import lifecycle as runs

STATUSES = ("shown", "held", "hidden")
STATUS_LABELS = {"shown": "shown", "held": "held back", "hidden": "hidden"}
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
class Candidate:
    """An answer to be judged: its text, and what else decides whether it is shown."""

    survey_id: int
    text: str
    hold_first: bool
    """Whether the owner of the survey reads every answer first"""
    hold_reason: str | None = None
    """Why it is suspicious: a key of REASONS"""
    is_askers: bool = False
    compared: Compared | None = None
    """The recent answers it resembles; None where it cannot be part of a burst"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is shown or held, why, and the burst it is part of."""

    status: str
    reason: str | None = None
    burst: str | None = None

    def columns(self) -> dict[str, str | None]:
        """Return the columns of the answer that store it."""
        return {"status": self.status, "reason": self.reason, "burst": self.burst}


SHOWN = Verdict("shown")


def judge(session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
    """Return whether each of these answers is shown or held, inside the transaction that stores them in this order.

    A held answer is stored, and counted nowhere until the owner shows it. The asker's own answer is always shown.
    Nearly the same text several times within an hour is one burst, also after the owner hid it. All floods from single
    networks within one hour are one burst.
    """
    bursts = _find_bursts(session, candidates)
    return [_verdict(candidate, bursts.get(index)) for index, candidate in enumerate(candidates)]


def _verdict(candidate: Candidate, burst: str | None) -> Verdict:
    if candidate.is_askers:
        return SHOWN
    if burst is not None:
        return Verdict("held", "burst", burst)
    if candidate.hold_reason == "flood":
        return Verdict("held", "flood", now().strftime("flood-%Y%m%d%H"))
    if candidate.hold_reason is not None:
        return Verdict("held", candidate.hold_reason)
    if EXPLICIT_URL.search(candidate.text):
        return Verdict("held", "link")
    return Verdict("held", "review") if candidate.hold_first else SHOWN


@dataclass(frozen=True, slots=True)
class Undo:
    """A decision of the owner that can be undone: about a burst or an answer, which had the status `before`."""

    burst: str | None
    public_id: str | None
    before: str
    label: str
    changed: int


def find_answers(survey: Survey, *, burst: str | None, public_id: str | None) -> Sequence[Answer]:
    """Return the answers of a burst, or the one with this public id."""
    matches = Answer.burst == burst if burst else Answer.public_id == public_id
    return db.session.scalars(select(Answer).where(Answer.survey_id == survey.id, matches).order_by(Answer.id)).all()


def set_status(survey: Survey, answer_ids: Sequence[int], status: str) -> int:
    """Show, hold or hide answers of a survey; return how many changed.

    Counts are correct at once, themes after the run that this requests.
    """
    survey_id = survey.id
    with write_transaction() as session:
        changed = session.scalars(
            select(Answer.id).where(Answer.survey_id == survey_id, Answer.id.in_(answer_ids), Answer.status != status)
        ).all()
        if not changed:
            return 0
        remove_answers(session, survey_id, changed)
        session.execute(update(Answer).where(Answer.id.in_(changed)).values(status=status, changed_at=now()))
        run_id = runs.request_run(session, survey_id, "answers")
    runs.notify_new_answers(survey_id, run_id)
    return len(changed)


def _find_bursts(session: Session, candidates: Sequence[Candidate]) -> dict[int, str]:
    """Return the bursts of the candidates that are part of one, by their index."""
    by_survey: dict[int, list[tuple[int, Compared]]] = {}
    for index, candidate in enumerate(candidates):
        if candidate.compared is not None and not candidate.is_askers:
            by_survey.setdefault(candidate.survey_id, []).append((index, candidate.compared))
    found: dict[int, str] = {}
    for survey_id, compared in by_survey.items():
        bursts = recent_answers().bursts(session, survey_id, [each for _, each in compared])
        found |= {index: burst for (index, _), burst in zip(compared, bursts, strict=True) if burst is not None}
    return found


def status_counts(survey: Survey) -> dict[str, int]:
    """Return the number of answers of each status."""
    rows = db.session.execute(
        select(Answer.status, func.count()).where(Answer.survey_id == survey.id).group_by(Answer.status)
    )
    return dict.fromkeys(STATUSES, 0) | dict(rows.all())
