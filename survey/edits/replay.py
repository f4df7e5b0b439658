"""The changes of one idea, taken back to where they began and applied again: how undoing and redoing come out exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from survey.edits.idea_spans import Held, Place
from survey.edits.models import BY_HAND, MARKS, Edit, IdeaChange
from survey.edits.sampling import SampleRule

BY_HAND_STRENGTH = 1.0


@dataclass(slots=True)
class Logged:
    """A recorded change of an idea, as undoing and redoing need it."""

    id: int
    edit_id: int
    action: str
    undone: bool
    source_id: int | None
    target_id: int | None
    removed: Held | None
    new_strength: float | None
    taught: bool
    strength: float
    """The strength it gives where it applies"""

    @property
    def by_hand(self) -> bool:
        """Whether the owner decided about the idea."""
        return self.action in BY_HAND and not self.taught

    @property
    def mark(self) -> bool | None:
        """Whether the owner said that it says the opposite of its theme; None where nothing was said of that."""
        return None if self.taught else MARKS.get(self.action)


def logged(change: Row[*tuple[Any, ...]], action: str, undone: bool) -> Logged:
    """Return a change of an idea, a row of IdeaChange's table, as it was recorded by an edit with this action."""
    return Logged(
        change.id,
        change.edit_id,
        action,
        undone,
        change.source_id,
        change.target_id,
        None if change.strength is None else Held(change.strength, change.quote, change.part_id, change.against),
        change.new_strength,
        change.taught,
        change.new_strength or BY_HAND_STRENGTH,
    )


def logged_changes(session: Session, survey_id: int, sample: SampleRule | None) -> dict[Place, list[Logged]]:
    """Return the changes of all ideas by edits of a survey that hold, in order; of a large one those in its sample."""
    wanted = (Edit.survey_id == survey_id, Edit.undone_at.is_(None))
    rows = session.execute(
        select(*IdeaChange.__table__.columns, Edit.action)
        .join(Edit, Edit.id == IdeaChange.edit_id)
        .where(*wanted, *(() if sample is None else (sample.holds(IdeaChange.answer_id),)))
        .order_by(IdeaChange.id)
    )
    logs: dict[Place, list[Logged]] = {}
    for row in rows:
        logs.setdefault((row.answer_id, row.starts, row.ends), []).append(logged(row, row.action, undone=False))
    return logs


def unwound(held: dict[int, Held], log: Iterable[Logged]) -> dict[int, Held]:
    """Return the placements of an idea before all its changes that hold."""
    for change in reversed([*log]):
        if change.undone:
            continue
        if change.new_strength is not None and change.target_id is not None:
            held.pop(change.target_id, None)
        if change.removed is not None and change.source_id is not None:
            if change.mark is None:
                held[change.source_id] = change.removed
            elif change.source_id in held:
                held[change.source_id] = _as_before(held[change.source_id], change.removed)
    return held


def _as_before(held: Held, before: Held) -> Held:
    """Return a placement with the mark that it had before; one that was a quote of its theme is that again."""
    return held._replace(against=before.against, quote=before.quote if held.quote is None else held.quote)


def marked(held: Held, against: bool) -> Held:
    """Return a placement with a mark; what says the opposite of a theme is no quote of it."""
    return held._replace(against=against, quote=None if against else held.quote)


def forward(held: dict[int, Held], change: Logged, *, decided: bool) -> dict[str, Any]:
    """Apply a change to the placements of an idea; return the columns of its row, which say what was there before.

    A decision by hand holds whatever was before. Others only carry an idea on from where they found it, and after a
    decision about it (`decided`) only a merge does.
    """
    source, target, removed, added = change.source_id, change.target_id, None, None
    free = change.action == "merge" or not decided
    if change.by_hand or (free and (source is None or source in held)):
        removed = None if source is None or source == target else held.pop(source, None)
        if target is not None and target not in held:
            added = change.strength
            held[target] = Held(added, None, None, _goes_along(removed, change.action))
        elif target is not None and change.mark is not None:
            removed = held[target]
        if target is not None and change.mark is not None:
            held[target] = marked(held[target], change.mark)
    return {"id": change.id, **removed_columns(removed), "new_strength": added}


def _goes_along(removed: Held | None, action: str) -> bool:
    """Return whether an idea says the opposite of the theme it comes to: only of one that its theme went into."""
    return removed is not None and removed.against and action == "merge"


def recorded(change: Logged) -> dict[str, Any]:
    """Return the columns of its row as `forward` returns them, as they stand."""
    return {"id": change.id, **removed_columns(change.removed), "new_strength": change.new_strength}


def machine_placements(held: Mapping[int, Held], log: Sequence[Logged]) -> dict[int, Held]:
    """Return the placements that an idea would have without decisions about it and without what decisions taught."""
    found = unwound(dict(held), log)
    for change in log:
        if not change.by_hand and not change.taught:
            forward(found, change, decided=False)
    return found


def move(
    held: dict[int, Held],
    place: Place,
    source: int | None,
    target: int | None,
    strength: float,
    *,
    edit_id: int,
    action: str = "",
) -> dict[str, Any]:
    """Move an idea in its placements; return the row that records it as a change by an edit.

    Nothing is taken out of a theme that it is not in, nor where source and target are the same.
    """
    removed = None if source is None or source == target else held.pop(source, None)
    added = None if target is None or target in held else strength
    if added is not None and target is not None:
        held[target] = Held(added, None, None, _goes_along(removed, action))
    return _row(edit_id, place, source, target, removed, added)


def mark(held: dict[int, Held], place: Place, theme_id: int, against: bool, *, edit_id: int) -> dict[str, Any]:
    """Say of an idea whether it says the opposite of a theme that it is in; return the row that records it."""
    before = held[theme_id]
    held[theme_id] = marked(before, against)
    return _row(edit_id, place, theme_id, theme_id, before, None)


def _row(
    edit_id: int, place: Place, source: int | None, target: int | None, removed: Held | None, added: float | None
) -> dict[str, Any]:
    answer_id, starts, ends = place
    return {
        "edit_id": edit_id,
        "answer_id": answer_id,
        "starts": starts,
        "ends": ends,
        "source_id": source,
        "target_id": target,
        **removed_columns(removed),
        "new_strength": added,
    }


def removed_columns(removed: Held | None) -> dict[str, Any]:
    """Return the columns of a change that say what placement it removed."""
    strength, quote, part_id, against = removed or (None, None, None, False)
    return {"strength": strength, "quote": quote, "part_id": part_id, "against": against}
