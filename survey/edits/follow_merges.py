"""Ideas that come back to a theme that is part of another follow it there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.core.models import ThemeResult
from survey.edits import change_log
from survey.edits.change_log import Move
from survey.edits.decisions import merged_themes
from survey.edits.idea_spans import ideas_of_theme
from survey.edits.models import Edit
from survey.results.lookups import shown_run_id


def follow_merges(session: Session, survey_id: int) -> None:
    """Move ideas that are in a theme that was merged into another, and record it as part of that merge.

    They come back there when what had taken them out of it is undone, or is not taught any more.
    """
    run_id = shown_run_id(session, survey_id)
    merges = select(Edit).where(Edit.survey_id == survey_id, Edit.undone_at.is_(None), Edit.action == "merge")
    shown = select(ThemeResult.theme_id).where(ThemeResult.run_id == run_id)
    merged = merged_themes(session, survey_id)
    for edit in session.scalars(merges.where(Edit.theme_id.in_(shown)).order_by(Edit.id)).all():
        theme_id, target_id = edit.theme_id, edit.target_id
        if theme_id is None or target_id is None or theme_id not in merged:
            continue
        ideas = ideas_of_theme(session, run_id, theme_id)
        moves = [Move(idea, theme_id, target_id, idea.placements[theme_id].strength) for idea in ideas]
        change_log.apply(session, edit, moves)
