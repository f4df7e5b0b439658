"""The worker's two ends: what a run reads, and how its result is saved.

With worker.py the only part of the site that imports `analysis`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from analysis.codebook import Codebook
from analysis.compare import compare
from analysis.edits import Edits
from analysis.match import EarlierTheme, Snapshot, changes
from analysis.newcomers import Newcomers
from analysis.results import Analysis, Centres
from analysis.results import Idea as FoundIdea
from analysis.text import fold
from survey import placing, runs
from survey.database import db, writing
from survey.models import Answer, Edit, EditIdea, Idea, Placement, Run, Survey, Theme, ThemeResult

COLOURS = 12
ANY_KIND = "any"
ROWS_AT_ONCE = 2000


class NamedTheme(Protocol):
    """A theme with what its row needs."""

    @property
    def key(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """A theme of the codebook that nobody had named when the last run was made."""

    key: str
    name: str
    description: str
    origin: str = "codebook"


IdeaRow = tuple[dict[str, Any], list[dict[str, Any]]]
"""An idea's row and the rows of its placements."""


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme of the result that is shown: how many people, and the folded wordings of its ideas."""

    key: str
    origin: str
    people: int
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Work:
    """What a run reads before it starts."""

    survey_id: int
    codebook: str
    ids: list[int]
    texts: list[str]
    kinds: list[str | None]
    shown: list[ShownTheme]
    edits: Edits

    def earlier(self) -> list[EarlierTheme]:
        """The discovered themes among those shown, for a run to find again."""
        return [EarlierTheme(theme.key, theme.members) for theme in self.shown if theme.origin == "discovered"]


def read_work(run_id: int) -> Work:
    """The answers of a run and the themes of the result that is shown now."""
    run = db.session.get_one(Run, run_id)
    survey = db.session.get_one(Survey, run.survey_id)
    rows = db.session.execute(
        select(Answer.id, Answer.text, Answer.kind).where(Answer.survey_id == survey.id).order_by(Answer.id)
    )
    ids, texts, kinds = [], [], []
    for row in rows:
        ids.append(row.id)
        texts.append(row.text)
        kinds.append(row.kind)
    return Work(survey.id, survey.codebook, ids, texts, kinds, shown_themes(survey), decided(survey.id))


def decided(survey_id: int) -> Edits:
    """The owner's edits as the analysis obeys them: replayed in their order, without those that were undone."""
    themes = {theme.id: theme for theme in db.session.scalars(select(Theme).where(Theme.survey_id == survey_id))}
    wordings: dict[int, set[str]] = {}
    for edit_id, text, starts, ends in db.session.execute(
        select(EditIdea.edit_id, Answer.text, EditIdea.starts, EditIdea.ends)
        .join(Answer, Answer.id == EditIdea.answer_id)
        .join(Edit, Edit.id == EditIdea.edit_id)
        .where(Edit.survey_id == survey_id, Edit.undone_at.is_(None))
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
            if themes[edit.theme_id or 0].origin == "discovered":
                kept.setdefault(key, set()).update(own)
        elif edit.action == "merge" and key and target:
            merged[key] = target
            merged.pop(target, None)
            kept.setdefault(target, set()).update(own)
        elif edit.action == "move" and target:
            kept.setdefault(target, set()).update(own)
            barred.setdefault(target, set()).difference_update(own)
            if key:
                kept.setdefault(key, set()).difference_update(own)
                barred.setdefault(key, set()).update(own)
    return Edits(
        merged=merged,
        kept={key: frozenset(texts) for key, texts in kept.items() if texts},
        barred={key: frozenset(texts) for key, texts in barred.items() if texts},
        names=_names_of_kept(themes.values(), kept) | names,
    )


def _names_of_kept(themes: Iterable[Theme], kept: Mapping[str, set[str]]) -> dict[str, str]:
    """What discovered themes that an edit keeps are called, so that a run need not name them anew."""
    return {theme.key: theme.name for theme in themes if theme.origin == "discovered" and kept.get(theme.key)}


def shown_themes(survey: Survey) -> list[ShownTheme]:
    """The themes of the result that is shown, with the folded wordings in each, to be known again."""
    members: dict[str, set[str]] = {}
    rows = db.session.execute(
        select(Theme.key, Answer.text, Idea.starts, Idea.ends)
        .join(Placement, Placement.theme_id == Theme.id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == survey.current_run_id)
    )
    for key, text, starts, ends in rows:
        members.setdefault(key, set()).add(fold(text[starts:ends]))
    shown = db.session.execute(
        select(Theme.key, Theme.origin, ThemeResult.people)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == survey.current_run_id)
        .order_by(Theme.key)
    )
    return [ShownTheme(key, origin, people, frozenset(members.get(key, ()))) for key, origin, people in shown]


def save(run_id: int, token: str, work: Work, result: Analysis) -> None:
    """Keep a result: rows in short transactions under the run's id, then one that makes them the shown ones."""
    with writing() as session:
        runs.hold(session, run_id, token, stage="saving", done=0, total=len(result.ideas))
        theme_ids = theme_rows(session, work.survey_id, result.themes)
    rows = list(idea_rows(run_id, work.ids, result, theme_ids, quoted(result)))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        with writing() as session:
            runs.hold(session, run_id, token, stage="saving", done=start, total=len(rows))
            insert_ideas(session, part)
    with writing() as session:
        run = session.get_one(Run, run_id)
        # An answer changed while the run read it has spans of its old text.
        changed_since = exists().where(Answer.id == Idea.answer_id, Answer.changed_at >= run.claimed_at)
        session.execute(
            delete(Idea).where(Idea.run_id == run_id, changed_since).execution_options(synchronize_session=False)
        )
        if result.themes:
            session.execute(
                insert(ThemeResult),
                [
                    {
                        "run_id": run_id,
                        "theme_id": theme_ids[theme.key],
                        "rank": rank,
                        "people": theme.people,
                        "mentions": theme.mentions,
                        "wordings": theme.wordings,
                        "candidates": list(theme.candidates),
                        "came_back": theme.stability.came_back,
                        "re_runs": theme.stability.of,
                        "tentative": theme.stability.tentative,
                    }
                    for rank, theme in enumerate(result.themes)
                ],
            )
        runs.finish(
            session,
            run_id,
            token,
            answers=len(work.ids),
            ideas=len(result.ideas),
            nonanswers=len(result.nonanswers),
            placed=len({result.ideas[placement.idea].answer for placement in result.placements}),
            model=result.model,
            settings=dict(result.settings),
            changes=what_changed(work, result),
            forming=[[list(span_of(work, result.ideas[idea])) for idea in group] for group in result.forming],
            saturation=asdict(result.saturation),
            comparison=compared(work, result),
            centres=packed(result.centres),
        )
    prune(work.survey_id, run_id)


def save_newcomers(
    run_id: int, survey_id: int, answers: Mapping[int, str], found: Newcomers, codebook: Codebook
) -> int:
    """Add new answers to the result that is shown; `answers` are the texts that were read, by id, in order.

    Gives how many were added: an answer that was placed, changed or deleted meanwhile is left out.
    """
    ids = list(answers)
    with writing() as session:
        open_ids = placing.still_waiting(session, run_id, answers)
        placed = {placement.theme for placement in found.placements}
        named = [theme for theme in codebook.themes if theme.key in placed]
        theme_ids = theme_rows(session, survey_id, [FirstSeen(t.key, t.name, t.description) for t in named])
        rows = [row for row in idea_rows(run_id, ids, found, theme_ids, {}) if row[0]["answer_id"] in open_ids]
        insert_ideas(session, rows)
        themes_of: dict[int, list[int]] = {}
        for row, own in rows:
            if own:
                themes_of.setdefault(row["answer_id"], []).extend(placement["theme_id"] for placement in own)
        silent = {row["answer_id"] for row, _ in rows if row["status"] == "nonanswer"}
        placing.count_in(
            session, run_id, themes_of, ideas=len(rows) - len(silent), nonanswers=len(silent), answers=len(open_ids)
        )
    return len(open_ids)


def theme_rows(session: Session, survey_id: int, themes: Iterable[NamedTheme]) -> dict[str, int]:
    """The row of each theme: the one it had before, or a new one. Gives key -> id, of all the survey's themes."""
    known = {theme.key: theme for theme in session.scalars(select(Theme).where(Theme.survey_id == survey_id))}
    taken = [theme.colour for theme in known.values()]
    for theme in themes:
        if theme.key in known:
            continue
        colour = min(range(1, COLOURS + 1), key=lambda colour: (taken.count(colour), colour))
        taken.append(colour)
        known[theme.key] = Theme(
            survey_id=survey_id,
            key=theme.key,
            origin=theme.origin,
            name=theme.name,
            description=theme.description,
            colour=colour,
        )
        session.add(known[theme.key])
    session.flush()
    return {key: theme.id for key, theme in known.items()}


def quoted(result: Analysis) -> dict[tuple[int, str], int]:
    """The place of each quote in its theme, by (idea, theme key)."""
    return {(idea, theme.key): place for theme in result.themes for place, idea in enumerate(theme.quotes)}


def idea_rows(
    run_id: int,
    ids: Sequence[int],
    found: Analysis | Newcomers,
    theme_ids: Mapping[str, int],
    quotes: Mapping[tuple[int, str], int],
) -> Iterator[IdeaRow]:
    """Each idea as a row, with the rows of its placements (which still lack the idea's id). `ids` are the answers'."""
    placements: dict[int, list[dict[str, Any]]] = {}
    for placement in found.placements:
        placements.setdefault(placement.idea, []).append(
            {
                "theme_id": theme_ids[placement.theme],
                "strength": float(placement.strength),
                "quote": quotes.get((placement.idea, placement.theme)),
            }
        )
    for number, idea in enumerate(found.ideas):
        status = "placed" if number in placements else "unplaced"
        row = {"run_id": run_id, "answer_id": ids[idea.answer], "starts": idea.start, "ends": idea.end}
        yield {**row, "status": status}, placements.get(number, [])
    for answer in found.nonanswers:
        row = {"run_id": run_id, "answer_id": ids[answer], "starts": 0, "ends": 0}
        yield {**row, "status": "nonanswer"}, []


def insert_ideas(session: Session, rows: Sequence[IdeaRow]) -> None:
    """Insert ideas with their placements; those of an answer that was deleted meanwhile are left out."""
    wanted = {row["answer_id"] for row, _ in rows}
    there = set(session.scalars(select(Answer.id).where(Answer.id.in_(wanted))))
    kept = [(row, placements) for row, placements in rows if row["answer_id"] in there]
    if not kept:
        return
    ids = session.scalars(insert(Idea).returning(Idea.id, sort_by_parameter_order=True), [row for row, _ in kept])
    placed = [
        {**placement, "idea_id": idea_id}
        for idea_id, (_, placements) in zip(ids, kept, strict=True)
        for placement in placements
    ]
    if placed:
        session.execute(insert(Placement), placed)


def what_changed(work: Work, result: Analysis) -> list[dict[str, str | int | None]]:
    """What a run changed against the result shown before it, theme by theme."""
    members: dict[str, set[str]] = {}
    for placement in result.placements:
        members.setdefault(placement.theme, set()).add(fold(result.ideas[placement.idea].text))
    before = [Snapshot(theme.key, theme.people, theme.members) for theme in work.shown]
    after = [Snapshot(theme.key, theme.people, frozenset(members[theme.key])) for theme in result.themes]
    return [asdict(change) for change in changes(before, after)]


def compared(work: Work, result: Analysis) -> dict[str, Any]:
    """Themes across the kinds of relationship people had in mind. "Any kind" is no group of its own."""
    silent = set(result.nonanswers)
    people = [answer for answer in range(len(work.ids)) if answer not in silent]
    number = {answer: place for place, answer in enumerate(people)}
    named: dict[str, set[int]] = {theme.key: set() for theme in result.themes}
    for placement in result.placements:
        named[placement.theme].add(number[result.ideas[placement.idea].answer])
    kinds = [None if work.kinds[answer] == ANY_KIND else work.kinds[answer] for answer in people]
    return asdict(compare(kinds, named))


def span_of(work: Work, idea: FoundIdea) -> tuple[int, int, int]:
    """An idea as the database knows it: the answer's id and the span."""
    return work.ids[idea.answer], idea.start, idea.end


def packed(centres: Centres) -> bytes:
    """The centres of a result as bytes, for placing new answers until the next run."""
    file = io.BytesIO()
    np.savez(file, keys=np.array(centres.keys, dtype=np.str_), vectors=centres.vectors, shared=centres.shared)
    return file.getvalue()


def unpacked(content: bytes) -> Centres:
    """The centres that `packed` wrote."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return Centres(tuple(map(str, file["keys"])), file["vectors"], file["shared"])


def prune(survey_id: int, keep: int) -> None:
    """Remove the ideas of results that are no longer shown, a few at a time so that nobody waits for it."""
    while True:
        with writing() as session:
            old = list(
                session.scalars(
                    select(Idea.id)
                    .join(Run, Run.id == Idea.run_id)
                    .where(Run.survey_id == survey_id, Run.id != keep, Run.state.in_(["finished", "failed"]))
                    .limit(ROWS_AT_ONCE)
                )
            )
            if not old:
                return
            session.execute(delete(Idea).where(Idea.id.in_(old)).execution_options(synchronize_session=False))
