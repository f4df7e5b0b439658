"""What the edits of a survey amount to: ideas placed by hand, merged themes, added examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from analysis.known_themes.edits import current_key
from survey.core.database import db
from survey.core.models import Theme
from survey.edits.idea_spans import Place
from survey.edits.models import BY_HAND, MARKS, Edit, IdeaChange

_WAS_IN_BOTH = and_(Edit.action == "merge", IdeaChange.strength.is_not(None), IdeaChange.new_strength.is_(None))
"""A merge found an idea in the other theme already: what stood of it there holds"""
TOUCHING = ("rename", "describe", "merge", "split", "promote", "example", "pin", "order")
"""Actions by which an owner makes a theme a lasting one"""


class Split(NamedTuple):
    """An edit that took some of a theme's ideas out as a theme of their own; themes by key, as they were then."""

    edit_id: int
    source: str
    target: str
    made_at: datetime


@dataclass(slots=True)
class Decisions:
    """What holds of an owner's edits. Themes are given by key."""

    merged: dict[str, str] = field(default_factory=dict)
    """The theme that a theme was merged into"""
    by_hand: dict[Place, int] = field(default_factory=dict)
    """Each idea the owner decided about, and the last edit that did"""
    taken_out: dict[Place, set[str]] = field(default_factory=dict)
    """The themes that the owner took an idea out of, as they are called since the merges"""
    marks: dict[Place, dict[str, bool]] = field(default_factory=dict)
    """Whether the owner said that an idea says the opposite of themes, as those are called since the merges"""
    touched: set[str] = field(default_factory=set)
    """Themes that the owner named, merged, split or promoted, or gave an example"""
    promoted: list[str] = field(default_factory=list)
    """Discovered themes that became known ones"""
    files: set[int] = field(default_factory=set)
    """Edits that placed what people coded in a file: each many decisions"""
    examples: list[tuple[str, str, int]] = field(default_factory=list)
    """Phrases that a theme was taught, with the theme and the edit"""
    splits: list[Split] = field(default_factory=list)
    """Themes that the owner made of some of a theme's ideas; what was left in that theme was left on purpose"""

    def current_key(self, key: str) -> str:
        """Return the theme that a theme is part of now: itself, or what it was merged into."""
        return current_key(key, self.merged)

    def _mark(self, place: Place, source: str | None, target: str | None, mark: bool | None) -> None:
        """Keep what was said of an idea in a theme; one that is moved leaves behind what was said of it there."""
        own = self.marks.setdefault(place, {})
        left = {self.current_key(key) for key in (source, target) if key is not None and source != target}
        for key in [key for key in own if self.current_key(key) in left]:
            del own[key]
        if target is not None and mark is not None:
            own.pop(target, None)  # the last word comes last
            own[target] = mark

    def teach(self) -> bool:
        """Return whether there is anything to learn from."""
        return bool(self.by_hand or self.examples)


def read_decisions(survey_id: int) -> Decisions:
    """Return what the edits of a survey that are not undone amount to. Three queries."""
    keys = dict(db.session.execute(select(Theme.id, Theme.key).where(Theme.survey_id == survey_id)).all())
    done = Decisions()
    of_survey = (Edit.survey_id == survey_id, Edit.undone_at.is_(None))
    for edit in db.session.scalars(select(Edit).where(*of_survey).order_by(Edit.id)):
        key, target = keys.get(edit.theme_id or 0), keys.get(edit.target_id or 0)
        if edit.action == "coded":
            done.files.add(edit.id)
            done.touched.update(keys[theme_id] for theme_id in edit.named if theme_id in keys)
        if edit.action in TOUCHING:
            done.touched.update(own for own in (key, target) if own is not None)
        if edit.action == "merge" and key and target:
            done.merged[key] = target
            done.merged.pop(target, None)
        elif edit.action == "split" and key and target:
            done.splits.append(Split(edit.id, key, target, edit.made_at))
        elif edit.action == "promote" and key:
            done.promoted.append(key)
        elif edit.action == "example" and key and edit.name:
            done.examples.append((key, edit.name, edit.id))
    rows = db.session.execute(
        select(
            IdeaChange.answer_id,
            IdeaChange.starts,
            IdeaChange.ends,
            IdeaChange.source_id,
            IdeaChange.target_id,
            IdeaChange.edit_id,
            Edit.action,
        )
        .join(Edit, Edit.id == IdeaChange.edit_id)
        .where(*of_survey, or_(and_(Edit.action.in_(BY_HAND), ~IdeaChange.taught), _WAS_IN_BOTH))
        .order_by(IdeaChange.id)
    )
    for answer_id, starts, ends, source_id, target_id, edit_id, action in rows:
        place = (answer_id, starts, ends)
        if action == "merge":  # what was said of it in the theme that went does not go along
            done.marks.get(place, {}).pop(keys.get(source_id or 0, ""), None)
            continue
        done.by_hand[place] = edit_id
        out = done.taken_out.setdefault(place, set())
        if source_id is not None and source_id != target_id:
            out.add(done.current_key(keys[source_id]))
        if target_id is not None:
            out.discard(done.current_key(keys[target_id]))
        done._mark(place, keys.get(source_id or 0), keys.get(target_id or 0), MARKS.get(action))
    done.marks = {
        place: {done.current_key(key): mark for key, mark in own.items()} for place, own in done.marks.items()
    }
    return done


def merged_themes(session: Session, survey_id: int) -> dict[int, int]:
    """Return the theme that each merged theme of a survey went into, by id, as the merges that hold say; no circles."""
    merged: dict[int, int] = {}
    for theme_id, target_id in session.execute(
        select(Edit.theme_id, Edit.target_id)
        .where(Edit.survey_id == survey_id, Edit.undone_at.is_(None), Edit.action == "merge")
        .order_by(Edit.id)
    ):
        if theme_id is not None and target_id is not None:
            merged[theme_id] = target_id
            merged.pop(target_id, None)
    return merged
