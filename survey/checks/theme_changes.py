"""What became of the themes of a check since it was started: merged, hidden, renamed, found again.

Both sides of a check are compared on the themes as they stand: two that were merged count as one, one that was hidden
is left out on both sides. A theme that a later finding gave up keeps its part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select

from survey.answers.check_models import Check, CheckedAnswer
from survey.checks.drawing import checked_themes, machine_themes
from survey.core.database import db
from survey.core.models import Answer, Survey, Theme
from survey.edits.models import MARKS, Edit, IdeaChange
from survey.runs.lookups import shown_run

KEEP_THEMES = ("pin", "unpin", "order", "describe", "confirm", "dismiss", "promote", *MARKS)
"""Edits after which themes and placements are what they were, unless they taught the machine to place others anew"""


@dataclass(frozen=True, slots=True)
class CheckThemes:
    """The themes of a check as they stand now."""

    themes: dict[int, Theme]
    """Those that count, by id"""
    merged: dict[int, int]
    """For each theme that is part of another now: that one's id"""
    hidden: frozenset[int]

    def settle(self, ids: Iterable[int]) -> frozenset[int]:
        """Return the themes of an answer as they stand now."""
        return frozenset(self.merged.get(number, number) for number in ids) - self.hidden

    def leaves_nothing(self, *said: Iterable[int]) -> bool:
        """Return whether all that was said of an answer, by anybody, is hidden now: that tells of no agreement."""
        return any(said) and not any(map(self.settle, said))

    def by_name(self) -> list[Theme]:
        """Return the themes in alphabetical order."""
        return sorted(self.themes.values(), key=lambda theme: theme.name.casefold())


def check_themes(check: Check) -> CheckThemes:
    """Return what the themes of a check are now. Two queries."""
    edits = db.session.execute(
        select(Edit.theme_id, Edit.target_id)
        .where(Edit.survey_id == check.survey_id, Edit.action == "merge", Edit.undone_at.is_(None))
        .order_by(Edit.id)
    )
    steps: dict[int, int] = {}
    for source, target in edits:
        if source and target:
            steps[source] = target
            steps.pop(target, None)  # it lives again
    merged = {number: _end(steps, number) for number in steps}
    ids = {merged.get(number, number) for number in check.themes}
    themes = db.session.scalars(select(Theme).where(Theme.survey_id == check.survey_id, Theme.id.in_(ids))).all()
    return CheckThemes(
        themes={theme.id: theme for theme in themes if not theme.hidden},
        merged=merged,
        hidden=frozenset(theme.id for theme in themes if theme.hidden),
    )


def _end(steps: dict[int, int], number: int) -> int:
    """Follow merges to their end."""
    while (following := steps.get(number)) is not None:
        number = following
    return number


def changed_at(survey: Survey, check: Check) -> datetime | None:
    """Return when themes or placements changed last after a check was started; None if they are as they were.

    New answers change neither. An edit that was made and undone counts: nobody can tell what was read in between.
    """
    since = check.started_at
    edited: list[datetime] = []
    taught = exists().where(IdeaChange.edit_id == Edit.id, IdeaChange.taught)
    for made_at, undone_at in db.session.execute(
        select(Edit.made_at, Edit.undone_at).where(
            Edit.survey_id == survey.id,
            or_(Edit.action.not_in(KEEP_THEMES), taught),
            or_(Edit.made_at > since, Edit.undone_at > since),
        )
    ):
        edited += [moment for moment in (made_at, undone_at) if moment is not None and moment > since]
    if edited:
        return max(edited)
    run = shown_run(survey)
    if run is None or not _differs(survey, check):
        return None
    return max(run.finished_at or since, since)


def _differs(survey: Survey, check: Check) -> bool:
    """Return whether the shown themes, or those of an answer of the check, are others than when it was started."""
    run = shown_run(survey)
    if {theme.id for theme in checked_themes(run)} != set(check.themes):
        return True
    then = dict(
        db.session.execute(
            select(CheckedAnswer.answer_id, CheckedAnswer.themes)
            .join(Answer, Answer.id == CheckedAnswer.answer_id)
            .where(CheckedAnswer.check_id == check.id, Answer.status == "shown")
        ).all()
    )
    now_in = machine_themes(db.session, survey.current_run_id, list(then))
    known = set(check.themes)
    return any(now_in[number] & known != set(themes) for number, themes in then.items() if number in now_in)
