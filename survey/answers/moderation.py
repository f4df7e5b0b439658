"""Which answers are shown: judged automatically when they arrive, then shown, held or hidden by the owner."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from analysis.text.personal_data import EXPLICIT_URL
from survey.answers import story
from survey.answers.near_duplicates import FLOOD_PREFIX, BurstPart, Compared, recent_answers
from survey.core.database import batches, db, now, write_transaction
from survey.core.models import Answer, Survey
from survey.edits import deeds
from survey.results.result_counts import lock_results, remove_answers
from survey.runs import lifecycle as runs

STATUSES = ("shown", "held", "hidden")
BATCH_ANSWERS = 1000
"""Answers whose status is set by one statement: PostgreSQL takes up to 65,535 parameters"""
MAX_RANGES = 60
"""Ranges of answers with one status that an undo remembers: the session is a cookie"""
WANTED_LINKS = 5
"""Answers with a link that the owner shows before others with one are shown at once"""
MAX_LINKS_READ = 100
_RANGE = re.compile(r"(shown|held|hidden):(\d{1,18})-(\d{1,18})")
_STATUSES = re.compile(rf"{_RANGE.pattern}(?: {_RANGE.pattern}){{0,{MAX_RANGES - 1}}}")
REASONS = ("review", "link", "unreadable", "burst", "flood", "robot", "quick", "import", "noscript")
"""Why an answer is held; survey.answer_desk.answer_list.HOLD_REASONS says each in words"""


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
    may_have_links: bool = False
    """Whether it is shown though there is a link in it: see may_have_links"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is shown or held, why (of those shown: that it has a link), and the burst it is part of."""

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
    Nearly the same text several times within an hour is one burst, also after the owner hid it. The copies that came
    before it was one are part of it and stay as they are. Floods from single networks within one hour are one burst.
    """
    bursts = _find_bursts(session, candidates)
    return [_verdict(candidate, bursts.get(index)) for index, candidate in enumerate(candidates)]


def may_have_links(survey_id: int, text: str) -> bool:
    """Return whether a text has no link, or its survey wants some: its owner showed answers that were held for one.

    Of the last that they decided about, at least WANTED_LINKS were shown, and ten times as many as hidden. Read before
    the transaction that stores an answer: in a large survey without links it takes tens of milliseconds.
    """
    if EXPLICIT_URL.search(text) is None:
        return True
    of_links = (Answer.survey_id == survey_id, Answer.reason == "link", Answer.status != "held")
    decided = select(Answer.status).where(*of_links).order_by(Answer.received_at.desc()).limit(MAX_LINKS_READ)
    statuses = Counter(db.session.scalars(decided))
    return statuses["shown"] >= max(WANTED_LINKS, 10 * statuses["hidden"])


def _verdict(candidate: Candidate, part: BurstPart | None) -> Verdict:
    if candidate.is_askers:
        return SHOWN
    if part is not None and part.is_late:
        return Verdict("held", "burst", part.burst)
    burst = part.burst if part else None
    if candidate.hold_reason == "flood":
        return Verdict("held", "flood", now().strftime(f"{FLOOD_PREFIX}%Y%m%d%H"))
    if candidate.hold_reason is not None:
        return Verdict("held", candidate.hold_reason, burst)
    has_link = EXPLICIT_URL.search(candidate.text) is not None
    if has_link and not candidate.may_have_links:
        return Verdict("held", "link", burst)
    if candidate.hold_first:
        return Verdict("held", "review", burst)
    return Verdict("shown", "link" if has_link else None, burst)  # noted, so that hiding it counts against links


@dataclass(frozen=True, slots=True)
class Undo:
    """A decision of the owner about a burst or one answer: how many it changed, and what takes it back."""

    burst: str | None
    public_id: str | None
    status: str
    """What they became: one status, or where a decision was taken back several, as `describe_statuses` says it"""
    changed: int
    before: str
    """What their statuses were, as `describe_statuses` says it; "" where that is too long to be kept"""


def find_answers(survey: Survey, *, burst: str | None, public_id: str | None) -> Sequence[Answer]:
    """Return the answers of a burst, or the one with this public id."""
    matches = Answer.burst == burst if burst else Answer.public_id == public_id
    return db.session.scalars(select(Answer).where(Answer.survey_id == survey.id, matches).order_by(Answer.id)).all()


def set_status(survey: Survey, answer_ids: Sequence[int], status: str) -> int:
    """Show, hold or hide answers of a survey; return how many changed.

    Counts are correct at once, themes after the run that this requests.
    """
    return set_statuses(survey, dict.fromkeys(answer_ids, status))


def describe_statuses(rows: Sequence[Answer], wanted: Mapping[int, str]) -> str:
    """Return the statuses of the answers that are to change, as ranges of ids: "shown:4-6 held:7-31".

    `wanted` is by id, and `rows` are in the order of ids. Return "" for more than MAX_RANGES.
    """
    ranges = groupby(rows, key=lambda row: None if row.status == wanted.get(row.id, row.status) else row.status)
    kept = [(status, [row.id for row in group]) for status, group in ranges if status is not None]
    return " ".join(f"{status}:{ids[0]}-{ids[-1]}" for status, ids in kept) if len(kept) <= MAX_RANGES else ""


def described_statuses(rows: Sequence[Answer], described: str) -> dict[int, str]:
    """Return what `describe_statuses` described, by id, of those that are among these rows. Raises ValueError."""
    if not _STATUSES.fullmatch(described):
        raise ValueError(described)
    wanted: dict[int, str] = {}
    for status, first, last in _RANGE.findall(described):
        wanted |= {row.id: status for row in rows if int(first) <= row.id <= int(last)}
    return wanted


def set_statuses(survey: Survey, wanted: Mapping[int, str], only_from: Mapping[int, str] | None = None) -> int:
    """Give answers of a survey their statuses, by id, as `set_status` does; return how many changed.

    With `only_from`, those that still have the status that it says.
    """
    survey_id = survey.id
    with write_transaction() as session:
        lock_results(session, survey_id)
        changed = Counter[str]()
        for batch in batches(sorted(wanted), BATCH_ANSWERS):
            changed += _set_batch(session, survey_id, {answer_id: wanted[answer_id] for answer_id in batch}, only_from)
        if not changed:
            return 0
        for status, number in sorted(changed.items()):
            deeds.record(session, survey_id, "answers", status=status, n=number)
        run_id = runs.request_run(session, survey_id, "answers")
    runs.notify_new_answers(survey_id, run_id)
    return changed.total()


def _set_batch(
    session: Session, survey_id: int, wanted: Mapping[int, str], only_from: Mapping[int, str] | None
) -> Counter[str]:
    """Give some answers their statuses, by id; return how many were given each."""
    rows = session.execute(
        select(Answer.id, Answer.status).where(Answer.survey_id == survey_id, Answer.id.in_(wanted))
    ).all()
    changed: dict[str, list[int]] = {}
    for answer_id, status in rows:
        if status != wanted[answer_id] and (only_from is None or status == only_from.get(answer_id)):
            changed.setdefault(wanted[answer_id], []).append(answer_id)
    remove_answers(session, survey_id, [answer_id for own in changed.values() for answer_id in own])
    for status, own in sorted(changed.items()):
        session.execute(update(Answer).where(Answer.id.in_(own)).values(status=status, changed_at=now()))
        story.record(session, own, status)
    return Counter({status: len(own) for status, own in changed.items()})


def _find_bursts(session: Session, candidates: Sequence[Candidate]) -> dict[int, BurstPart]:
    """Return the bursts that candidates are part of, by their index."""
    by_survey: dict[int, list[tuple[int, Compared]]] = {}
    for index, candidate in enumerate(candidates):
        if candidate.compared is not None and not candidate.is_askers:
            by_survey.setdefault(candidate.survey_id, []).append((index, candidate.compared))
    found: dict[int, BurstPart] = {}
    for survey_id, compared in sorted(by_survey.items()):  # in one order: they may be locked
        parts = recent_answers().bursts(session, survey_id, [each for _, each in compared])
        found |= {index: part for (index, _), part in zip(compared, parts, strict=True) if part is not None}
    return found


def status_counts(survey: Survey) -> dict[str, int]:
    """Return the number of answers of each status."""
    rows = db.session.execute(
        select(Answer.status, func.count()).where(Answer.survey_id == survey.id).group_by(Answer.status)
    )
    return dict.fromkeys(STATUSES, 0) | dict(rows.all())
