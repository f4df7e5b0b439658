"""Read the inputs of a run: answers, codebook, the owner's edits, lists of advice, and the result that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from analysis.known_themes.codebook import Codebook
from analysis.pipeline import FindingMode
from analysis.results import Position
from analysis.standing.partition import Standing
from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import advice_lists
from survey.curation.codebook import starting_codebook
from survey.edits.decisions import Decisions, read_decisions
from survey.edits.sampling import SampleRule, count_answers, sample_rule
from survey.findings.comparisons import AdviceList
from survey.findings.standing_themes import FoundBy, choose_finding, read_found_by, read_standing
from survey.runs.lookups import shown_run


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme of the result that is shown; `people` is a count, `members` the folded wordings of its ideas."""

    key: str
    origin: str
    people: int
    members: frozenset[str]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class RunInputs:
    """All that a run reads from the database before it starts."""

    survey_id: int
    language: str
    """That of the survey (BCP 47)"""
    started_from: str
    """`Survey.codebook`"""
    codebook: Codebook
    ids: list[int]
    texts: list[str]
    kinds: list[str | None]
    shown: list[ShownTheme]
    standing: Standing | None
    """The themes that stand; None before the first result"""
    finding: FindingMode
    found_by: FoundBy | None
    decisions: Decisions
    edit_version: int
    """Number of edits that were made, undone and redone when the themes were read"""
    found_answers: int
    """Number of answers that the themes that stand were found in"""
    places: dict[str, list[Position]]
    """The positions of ideas on the map that is shown, by folded text"""
    advice: list[AdviceList]
    sample: SampleRule | None
    """Which answers these are of a large survey; None where they are all"""
    answers: int
    """Number of all answers"""
    last_public_id: str | None
    """The public id of the last answer. While that answer exists, SQLite gives none of the `ids` to a new answer."""
    compared: dict[str, Any] | None = None
    """The comparison of kinds that is shown"""


def read_run_inputs(run_id: int) -> RunInputs:
    """Read the inputs of a run. Raises CodebookError."""
    run = db.session.get_one(Run, run_id)
    survey = db.session.get_one(Survey, run.survey_id)
    answers = count_answers(survey.id)
    sample = sample_rule(survey.id, answers)
    own = select(Answer.id, Answer.text, Answer.kind).where(Answer.survey_id == survey.id, Answer.status == "shown")
    if sample is not None:
        own = own.where(sample.holds(Answer.id))
    rows = db.session.execute(own.order_by(Answer.id))
    ids, texts, kinds = [], [], []
    for row in rows:
        ids.append(row.id)
        texts.append(row.text)
        kinds.append(row.kind)
    decisions = read_decisions(survey.id)
    shown = shown_themes(survey, sample)
    parts = {(theme.key, theme.parent): theme.members for theme in shown if theme.parent is not None}
    run_shown = shown_run(survey)
    lists = [
        AdviceList(advice.public_id, advice.title, tuple(map(advice_lists.split_point, advice.points)))
        for advice in advice_lists.all_lists(survey)
    ]
    return RunInputs(
        survey_id=survey.id,
        language=survey.language,
        started_from=survey.codebook,
        codebook=starting_codebook(survey),
        ids=ids,
        texts=texts,
        kinds=kinds,
        shown=shown,
        standing=read_standing(survey, ids, decisions, parts, sample),
        finding=choose_finding(run, survey, answers, sampled=sample is not None),
        found_by=read_found_by(survey),
        decisions=decisions,
        edit_version=survey.edit_version,
        found_answers=run_shown.found_answers if run_shown else 0,
        places=shown_places(survey),
        advice=lists,
        sample=sample,
        answers=answers if sample is not None else len(ids),
        last_public_id=public_id_of(db.session, ids[-1:]),
        compared=run_shown.comparison if run_shown else None,
    )


def public_id_of(session: Session, ids: Sequence[int]) -> str | None:
    """Return the public id of the answer with the one given id; None if there is none."""
    return session.scalar(select(Answer.public_id).where(Answer.id.in_(ids)))


def members_of(survey_id: int, *wanted: ColumnElement[bool], sub_themes: bool = False) -> dict[str, set[str]]:
    """Return the folded wordings in each theme, or in each sub-theme, of the result that is shown, by key.

    `wanted` are further conditions on the theme.
    """
    home = Placement.part_id if sub_themes else Placement.theme_id
    rows = db.session.execute(
        select(Theme.key, Answer.text, Idea.starts, Idea.ends)
        .join(Placement, home == Theme.id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .join(Survey, Survey.current_run_id == Idea.run_id)
        .where(Survey.id == survey_id, *wanted)
    )
    members: dict[str, set[str]] = {}
    for key, text, starts, ends in rows:
        members.setdefault(key, set()).add(fold(text[starts:ends]))
    return members


def shown_themes(survey: Survey, sample: SampleRule | None = None) -> list[ShownTheme]:
    """Return the themes and sub-themes of the result that is shown, their members of a sample where there is one."""
    wanted = () if sample is None else (sample.holds(Idea.answer_id),)
    members = members_of(survey.id, *wanted) | members_of(survey.id, *wanted, sub_themes=True)
    parent = aliased(Theme)
    shown = db.session.execute(
        select(Theme.key, Theme.origin, ThemeResult.people, parent.key)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .outerjoin(parent, parent.id == ThemeResult.parent_id)
        .where(ThemeResult.run_id == survey.current_run_id)
        .order_by(Theme.key)
    )
    return [
        ShownTheme(key, origin, people, frozenset(members.get(key, ())), part_of)
        for key, origin, people, part_of in shown
    ]


def shown_places(survey: Survey) -> dict[str, list[Position]]:
    """Return the positions (x, y) of ideas on the map that is shown, by folded text."""
    rows = db.session.execute(
        select(Answer.text, Idea.starts, Idea.ends, Idea.x, Idea.y)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == survey.current_run_id, Idea.x.is_not(None))
        .order_by(Idea.id)
    )
    places: dict[str, list[Position]] = {}
    for text, starts, ends, x, y in rows:
        places.setdefault(fold(text[starts:ends]), []).append((x or 0.0, y or 0.0))
    return places
