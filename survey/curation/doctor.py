"""The theme doctor for the owner: what may be wrong with the themes that are shown, and the one edit that mends it.

A run stores what it found (analysis.doctor). What the owner left as it is, what concerns a theme that was edited since,
and what questions a decision of the owner is not shown. Nothing is mended by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from survey.core.database import batches, db, write_transaction
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, Idea, Run, Survey
from survey.curation import idea_edits, theme_edits
from survey.curation.theme_edits import EditRefused
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import MARKS, NAMING, Edit, IdeaChange
from survey.results.models import Examination, LeftFinding
from survey.results.quotes import MAX_QUOTES, Quote, quote, theme_quotes
from survey.results.visible_themes import FoundTheme, all_themes
from survey.runs.lookups import shown_run

CHANGED_CLEARLY = 1.4
"""Factor by which the share that a rule judged by has changed, up or down, for a finding that was left to return"""
HARMLESS = ("rename", "describe", "hide", "show", "pin", "unpin", "order", "example", "promote", "confirm", *MARKS)
"""Edits that move no ideas, so that what was found in a theme still holds"""
NAME_RULES = ("name", "detail")
SPLIT_RULES = ("opposed", "mixed")
MERGE_RULES = ("alike", "inside")
GONE = N_("That is settled: one of its themes was changed meanwhile. Nothing was changed now.")
IDEAS_PER_QUERY = 500

Span = tuple[int, int, int]
"""An answer's id, and the character range of an idea in it"""


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding about a theme that is shown: see analysis.results.Finding.

    `ideas` are the spans to split off, the most typical first, `contrast` some that would stay.
    """

    rule: str
    theme: FoundTheme
    other: FoundTheme | None
    figures: Mapping[str, float]
    ideas: Sequence[Span]
    contrast: Sequence[Span]
    name: str | None

    @property
    def id(self) -> str:
        """What it is known by from run to run: its rule and its themes."""
        return "-".join([self.rule, self.theme.public_id, *([self.other.public_id] if self.other else [])])

    @property
    def share(self) -> float:
        """What its rule judged by, 0-1."""
        return float(self.figures["share"])


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings to look at, how many were left as they are, and how many wait for the next run after an edit."""

    open: list[ShownFinding]
    left: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quotes of the two sides of a finding: of its theme, or what would be split off; of the other, or what stays."""

    own: list[Quote]
    other: list[Quote]


def store(
    session: Session, survey_id: int, run_id: int, edit_version: int, findings: Sequence[Mapping[str, Any]]
) -> None:
    """Store what a run found, in its write transaction, and delete what earlier runs found: it has words of answers.

    `edit_version` is that of the survey when the run read its inputs.
    """
    of_survey = select(Run.id).where(Run.survey_id == survey_id)
    session.execute(
        delete(Examination).where(Examination.run_id.in_(of_survey)).execution_options(synchronize_session=False)
    )
    session.execute(insert(Examination), [{"run_id": run_id, "edit_version": edit_version, "findings": list(findings)}])


def current_findings(survey: Survey) -> Findings:
    """Return the findings about the themes that are shown. Six queries, whatever the number of themes."""
    run = shown_run(survey)
    examined = db.session.get(Examination, run.id) if run is not None else None
    if run is None or examined is None or not examined.findings:
        return Findings([], 0, 0)
    themes = {theme.key: theme for theme in all_themes(run) if not theme.hidden}
    edited, decided = _edited(survey.id, examined.edit_version), _decided(survey.id)
    own = select(LeftFinding.finding, LeftFinding.share).where(LeftFinding.survey_id == survey.id)
    left = dict(db.session.execute(own).all())
    found, left_count, waiting = [], 0, 0
    for row in examined.findings:
        theme, other = themes.get(row["theme"]), themes.get(row["other"] or "")
        if theme is None or (row["other"] and other is None):
            continue  # merged, emptied or hidden
        if len(row["ideas"]) > idea_edits.MAX_IDEAS:
            continue  # more than one edit can move
        finding = _as_shown(row, theme, other)
        if decided.contradict(finding):
            continue
        if edited & {theme.id, other.id if other else theme.id}:
            waiting += 1
        elif _is_left(finding, left.get(finding.id)):
            left_count += 1
        else:
            found.append(finding)
    return Findings(found, left_count, waiting)


def evidence(survey: Survey, findings: Sequence[ShownFinding]) -> dict[str, Evidence]:
    """Return quotes for each finding by its id. Two queries for every IDEAS_PER_QUERY answers quoted."""
    run = shown_run(survey)
    if run is None or not findings:
        return {}
    of_theme = theme_quotes(run)
    spans = {span for each in findings for part in (each.ideas, each.contrast) for span in part[:MAX_QUOTES]}
    texts = dict(_texts(run.id, sorted({answer for answer, _, _ in spans})))

    def quoted(part: Sequence[Span]) -> list[Quote]:
        return [quote(texts[answer], start, end) for answer, start, end in part[:MAX_QUOTES] if answer in texts]

    return {
        each.id: Evidence(quoted(each.ideas), quoted(each.contrast))
        if each.ideas
        else Evidence(of_theme.get(each.theme.id, []), of_theme.get(each.other.id, []) if each.other else [])
        for each in findings
    }


def next_to(survey: Survey, finding_id: str) -> str | None:
    """Return the id of the finding that stands after one, or before it if it is the last; None if there is none."""
    ids = [finding.id for finding in current_findings(survey).open]
    if finding_id not in ids:
        return None
    at = ids.index(finding_id)
    return next(iter([*ids[at + 1 :], *reversed(ids[:at])]), None)


def mend(survey: Survey, finding_id: str, name: str = "") -> tuple[str, int]:
    """Make the one edit that mends a finding; return what was done, in words, and the edit's id.

    `name` is that of the theme that ideas are split off to. Raises EditRefused, also if the finding is not there any
    more.
    """
    finding = next((each for each in current_findings(survey).open if each.id == finding_id), None)
    theme = theme_edits.find_theme(survey, finding.theme.public_id) if finding else None
    if finding is None or theme is None:
        raise EditRefused(gettext(GONE))
    if finding.rule in MERGE_RULES and finding.other is not None:
        target = theme_edits.find_theme(survey, finding.other.public_id)
        if target is None:
            raise EditRefused(gettext(GONE))
        edit_id = theme_edits.merge(theme, target)
        names = {"theme": finding.theme.name, "other": finding.other.name}
        return gettext("%(theme)s is part of %(other)s now.", **names), edit_id
    if finding.rule in NAME_RULES:
        edit_id = theme_edits.rename(theme, finding.name or "")
        return gettext("It is called %(name)s now.", name=finding.name), edit_id
    if finding.rule in SPLIT_RULES:
        spans = _spans(finding)
        if not spans:
            raise EditRefused(gettext(GONE))
        edit_id = idea_edits.split(survey, spans, theme, name or finding.name or "")
        return gettext("There is a new theme, and it stays."), edit_id
    edit_id = theme_edits.set_hidden(theme, True)
    return gettext("Readers do not see %(theme)s any more.", theme=finding.theme.name), edit_id


def leave(survey: Survey, finding_id: str) -> bool:
    """Leave a finding as it is until its figures have changed clearly; return whether it was there."""
    survey_id = survey.id
    finding = next((each for each in current_findings(survey).open if each.id == finding_id), None)
    if finding is None:
        return False
    share = finding.share
    with write_transaction() as session:
        session.execute(
            delete(LeftFinding).where(LeftFinding.survey_id == survey_id, LeftFinding.finding == finding_id)
        )
        session.add(LeftFinding(survey_id=survey_id, finding=finding_id, share=share))
    return True


def look_again(survey: Survey) -> None:
    """Show again what was left as it is."""
    survey_id = survey.id
    with write_transaction() as session:
        session.execute(delete(LeftFinding).where(LeftFinding.survey_id == survey_id))


def _as_shown(row: Mapping[str, Any], theme: FoundTheme, other: FoundTheme | None) -> ShownFinding:
    ideas, contrast = ([(answer, start, end) for answer, start, end in row[part]] for part in ("ideas", "contrast"))
    return ShownFinding(row["rule"], theme, other, row["figures"], ideas, contrast, row["name"])


def _is_left(finding: ShownFinding, share: float | None) -> bool:
    """Return whether a finding was left with a share that has not changed clearly since."""
    if share is None:
        return False
    low, high = sorted((max(share, 1e-6), max(finding.share, 1e-6)))
    return high < CHANGED_CLEARLY * low


def _edited(survey_id: int, edit_version: int) -> set[int]:
    """Return the ids of the themes that edits made, undone or redone since have changed."""
    newer = db.session.scalars(
        select(Edit).where(Edit.survey_id == survey_id, Edit.version > edit_version, Edit.action.not_in(HARMLESS))
    ).all()
    rows = [(edit.theme_id, edit.target_id) for edit in newer]
    moved = select(IdeaChange.source_id, IdeaChange.target_id).distinct()
    for batch in batches([edit.id for edit in newer], IDEAS_PER_QUERY):
        rows += [(source, target) for source, target in db.session.execute(moved.where(IdeaChange.edit_id.in_(batch)))]
    return {theme_id for row in rows for theme_id in row if theme_id is not None}


@dataclass(frozen=True, slots=True)
class _Decided:
    """What the owner decided about themes, by their ids: names given, parts split off, themes merged into others."""

    named: frozenset[int]
    split: frozenset[tuple[int | None, int | None]]
    merged: frozenset[int]

    def contradict(self, finding: ShownFinding) -> bool:
        """Return whether a finding questions what the owner decided."""
        own, other = finding.theme.id, finding.other.id if finding.other else None
        if finding.rule in MERGE_RULES:
            return bool(self.split & {(own, other), (other, own)})
        if finding.rule == "small":
            return any(target == own for _, target in self.split)
        if finding.rule == "mixed":
            return own in self.merged
        return finding.rule in NAME_RULES and own in self.named


def _decided(survey_id: int) -> _Decided:
    edits = db.session.scalars(
        select(Edit).where(Edit.survey_id == survey_id, Edit.undone_at.is_(None), Edit.action.in_([*NAMING, "merge"]))
    ).all()
    named = {theme_id for edit in edits for theme_id in edit.named}
    merged = {edit.target_id for edit in edits if edit.action == "merge"}
    return _Decided(
        named=frozenset(named),
        split=frozenset((edit.theme_id, edit.target_id) for edit in edits if edit.action == "split"),
        merged=frozenset(theme_id for theme_id in merged if theme_id is not None),
    )


def _texts(run_id: int, answer_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return the ids and texts of those answers whose ideas the result that is shown still has."""
    texts: list[tuple[int, str]] = []
    for batch in batches(answer_ids, IDEAS_PER_QUERY):
        rows = select(Answer.id, Answer.text).join(Idea, Idea.answer_id == Answer.id).distinct()
        texts += db.session.execute(rows.where(Idea.run_id == run_id, Answer.id.in_(batch))).all()
    return texts


def _spans(finding: ShownFinding) -> list[IdeaSpan]:
    """Return the ideas to split off, as far as their answers are still there."""
    spans: dict[int, str] = {}
    for batch in batches(sorted({answer for answer, _, _ in finding.ideas}), IDEAS_PER_QUERY):
        spans |= dict(db.session.execute(select(Answer.id, Answer.public_id).where(Answer.id.in_(batch))).all())
    return [IdeaSpan(spans[answer], start, end) for answer, start, end in finding.ideas if answer in spans]
