"""Bursts of near-duplicate answers: one row each for the owner, with the shares of themes with and without them.

The worker places one text of a burst in themes, as it places new answers but without counting it; its themes are kept
in `Run.bursts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.runs.lookups import shown_run

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
    counts: Mapping[str, int]
    """Its answers by status; those that were shown before it was one are among them"""
    text: str
    shares: list[ThemeShare]

    @property
    def answers(self) -> int:
        """The number of its answers, whatever their status."""
        return sum(self.counts.values())


def list_bursts(survey: Survey, status: str) -> list[Burst]:
    """Return the bursts with answers of this status, those with most of them first."""
    own = (Answer.survey_id == survey.id, Answer.burst.is_not(None))
    chosen = db.session.execute(
        select(Answer.burst, func.min(Answer.text))
        .where(*own, Answer.status == status)
        .group_by(Answer.burst)
        .order_by(func.count().desc(), Answer.burst)
        .limit(MAX_BURSTS)
    ).all()
    reasons: dict[str, str] = {}
    counts: dict[str, dict[str, int]] = {}
    for burst, state, reason, number in db.session.execute(
        select(Answer.burst, Answer.status, func.min(Answer.reason), func.count())
        .where(*own, Answer.burst.in_([burst for burst, _ in chosen]))
        .group_by(Answer.burst, Answer.status)
    ):
        counts.setdefault(burst or "", {})[state] = number
        if reason in ("burst", "flood"):
            reasons[burst or ""] = reason
    shares = _shares(survey, {burst: sum(by_status.values()) for burst, by_status in counts.items()})
    return [
        Burst(burst or "", reasons.get(burst or "", "burst"), counts[burst or ""], text, shares.get(burst or "", []))
        for burst, text in chosen
    ]


def counts_and_example(survey: Survey, burst: str, status: str) -> tuple[dict[str, int], str]:
    """Return how many answers of a burst have each status, and the text of one that has this one."""
    of_burst = (Answer.survey_id == survey.id, Answer.burst == burst)
    rows = db.session.execute(
        select(Answer.status, func.count(), func.min(Answer.text)).where(*of_burst).group_by(Answer.status)
    ).all()
    return {state: number for state, number, _ in rows}, next((text for state, _, text in rows if state == status), "")


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


def _shares(survey: Survey, numbers: Mapping[str, int]) -> dict[str, list[ThemeShare]]:
    """Return the shares of the themes of each burst; `numbers` is how many answers each burst has, of any status."""
    run = shown_run(survey) if numbers else None
    if run is None:
        return {}
    people = {
        key: (theme_id, name, colour, count or 0)
        for theme_id, key, name, colour, count in db.session.execute(
            select(Theme.id, Theme.key, Theme.name, Theme.colour, ThemeResult.people)
            .outerjoin(ThemeResult, (ThemeResult.theme_id == Theme.id) & (ThemeResult.run_id == run.id))
            .where(Theme.survey_id == survey.id)
        )
    }
    counted, counted_in = _counted(run, list(numbers))
    total = run.answers - run.nonanswers
    shares: dict[str, list[ThemeShare]] = {}
    for kept in run.bursts:
        burst = kept["burst"]
        for key in kept["themes"] if burst in numbers else ():
            if key in people:
                theme_id, name, colour, count = people[key]
                low, base = count - counted_in.get((burst, theme_id), 0), total - counted.get(burst, 0)
                with_it = ThemeShare(name, colour, low, base, low + numbers[burst], base + numbers[burst])
                shares.setdefault(burst, []).append(with_it)
    return shares


def _counted(run: Run, of: Sequence[str]) -> tuple[dict[str, int], dict[tuple[str, int], int]]:
    """Return how many answers of bursts a run counts: by burst, and by burst and theme."""
    of_run = (
        Idea.run_id == run.id,
        Idea.status != "nonanswer",
        Answer.survey_id == run.survey_id,
        Answer.burst.in_(of),
    )
    ideas = select(Answer.burst, func.count(Answer.id.distinct())).join(Idea, Idea.answer_id == Answer.id)
    in_all = db.session.execute(ideas.where(*of_run).group_by(Answer.burst))
    placed = select(Answer.burst, Placement.theme_id, func.count(Answer.id.distinct()))
    in_themes = db.session.execute(
        placed.join(Idea, Idea.answer_id == Answer.id)
        .join(Placement, Placement.idea_id == Idea.id)
        .where(*of_run)
        .group_by(Answer.burst, Placement.theme_id)
    )
    return (
        {burst or "": number for burst, number in in_all},
        {(burst or "", theme_id): number for burst, theme_id, number in in_themes},
    )
