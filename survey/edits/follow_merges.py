"""Ideas that come back to a theme that is part of another follow it there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.core.models import Theme, ThemeResult
from survey.edits import change_log
from survey.edits.change_log import Move
from survey.edits.decisions import merged_themes, read_decisions
from survey.edits.idea_spans import ideas_of_theme
from survey.edits.models import Edit
from survey.runs.lookups import shown_run_id


def follow_merges(session: Session, survey_id: int) -> None:
    """Move ideas that are in a theme that was merged into another, and record it as part of that merge.

    They come back there when what had taken them out of it is undone, or is not taught any more. An idea that the owner
    took out of the other theme stays out of both.
    """
    run_id = shown_run_id(session, survey_id)
    merged = merged_themes(session, survey_id)
    held = select(Edit).where(Edit.survey_id == survey_id, Edit.undone_at.is_(None), Edit.action == "merge")
    merges = {edit.theme_id: edit for edit in session.scalars(held.order_by(Edit.id)) if edit.theme_id in merged}
    if not merges:
        return
    decisions = read_decisions(survey_id)
    keys = dict(session.execute(select(Theme.id, Theme.key).where(Theme.id.in_(merges))).all())
    for _ in range(len(merges)):  # a theme it went into may have been merged itself
        shown = session.scalars(
            select(ThemeResult.theme_id).where(ThemeResult.run_id == run_id, ThemeResult.theme_id.in_(merges))
        ).all()
        if not shown:
            return
        for theme_id in sorted(shown):
            moves = []
            for idea in ideas_of_theme(session, run_id, theme_id):
                out = decisions.taken_out.get((idea.answer_id, idea.starts, idea.ends), ())
                target_id = None if decisions.current_key(keys[theme_id]) in out else merged[theme_id]
                moves.append(Move(idea, theme_id, target_id, idea.placements[theme_id].strength))
            change_log.apply(session, merges[theme_id], moves)
