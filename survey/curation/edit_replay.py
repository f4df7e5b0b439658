"""The owner's edits of a survey, replayed in order: the one account of them for runs and for the codebook.

An edit that was undone is left out, and so are the words of answers that are gone or not shown.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import select

from analysis.known_themes.edits import Edits
from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.models import Answer, Edit, EditIdea, Theme

Words = dict[str, str]
"""Exact words by their folded wording"""


@dataclass(slots=True)
class Replay:
    """What the owner's edits amount to, by theme key."""

    merged: dict[str, str] = field(default_factory=dict)
    """The theme that a theme was merged into"""
    names: dict[str, str] = field(default_factory=dict)
    """Names given by renaming"""
    kept: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Folded wordings that stay in a theme"""
    barred: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Folded wordings that stay out of a theme; a merged theme has none, its target has them"""
    taught: dict[str, Words] = field(default_factory=lambda: defaultdict(dict))
    """The words that are examples of a theme: those in `kept` that the owner chose, not masked"""
    promoted: list[str] = field(default_factory=list)
    """Discovered themes that became known ones"""

    def current_key(self, key: str) -> str:
        """Return the theme that a theme is part of now: itself, or what it was merged into."""
        return Edits(merged=self.merged).current_key(key)

    def apply(self, action: str, key: str | None, target: str | None, name: str | None, words: Words) -> None:
        """Apply one edit: `key` and `target` are its themes, `words` the ideas it was about."""
        if action == "rename" and key and name:
            self.names[key] = name
            self.kept[key].update(words)
        elif action == "promote" and key:
            self.promoted.append(key)
            self._teach(key, words)
        elif action == "example" and key and name:
            self._teach(key, {fold(name): name, **words})
        elif action == "merge" and key and target:
            self._merge(key, target, words)
        elif action in ("move", "split") and target:
            self._teach(target, words)
            self.barred[self.current_key(target)].difference_update(words)
            if key:
                self._take_out(key, words)

    def _teach(self, key: str, words: Words) -> None:
        self.kept[key].update(words)
        self.taught[key].update(words)

    def _merge(self, key: str, target: str, words: Words) -> None:
        self.merged[key] = target
        self.merged.pop(target, None)
        self.kept[target].update(words)
        # What either of the two held stays, also where it had been moved from one to the other before.
        self.barred[target] = (self.barred[target] | self.barred.pop(key, set())).difference(words)

    def _take_out(self, key: str, words: Words) -> None:
        self.kept[key].difference_update(words)
        self.barred[self.current_key(key)].update(words)
        for wording in words:
            self.taught[key].pop(wording, None)


def replay(survey_id: int) -> Replay:
    """Replay the edits of a survey that were not undone. Two queries besides that for the themes."""
    keys = dict(db.session.execute(select(Theme.id, Theme.key).where(Theme.survey_id == survey_id)).all())
    words = _words(survey_id)
    done = Replay()
    for edit in db.session.scalars(
        select(Edit).where(Edit.survey_id == survey_id, Edit.undone_at.is_(None)).order_by(Edit.id)
    ):
        key, target = keys.get(edit.theme_id or 0), keys.get(edit.target_id or 0)
        done.apply(edit.action, key, target, edit.name, words.get(edit.id, {}))
    return done


def _words(survey_id: int) -> dict[int, Words]:
    """Return the words of the ideas that each edit was about, by the edit's id."""
    words: dict[int, Words] = {}
    for edit_id, text, starts, ends in db.session.execute(
        select(EditIdea.edit_id, Answer.text, EditIdea.starts, EditIdea.ends)
        .join(Answer, Answer.id == EditIdea.answer_id)
        .join(Edit, Edit.id == EditIdea.edit_id)
        .where(Edit.survey_id == survey_id, Edit.undone_at.is_(None), Answer.status == "shown")
        .order_by(EditIdea.answer_id, EditIdea.starts)
    ):
        exact = text[starts:ends]
        words.setdefault(edit_id, {}).setdefault(fold(exact), exact)
    return words
