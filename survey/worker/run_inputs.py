"""What a run works on: the answers, the themes of the result that is shown, the owner's decisions, the codebook."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from analysis.discovery.theme_identity import EarlierTheme
from analysis.known_themes.codebook import Codebook, CodebookError
from analysis.known_themes.edits import Edits
from analysis.results import Position
from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.models import Answer, Edit, EditIdea, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import advice_lists
from survey.curation import codebook as codebooks
from survey.worker.comparisons import AdviceList


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme of the result that is shown: how many people, and the folded wordings of its ideas."""

    key: str
    origin: str
    people: int
    members: frozenset[str]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a run reads before it starts."""

    survey_id: int
    codebook: Codebook
    ids: list[int]
    texts: list[str]
    kinds: list[str | None]
    shown: list[ShownTheme]
    edits: Edits
    places: dict[str, list[Position]]
    """The map that is shown: where ideas are, by their folded text"""
    advice: list[AdviceList]
    newest: str | None
    """The random name of the last answer: as long as that one is there, no id that was read is another answer's"""

    def earlier(self) -> list[EarlierTheme]:
        """The discovered themes and the sub-themes among those shown, for a run to find again."""
        found = [theme for theme in self.shown if theme.origin in ("discovered", "part")]
        return [EarlierTheme(theme.key, theme.members, theme.parent) for theme in found]


def read_work(run_id: int) -> Work:
    """The answers of a run and the themes of the result that is shown now."""
    run = db.session.get_one(Run, run_id)
    survey = db.session.get_one(Survey, run.survey_id)
    rows = db.session.execute(
        select(Answer.id, Answer.text, Answer.kind)
        .where(Answer.survey_id == survey.id, Answer.status == "shown")
        .order_by(Answer.id)
    )
    ids, texts, kinds = [], [], []
    for row in rows:
        ids.append(row.id)
        texts.append(row.text)
        kinds.append(row.kind)
    lists = [
        AdviceList(advice.public_id, advice.title, tuple(map(advice_lists.parted, advice.points)))
        for advice in advice_lists.lists(survey)
    ]
    return Work(
        survey_id=survey.id,
        codebook=codebook_of(survey),
        ids=ids,
        texts=texts,
        kinds=kinds,
        shown=shown_themes(survey),
        edits=decided(survey.id),
        places=shown_places(survey),
        advice=lists,
        newest=name_of(db.session, ids[-1:]),
    )


def name_of(session: Session, ids: Sequence[int]) -> str | None:
    """The random name of the answer with this id, None where there is none."""
    return session.scalar(select(Answer.public_id).where(Answer.id.in_(ids)))


def codebook_of(survey: Survey) -> Codebook:
    """The known themes that answers of a survey are placed in first. Raises CodebookError."""
    if survey.codebook != codebooks.OWN:
        return Codebook.load(survey.codebook)
    try:
        return Codebook.parse(tomllib.loads(survey.own_codebook or ""), source="Your codebook")
    except tomllib.TOMLDecodeError as error:
        raise CodebookError(f"Your codebook is not TOML: {error}") from error


def decided(survey_id: int) -> Edits:
    """The owner's edits as the analysis obeys them: replayed in their order, without those that were undone."""
    themes = {theme.id: theme for theme in db.session.scalars(select(Theme).where(Theme.survey_id == survey_id))}
    wordings: dict[int, set[str]] = {}
    for edit_id, text, starts, ends in db.session.execute(
        select(EditIdea.edit_id, Answer.text, EditIdea.starts, EditIdea.ends)
        .join(Answer, Answer.id == EditIdea.answer_id)
        .join(Edit, Edit.id == EditIdea.edit_id)
        .where(Edit.survey_id == survey_id, Edit.undone_at.is_(None), Answer.status == "shown")
    ):
        wordings.setdefault(edit_id, set()).add(fold(text[starts:ends]))
    merged: dict[str, str] = {}
    names: dict[str, str] = {}
    kept: dict[str, set[str]] = {}
    barred: dict[str, set[str]] = {}
    for edit in db.session.scalars(
        select(Edit).where(Edit.survey_id == survey_id, Edit.undone_at.is_(None)).order_by(Edit.id)
    ):
        own = wordings.get(edit.id, set())
        key = themes[edit.theme_id].key if edit.theme_id else None
        target = themes[edit.target_id].key if edit.target_id else None
        if edit.action == "rename" and key and edit.name:
            names[key] = edit.name
            kept.setdefault(key, set()).update(own)
        elif edit.action == "promote" and key:
            kept.setdefault(key, set()).update(own)
        elif edit.action == "example" and key and edit.name:
            kept.setdefault(key, set()).update({fold(edit.name), *own})
        elif edit.action == "merge" and key and target:
            merged[key] = target
            merged.pop(target, None)
            kept.setdefault(target, set()).update(own)
        elif edit.action in ("move", "split") and target:
            kept.setdefault(target, set()).update(own)
            barred.setdefault(target, set()).difference_update(own)
            if key:
                kept.setdefault(key, set()).difference_update(own)
                barred.setdefault(key, set()).update(own)
    # Discovery leaves a theme alone that somebody edited: from then on it is found by what is in it now.
    found = [theme.id for theme in themes.values() if theme.origin == "discovered" and kept.get(theme.key)]
    if found:
        for key, members in members_of(survey_id, Theme.id.in_(found)).items():
            kept[key] |= members - barred.get(key, set())
    return Edits(
        merged=merged,
        kept={key: frozenset(texts) for key, texts in kept.items() if texts},
        barred={key: frozenset(texts) for key, texts in barred.items() if texts},
        names={theme.key: theme.name for theme in themes.values() if kept.get(theme.key)} | names,
    )


def members_of(survey_id: int, *wanted: ColumnElement[bool], sub_themes: bool = False) -> dict[str, set[str]]:
    """The folded wordings in the themes of the result that is shown, or in its sub-themes, by key.

    ``wanted`` are further conditions on the theme.
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


def shown_themes(survey: Survey) -> list[ShownTheme]:
    """The themes of the result that is shown, with the folded wordings in each, to be known again."""
    members = members_of(survey.id) | members_of(survey.id, sub_themes=True)
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
    """The map of the result that is shown: where ideas are, by their folded text."""
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
