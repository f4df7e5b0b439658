"""Bursts of near-duplicate answers: one row each for the owner, with the shares of themes with and without them.

The worker places one text of a burst in themes, as it places new answers but without counting it; its themes are kept
in `Run.bursts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Run, Survey, Theme, ThemeResult
from survey.results.lookups import shown_run

MAX_PLACED_AT_ONCE = 50
MAX_BURSTS = 200
"""Bursts of a survey that are listed, and whose themes are kept"""


@dataclass(frozen=True, slots=True)
class ThemeShare:
    """The people in a theme, and of all, without a burst and with it."""

    theme: str
    colour: int
    people: int
    total: int
    people_with: int
    total_with: int

    @property
    def without_burst(self) -> float:
        """The share without the burst, 0 to 1."""
        return self.people / self.total if self.total else 0.0

    @property
    def with_burst(self) -> float:
        """The share with the burst, 0 to 1."""
        return self.people_with / self.total_with if self.total_with else 0.0


@dataclass(frozen=True, slots=True)
class Burst:
    """A burst, with the text of one of its answers. Without shares where that text is not placed in themes (yet)."""

    burst: str
    reason: str
    answers: int
    text: str
    shares: list[ThemeShare]


def list_bursts(survey: Survey, status: str) -> list[Burst]:
    """Return the bursts with answers of this status, the largest first."""
    rows = db.session.execute(
        select(Answer.burst, func.min(Answer.reason), func.count(), func.min(Answer.text))
        .where(Answer.survey_id == survey.id, Answer.status == status, Answer.burst.is_not(None))
        .group_by(Answer.burst)
        .order_by(func.count().desc(), Answer.burst)
        .limit(MAX_BURSTS)
    ).all()
    shares = _shares(survey, {burst or "": number for burst, _, number, _ in rows}, counted=status == "shown")
    return [
        Burst(burst or "", reason or "burst", number, text, shares.get(burst or "", []))
        for burst, reason, number, text in rows
    ]


def size_and_example(survey: Survey, burst: str, status: str) -> tuple[int, str]:
    """Return how many answers of a burst have this status, and the text of one."""
    count, text = db.session.execute(
        select(func.count(), func.min(Answer.text)).where(
            Answer.survey_id == survey.id, Answer.burst == burst, Answer.status == status
        )
    ).one()
    return count, text or ""


def unplaced_texts(survey: Survey, run: Run) -> dict[str, str]:
    """Return one text of each burst whose themes this run does not have yet, by burst."""
    known = {kept["burst"] for kept in run.bursts}
    if len(known) >= MAX_BURSTS:
        return {}
    rows = db.session.execute(
        select(Answer.burst, func.min(Answer.text))
        .where(Answer.survey_id == survey.id, Answer.reason == "burst", Answer.burst.is_not(None))
        .group_by(Answer.burst)
        .order_by(func.max(Answer.id).desc())
        .limit(MAX_BURSTS)
    )
    return dict([(burst or "", text) for burst, text in rows if burst not in known][:MAX_PLACED_AT_ONCE])


def save_themes(run_id: int, found: Mapping[str, Sequence[str]]) -> None:
    """Save the keys of the themes each burst was placed in. Idempotent."""
    with write_transaction() as session:
        kept = session.scalars(select(Run.bursts).where(Run.id == run_id)).one_or_none()
        if kept is not None:
            new = [{"burst": burst, "themes": list(keys)} for burst, keys in found.items()]
            others = [one for one in kept if one["burst"] not in found]
            session.execute(update(Run).where(Run.id == run_id).values(bursts=[*others, *new][-MAX_BURSTS:]))


def _shares(survey: Survey, numbers: Mapping[str, int], *, counted: bool) -> dict[str, list[ThemeShare]]:
    """Return the shares of the themes of each burst. `counted` says whether the run counts its answers already.

    `numbers` is the number of answers of each burst.
    """
    run = shown_run(survey) if numbers else None
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
    shares: dict[str, list[ThemeShare]] = {}
    for kept in run.bursts:
        number = numbers.get(kept["burst"], 0)
        for key in kept["themes"] if number else ():
            if key in people:
                name, colour, count = people[key]
                low, base = (max(0, (count or 0) - number), max(0, total - number)) if counted else (count or 0, total)
                shares.setdefault(kept["burst"], []).append(
                    ThemeShare(name, colour, low, base, low + number, base + number)
                )
    return shares
