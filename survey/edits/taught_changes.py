"""What the machine moves because of the owner's decisions, recorded with the edit that taught it most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from survey.core.database import batches
from survey.edits import replay
from survey.edits.change_log import BATCH_ROWS, write_placements
from survey.edits.idea_spans import Place, ideas_at
from survey.edits.models import IdeaChange
from survey.edits.replay import Logged, forward, logged_changes, unwound
from survey.edits.sampling import SampleRule
from survey.results.result_counts import recount


@dataclass(frozen=True, slots=True)
class Taught:
    """An idea that the machine moves because of an edit, out of a theme (None: of none) into one (None: into none)."""

    place: Place
    source_id: int | None
    target_id: int | None
    strength: float
    edit_id: int


def replace_taught(
    session: Session, survey_id: int, run_id: int, taught: Sequence[Taught], sample: SampleRule | None
) -> int:
    """Put what decisions teach now in place of what they taught before; return how many ideas it concerns.

    Of a large survey, in the ``sample`` that ``taught`` was learned of: other ideas were moved when they were placed.
    Call inside a write transaction, with the log locked and unchanged since then.
    """
    logs = logged_changes(session, survey_id, sample)
    old = {place for place, log in logs.items() if any(change.taught for change in log)}
    new: dict[Place, list[Taught]] = {}
    for each in taught:
        new.setdefault(each.place, []).append(each)
    if _as_set(logs, old) == {(each.place, each.source_id, each.target_id, each.edit_id) for each in taught}:
        return len(old)
    ideas = ideas_at(session, run_id, old | new.keys())
    gone = [change.id for place in old for change in logs[place] if change.taught]
    for batch in batches(gone, BATCH_ROWS):
        session.execute(delete(IdeaChange).where(IdeaChange.id.in_(batch)))
    before, after, revised, rows = [], [], [], []
    for place, idea in sorted(ideas.items()):
        log = logs.get(place, [])
        held = unwound(dict(idea.placements), log)
        decided = False
        for change in log:
            if not change.taught:
                revised.append(forward(held, change, decided=decided))
                decided = decided or change.by_hand
        for each in new.get(place, ()) if not decided else ():
            if each.source_id is None or each.source_id in held:
                row = replay.move(held, place, each.source_id, each.target_id, each.strength, edit_id=each.edit_id)
                rows.append({**row, "taught": True})
        before.append(idea)
        after.append(idea._replace(placements=held))
    if revised:
        session.execute(update(IdeaChange), revised)
    if rows:
        session.execute(insert(IdeaChange), rows)
    recount(session, run_id, write_placements(session, before, after))
    return len(new)


def _as_set(logs: Mapping[Place, Sequence[Logged]], places: Iterable[Place]) -> set[tuple[Any, ...]]:
    return {
        (place, change.source_id, change.target_id, change.edit_id)
        for place in places
        for change in logs[place]
        if change.taught
    }
