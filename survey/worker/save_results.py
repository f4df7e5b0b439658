"""How the worker saves a result, and the new answers that it places beside one."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from analysis.discovery.theme_identity import Snapshot, theme_changes
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import PlacedAnswers
from analysis.results import Analysis, Centres
from analysis.results import Idea as FoundIdea
from analysis.results import Theme as FoundTheme
from analysis.text.normalise import fold
from survey.core.database import db, write_batch, write_transaction
from survey.core.models import PALETTE_SIZE, Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.results import daily_counts
from survey.results.result_counts import lock_results, recount
from survey.runs import lifecycle as runs
from survey.worker import new_answers, run_inputs, stale_names
from survey.worker.comparisons import across_kinds
from survey.worker.run_inputs import Work

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


def save(run_id: int, token: str, work: Work, result: Analysis, advice: Sequence[dict[str, Any]] = ()) -> None:
    """Keep a result, `advice` being what came of the lists: rows in short transactions under the run's id, then one
    that makes them the shown ones.
    """
    with write_transaction() as session:
        runs.hold(session, run_id, token, stage="saving", done=0, total=len(result.ideas))
        theme_ids = theme_rows(session, work.survey_id, result.themes)
        for theme in result.themes:
            theme_ids |= theme_rows(session, work.survey_id, theme.parts, colour_of=theme.key)
    rows = list(idea_rows(run_id, work.ids, result, theme_ids, quoted(result)))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        with write_batch() as session:
            runs.hold(session, run_id, token, stage="saving", done=start, total=len(rows))
            insert_ideas(session, part)
    came = daily_counts.counted(db.session, run_id)
    ids = select(Theme.id, Theme.public_id).where(Theme.survey_id == work.survey_id)
    public_ids = dict(db.session.execute(ids).all())
    # Worked out before the database is locked: others may have answers to write.
    old_names = stale_names.no_longer_said(work.survey_id, result.themes, work.texts)
    changed, comparison, centres = what_changed(work, result), across_kinds(work.kinds, result), packed(result.centres)
    answers_placed = {result.ideas[placement.idea].answer for placement in result.placements}
    with write_transaction() as session:
        lock_results(session, work.survey_id)
        gone = gone_since(session, session.get_one(Run, run_id), work)
        if result.themes:
            results = list(theme_results(run_id, result, theme_ids))
            for row in results:
                row["by_day"] = came.get(public_ids[row["theme_id"]], {}) if row["parent_id"] is None else None
            session.execute(insert(ThemeResult), results)
        runs.finish(
            session,
            run_id,
            token,
            answers=len(work.ids) - len(gone),
            ideas=sum(idea.answer not in gone for idea in result.ideas),
            nonanswers=len(set(result.nonanswers) - gone),
            placed=len(answers_placed - gone),
            model=result.model,
            settings=dict(result.settings),
            changes=changed,
            forming=[[list(span_of(work, result.ideas[idea])) for idea in group] for group in result.forming],
            saturation=asdict(result.saturation),
            comparison=comparison,
            advice=list(advice),
            centres=centres,
            by_day=daily_counts.counted(session, run_id, [])[daily_counts.EVERYBODY]
            if gone
            else came[daily_counts.EVERYBODY],
        )
        stale_names.rename(session, work.survey_id, result.themes, old_names)
        if gone:
            recount(session, run_id, [theme_ids[theme.key] for theme in result.themes])


def save_newcomers(
    run_id: int, survey_id: int, answers: Mapping[int, str], found: PlacedAnswers, codebook: Codebook
) -> int:
    """Add new answers to the result that is shown; `answers` are the texts that were read, by id, in order.

    Gives how many were added: an answer that was placed, changed or deleted meanwhile is left out.
    """
    ids = list(answers)
    with write_transaction() as session:
        open_ids = new_answers.still_waiting(session, run_id, answers)
        if not open_ids:
            return 0
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
        new_answers.count_in(
            session,
            run_id,
            themes_of,
            open_ids - silent,
            ideas=len(rows) - len(silent),
            nonanswers=len(silent),
            answers=len(open_ids),
        )
    return len(open_ids)


def gone_since(session: Session, run: Run, work: Work) -> set[int]:
    """Which of the answers that were read (by their place) must not be shown: deleted, held, hidden or changed since.

    What was saved of them is removed: the spans are of a text that is there no longer.
    """
    own = select(Answer.id, Answer.text).where(Answer.survey_id == work.survey_id, Answer.status == "shown")
    there: set[int] = set()
    # SQLite gives the id of a deleted answer to a new one, where none that came after it is there.
    if run_inputs.name_of(session, work.ids[-1:]) == work.newest:
        there |= set(session.scalars(own.with_only_columns(Answer.id).where(Answer.changed_at.is_(None))))
        own = own.where(Answer.changed_at.is_not(None))
    read = dict(zip(work.ids, work.texts, strict=True))
    # By the words: a clock that was put right between would let old ones pass.
    there |= {answer_id for answer_id, text in session.execute(own) if read.get(answer_id) == text}
    gone = {place for place, answer_id in enumerate(work.ids) if answer_id not in there}
    ids = sorted(work.ids[place] for place in gone)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        part = ids[start : start + ROWS_AT_ONCE]
        session.execute(
            delete(Idea)
            .where(Idea.run_id == run.id, Idea.answer_id.in_(part))
            .execution_options(synchronize_session=False)
        )
    return gone


def theme_results(run_id: int, result: Analysis, theme_ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """A row for what a run found of each theme, and of its sub-themes."""
    for rank, theme in enumerate(result.themes):
        x, y, radius = result.idea_map.patches.get(theme.key, (None, None, None))
        yield {
            **counts_of(theme),
            "run_id": run_id,
            "theme_id": theme_ids[theme.key],
            "parent_id": None,
            "rank": rank,
            "tentative": theme.stability.tentative,
            "x": x,
            "y": y,
            "radius": radius,
        }
        for place, part in enumerate(theme.parts):
            yield {
                **counts_of(part),
                "run_id": run_id,
                "theme_id": theme_ids[part.key],
                "parent_id": theme_ids[theme.key],
                "rank": place,
                "tentative": False,
                "x": None,
                "y": None,
                "radius": None,
            }


def counts_of(theme: FoundTheme) -> dict[str, Any]:
    """What is said of a theme and of a sub-theme alike."""
    return {
        "people": theme.people,
        "mentions": theme.mentions,
        "wordings": theme.wordings,
        "candidates": list(theme.candidates),
        "came_back": theme.stability.came_back,
        "re_runs": theme.stability.of,
    }


def theme_rows(
    session: Session, survey_id: int, themes: Iterable[NamedTheme], colour_of: str | None = None
) -> dict[str, int]:
    """The row of each theme: the one it had before, or a new one. Gives key -> id, of all the survey's themes.

    A new theme gets a colour that few have, a sub-theme that of its theme, whose key is `colour_of`.
    """
    known = {theme.key: theme for theme in session.scalars(select(Theme).where(Theme.survey_id == survey_id))}
    taken = [theme.colour for theme in known.values() if theme.origin != "part"]
    for theme in themes:
        if theme.key in known:
            continue
        colour = min(range(1, PALETTE_SIZE + 1), key=lambda colour: (taken.count(colour), colour))
        if colour_of is not None:
            colour = known[colour_of].colour
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
    found: Analysis | PlacedAnswers,
    theme_ids: Mapping[str, int],
    quotes: Mapping[tuple[int, str], int],
) -> Iterator[IdeaRow]:
    """Each idea as a row, with the rows of its placements (which still lack the idea's id). `ids` are the answers'."""
    places, nearest = (found.idea_map.places, found.nearest) if isinstance(found, Analysis) else ({}, {})
    placements: dict[int, list[dict[str, Any]]] = {}
    for placement in found.placements:
        placements.setdefault(placement.idea, []).append(
            {
                "theme_id": theme_ids[placement.theme],
                "strength": float(placement.strength),
                "quote": quotes.get((placement.idea, placement.theme)),
                "part_id": theme_ids[placement.part] if placement.part else None,
            }
        )
    for number, idea in enumerate(found.ideas):
        status = "placed" if number in placements else "unplaced"
        row: dict[str, Any] = {"run_id": run_id, "answer_id": ids[idea.answer]}
        row |= {"starts": idea.start, "ends": idea.end}
        x, y = places.get(number, (None, None))
        theme, nearness = nearest.get(number, (None, None))
        suggested = theme_ids[theme] if theme else None
        row |= {"status": status, "x": x, "y": y, "suggested_id": suggested, "nearness": nearness}
        yield row, placements.get(number, [])
    for answer in found.nonanswers:
        row = {"run_id": run_id, "answer_id": ids[answer], "starts": 0, "ends": 0}
        yield row | {"status": "nonanswer", "x": None, "y": None, "suggested_id": None, "nearness": None}, []


def insert_ideas(session: Session, rows: Sequence[IdeaRow]) -> None:
    """Insert ideas with their placements; those of an answer that was deleted meanwhile are left out."""
    wanted = {row["answer_id"] for row, _ in rows}
    own = select(Answer.id).where(Answer.id.in_(wanted), Answer.status == "shown").order_by(Answer.id)
    there = set(session.scalars(own.with_for_update(read=True, key_share=True)))  # none is deleted until this is done
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
    before = [Snapshot(theme.key, theme.people, theme.members) for theme in work.shown if theme.parent is None]
    after = [Snapshot(theme.key, theme.people, frozenset(members[theme.key])) for theme in result.themes]
    return [asdict(change) for change in theme_changes(before, after)]


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
    """Remove the ideas of results that are no longer shown, a few at a time so that nobody waits for it, and the names
    that were proposed in them. Nothing where the run to `keep` is not shown any more either.
    """
    with write_transaction() as session:
        stale_names.forget_candidates(session, survey_id, but=keep)
    while True:
        with write_batch() as session:
            old = list(
                session.scalars(
                    select(Idea.id)
                    .join(Run, Run.id == Idea.run_id)
                    .where(Run.survey_id == survey_id, Run.id != keep, Run.state.in_(["finished", "failed"]))
                    .where(exists().where(Survey.id == survey_id, Survey.current_run_id == keep))
                    .limit(ROWS_AT_ONCE)
                )
            )
            if not old:
                return
            session.execute(delete(Idea).where(Idea.id.in_(old)).execution_options(synchronize_session=False))
