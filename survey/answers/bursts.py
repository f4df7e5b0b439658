"""Floods of nearly the same answer: one line each for the owner, with what they would do to the shares of themes.

The worker places the words of a flood as it places new answers, counting nothing; this keeps the themes it found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Run, Survey, Theme, ThemeResult

PLACED_AT_ONCE = 50
BURSTS_MOST = 200
"""Floods of a survey whose themes are kept; and as many are listed"""


@dataclass(frozen=True, slots=True)
class Share:
    """The people in a theme, of all, without a flood and with it."""

    theme: str
    colour: int
    people: int
    total: int
    people_with: int
    total_with: int

    @property
    def without(self) -> float:
        """The share without the flood, 0 to 1."""
        return self.people / self.total if self.total else 0.0

    @property
    def with_them(self) -> float:
        """The share with it, 0 to 1."""
        return self.people_with / self.total_with if self.total_with else 0.0


@dataclass(frozen=True, slots=True)
class Burst:
    """A flood with one of its answers as it was written. No shares where its words were not placed (yet)."""

    burst: str
    reason: str
    answers: int
    text: str
    shares: list[Share]


def listed(survey: Survey, status: str) -> list[Burst]:
    """The floods of which answers have this status, the largest first."""
    rows = db.session.execute(
        select(Answer.burst, func.min(Answer.reason), func.count(), func.min(Answer.text))
        .where(Answer.survey_id == survey.id, Answer.status == status, Answer.burst.is_not(None))
        .group_by(Answer.burst)
        .order_by(func.count().desc(), Answer.burst)
        .limit(BURSTS_MOST)
    ).all()
    shares = _shares(survey, {burst or "": number for burst, _, number, _ in rows}, counted=status == "shown")
    return [
        Burst(burst or "", reason or "burst", number, text, shares.get(burst or "", []))
        for burst, reason, number, text in rows
    ]


def waiting(survey: Survey, run: Run) -> dict[str, str]:
    """One text of each flood whose themes the result does not tell yet, by the flood."""
    known = {kept["burst"] for kept in run.bursts}
    if len(known) >= BURSTS_MOST:
        return {}
    rows = db.session.execute(
        select(Answer.burst, func.min(Answer.text))
        .where(Answer.survey_id == survey.id, Answer.reason == "burst", Answer.burst.is_not(None))
        .group_by(Answer.burst)
        .order_by(func.max(Answer.id).desc())
        .limit(BURSTS_MOST)
    )
    return dict([(burst or "", text) for burst, text in rows if burst not in known][:PLACED_AT_ONCE])


def keep(run_id: int, found: Mapping[str, Sequence[str]]) -> None:
    """Keep the keys of the themes in which the words of floods are. Safe to call twice."""
    with write_transaction() as session:
        kept = session.scalars(select(Run.bursts).where(Run.id == run_id)).one_or_none()
        if kept is not None:
            new = [{"burst": burst, "themes": list(keys)} for burst, keys in found.items()]
            others = [one for one in kept if one["burst"] not in found]
            session.execute(update(Run).where(Run.id == run_id).values(bursts=[*others, *new][-BURSTS_MOST:]))


def _shares(survey: Survey, numbers: Mapping[str, int], *, counted: bool) -> dict[str, list[Share]]:
    """By flood: the shares of its themes without and with its answers, which are `counted` already or are not."""
    run = db.session.get(Run, survey.current_run_id) if survey.current_run_id and numbers else None
    if run is None:
        return {}
    people = {
        key: (name, colour, count)
        for key, name, colour, count in db.session.execute(
            select(Theme.key, Theme.name, Theme.colour, ThemeResult.people)
            .outerjoin(ThemeResult, (ThemeResult.theme_id == Theme.id) & (ThemeResult.run_id == run.id))
            .where(Theme.survey_id == survey.id)
        )
    }
    total = run.answers - run.nonanswers
    shares: dict[str, list[Share]] = {}
    for kept in run.bursts:
        number = numbers.get(kept["burst"], 0)
        for key in kept["themes"] if number else ():
            if key in people:
                name, colour, count = people[key]
                low, base = (max(0, (count or 0) - number), max(0, total - number)) if counted else (count or 0, total)
                shares.setdefault(kept["burst"], []).append(Share(name, colour, low, base, low + number, base + number))
    return shares
