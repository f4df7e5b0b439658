"""Read the themes that stand: those of the result that is shown, as the owner's edits left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import select

from analysis.certainty import Stability
from analysis.discovery.theme_identity import EarlierTheme
from analysis.pipeline import FindingMode
from analysis.results import Analysis, Origin
from analysis.standing.partition import Standing, StandingIdea, StandingTheme
from survey.core.database import db
from survey.core.models import Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.edits.decisions import Decisions
from survey.edits.sampling import SampleRule, count_answers
from survey.runs.lookups import FOUND_BY, LOOKED_AGAIN, shown_run

GROWTH = 1.5
"""A survey with so many times the answers of the last finding has its themes found again: see docs/decisions.md"""


@dataclass(frozen=True, slots=True)
class FoundBy:
    """The model that the themes that stand were found by, and their re-runs with its vectors, by key."""

    model: str
    looked_again: bool
    """Whether another model looked for themes since, and proposed what it would change"""
    stability: Mapping[str, Stability]


def read_found_by(survey: Survey) -> FoundBy | None:
    """Return what the themes that stand were found by; None before the first result."""
    shown = shown_run(survey)
    if shown is None:
        return None
    own = select(Theme.key, ThemeResult.came_back, ThemeResult.re_runs).join(Theme, Theme.id == ThemeResult.theme_id)
    rows = db.session.execute(own.where(ThemeResult.run_id == shown.id, ThemeResult.parent_id.is_(None)))
    stability = {key: Stability(came_back, of) for key, came_back, of in rows if of}
    model = str(shown.settings.get(FOUND_BY, shown.model or ""))
    return FoundBy(model, bool(shown.settings.get(LOOKED_AGAIN)), stability)


def keep_stability(result: Analysis, found_by: FoundBy | None, finding: FindingMode) -> Analysis:
    """Return a result that keeps themes of another model with their re-runs of before, and with that in its settings.

    Groups made with other vectors would not be these themes again, which says nothing of how sure they are.
    """
    if found_by is None or finding == "replace" or found_by.model == result.model:
        return result
    settings = {**result.settings, FOUND_BY: found_by.model}
    if found_by.looked_again or finding == "propose":
        settings[LOOKED_AGAIN] = True
    themes = [replace(theme, stability=found_by.stability.get(theme.key, theme.stability)) for theme in result.themes]
    return replace(result, themes=tuple(themes), settings=settings)


def choose_finding(run: Run, survey: Survey, answers: int, *, sampled: bool = False) -> FindingMode:
    """Return whether a run finds themes again, and if so whether they replace those that stand or are proposed.

    A large survey, of which a run reads a sample, has no proposals: they could move the ideas of the sample only. Once
    its themes were edited, they are found again when the owner asks, and then replace those that were not touched.
    """
    shown = shown_run(survey)
    has_themes = db.session.scalar(select(ThemeResult.theme_id).where(ThemeResult.run_id == survey.current_run_id))
    if shown is None or has_themes is None:
        return "replace"
    if run.finds or answers >= GROWTH * shown.found_answers:
        if sampled:
            return "replace" if survey.takes_findings or run.finds else "none"
        return "replace" if survey.takes_findings else "propose"
    return "none"


def read_standing(
    survey: Survey,
    answer_ids: Sequence[int],
    decisions: Decisions,
    parts: Mapping[tuple[str, str], frozenset[str]],
    sample: SampleRule | None = None,
) -> Standing | None:
    """Return the themes that stand, and their ideas in the answers with these ids; None before the first result.

    `parts` are the folded wordings of each sub-theme, by its key and that of its theme. `sample` is the rule by which
    the answers were chosen from a large survey.
    """
    shown = shown_run(survey)
    if shown is None:
        return None
    run_id, answers = shown.id, len(answer_ids) if sample is None else count_answers(survey.id)
    at = {answer_id: position for position, answer_id in enumerate(answer_ids)}
    themes = _themes(run_id, decisions)
    wanted = (Idea.run_id == run_id, *(() if sample is None else (sample.holds(Idea.answer_id),)))
    placements: dict[int, dict[str, float]] = {}
    for idea_id, key, strength in db.session.execute(
        select(Placement.idea_id, Theme.key, Placement.strength)
        .join(Theme, Theme.id == Placement.theme_id)
        .join(Idea, Idea.id == Placement.idea_id)
        .where(*wanted)
    ):
        placements.setdefault(idea_id, {})[key] = strength
    ideas: dict[int, list[StandingIdea]] = {}
    for idea_id, answer_id, starts, ends, status in db.session.execute(
        select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends, Idea.status)
        .where(*wanted)
        .order_by(Idea.answer_id, Idea.starts, Idea.id)
    ):
        if answer_id not in at:
            continue
        own = ideas.setdefault(at[answer_id], [])
        if status != "nonanswer":
            place = (answer_id, starts, ends)
            by_hand, marks = place in decisions.by_hand, decisions.marks.get(place, {})
            own.append(StandingIdea(starts, ends, placements.get(idea_id, {}), by_hand, marks))
    return Standing(
        themes,
        {answer: tuple(own) for answer, own in ideas.items()},
        decisions.merged,
        tuple(EarlierTheme(key, texts, theme) for (key, theme), texts in parts.items()),
        None if "codebook" not in shown.settings else str(shown.settings["codebook"]),
        min(1.0, shown.found_answers / max(1, answers)),
    )


def _themes(run_id: int, decisions: Decisions) -> tuple[StandingTheme, ...]:
    rows = db.session.execute(
        select(Theme.key, Theme.name, Theme.origin)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run_id, ThemeResult.parent_id.is_(None))
        .order_by(Theme.key)
    )
    return tuple(StandingTheme(key, name, cast(Origin, origin), key in decisions.touched) for key, name, origin in rows)
