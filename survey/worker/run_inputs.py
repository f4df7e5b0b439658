"""Read the inputs of a run: answers, codebook, the owner's edits, lists of advice, and the result that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from analysis.discovery.theme_identity import EarlierTheme
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import Edits
from analysis.results import Position
from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import advice_lists, edit_replay
from survey.curation.codebook import starting_codebook
from survey.worker.comparisons import AdviceList


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
    codebook: Codebook
    ids: list[int]
    texts: list[str]
    kinds: list[str | None]
    shown: list[ShownTheme]
    edits: Edits
    places: dict[str, list[Position]]
    """The positions of ideas on the map that is shown, by folded text"""
    advice: list[AdviceList]
    last_public_id: str | None
    """The public id of the last answer. While that answer exists, SQLite gives none of the `ids` to a new answer."""

    def earlier_themes(self) -> list[EarlierTheme]:
        """Return the discovered themes and sub-themes that are shown, whose keys the new result should keep."""
        found = [theme for theme in self.shown if theme.origin in ("discovered", "part")]
        return [EarlierTheme(theme.key, theme.members, theme.parent) for theme in found]


def read_run_inputs(run_id: int) -> RunInputs:
    """Read the inputs of a run. Raises CodebookError."""
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
        AdviceList(advice.public_id, advice.title, tuple(map(advice_lists.split_point, advice.points)))
        for advice in advice_lists.all_lists(survey)
    ]
    return RunInputs(
        survey_id=survey.id,
        codebook=starting_codebook(survey),
        ids=ids,
        texts=texts,
        kinds=kinds,
        shown=shown_themes(survey),
        edits=owner_edits(survey.id),
        places=shown_places(survey),
        advice=lists,
        last_public_id=public_id_of(db.session, ids[-1:]),
    )


def public_id_of(session: Session, ids: Sequence[int]) -> str | None:
    """Return the public id of the answer with the one given id; None if there is none."""
    return session.scalar(select(Answer.public_id).where(Answer.id.in_(ids)))


def owner_edits(survey_id: int) -> Edits:
    """Return the owner's edits as a run respects them."""
    done = edit_replay.replay(survey_id)
    kept = {key: wordings for key, wordings in done.kept.items() if wordings}
    themes = db.session.scalars(select(Theme).where(Theme.survey_id == survey_id)).all()
    # Discovery does not change a theme that the owner edited: it keeps the wordings that are in it now.
    found = [theme.id for theme in themes if theme.origin == "discovered" and theme.key in kept]
    if found:
        for key, members in members_of(survey_id, Theme.id.in_(found)).items():
            kept[key] |= members - done.barred.get(key, set())
    return Edits(
        merged=done.merged,
        kept={key: frozenset(wordings) for key, wordings in kept.items()},
        barred={key: frozenset(wordings) for key, wordings in done.barred.items() if wordings},
        names={theme.key: theme.name for theme in themes if theme.key in kept} | done.names,
    )


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


def shown_themes(survey: Survey) -> list[ShownTheme]:
    """Return the themes and sub-themes of the result that is shown."""
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
