"""Record edits, and undo and redo them exactly.

The placements of an idea are what the last run found for it, with the changes of all edits that are not undone applied
in order. Undoing or redoing an edit takes the changes of its ideas back to where they began and applies those that hold
now again, so that it means the same at the end of the log and in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from survey.core.database import batches, insert_new
from survey.core.models import Idea, Placement, Survey, ThemeResult
from survey.edits import replay
from survey.edits.idea_spans import Held, ShownIdea, with_placements
from survey.edits.models import BY_HAND, MARKS, Edit, IdeaChange
from survey.edits.replay import BY_HAND_STRENGTH, Logged, forward, logged, recorded, unwound
from survey.results.quotes import unsay
from survey.results.result_counts import count_difference, lock_results, recount, tally
from survey.runs import lifecycle as runs
from survey.runs.lookups import in_run, shown_run_id
from survey.web import access

BATCH_ROWS = 500
MAX_FEW = 2000
"""Answers of which an edit is counted by what it changed; after others its themes are counted again as a whole"""
ONE_STATEMENT = {"render_nulls": True}
"""SQLAlchemy would insert runs of rows with the same cells NULL by themselves: 7,000 statements for a large theme"""
KEPT_COLUMNS = ("rank", "wordings", "parent_id", "x", "y", "radius", "came_back", "re_runs", "tentative")
"""What a run says of a theme and counting again cannot; no words of answers, which may be deleted"""


class Move(NamedTuple):
    """An idea to be taken out of a theme (None: of none) and put into one (None: into none)."""

    idea: ShownIdea
    source_id: int | None
    target_id: int | None
    strength: float = BY_HAND_STRENGTH


def record(session: Session, survey_id: int, action: str, **values: Any) -> Edit:
    """Record an edit of whoever is at it in the log of a survey.

    The first one of an owner ends that findings are taken by themselves.
    """
    lock_results(session, survey_id)
    if action != "found" and not has_edits(session, survey_id):
        session.execute(update(Survey).where(Survey.id == survey_id).values(takes_findings=False))
    version, who = next_version(session, survey_id), access.actor()
    made_by = {"owner_id": who.owner_id, "owner_name": who.name}
    edit = Edit(survey_id=survey_id, action=action, version=version, **made_by, **values)
    session.add(edit)
    session.flush()
    return edit


def has_edits(session: Session, survey_id: int) -> bool:
    """Return whether the owner ever edited the themes of a survey."""
    return session.scalar(select(exists().where(Edit.survey_id == survey_id, Edit.action != "found"))) or False


def next_version(session: Session, survey_id: int) -> int:
    """Count one more change of a survey's log; return the number."""
    session.execute(update(Survey).where(Survey.id == survey_id).values(edit_version=Survey.edit_version + 1))
    return session.scalars(select(Survey.edit_version).where(Survey.id == survey_id)).one()


def apply(session: Session, edit: Edit, moves: Sequence[Move], *, taught: bool = False) -> int:
    """Move ideas in the result that is shown and record each for an edit; return how many changed.

    An idea that is not in its source any more is put into the target all the same, and nothing is taken out.
    """
    run_id = shown_run_id(session, edit.survey_id)
    rows: list[dict[str, Any]] = []
    before = {move.idea.id: move.idea for move in moves}
    after = {idea_id: idea._replace(placements=dict(idea.placements)) for idea_id, idea in before.items()}
    for move in moves:
        idea = move.idea
        place = (idea.answer_id, idea.starts, idea.ends)
        held = after[idea.id].placements
        if edit.action in MARKS and move.target_id is not None:
            row = replay.mark(held, place, move.target_id, MARKS[edit.action], edit_id=edit.id)
        else:
            ways = (move.source_id, move.target_id, move.strength)
            row = replay.move(held, place, *ways, edit_id=edit.id, action=edit.action)
        rows.append({**row, "taught": taught})
    if rows:
        session.execute(insert(IdeaChange), rows, execution_options=ONE_STATEMENT)
    _write_counted(session, edit, run_id, [*before.values()], [*after.values()])
    return len(rows)


def set_undone(session: Session, edit: Edit, undone: bool, moment: Any) -> None:
    """Take back the changes that an edit made in the placements, or make them again."""
    lock_results(session, edit.survey_id)
    run_id = shown_run_id(session, edit.survey_id)
    ideas, logs = _logged_ideas(session, run_id, edit.id)
    edit.undone_at, edit.undone_by = (moment, access.actor().name) if undone else (None, "")
    edit.version = next_version(session, edit.survey_id)
    before, after, revised = [], [], []
    for idea, log in zip(ideas, logs, strict=True):
        held = unwound(dict(idea.placements), log)
        said = {change.source_id: change.removed for change in log if change.edit_id == edit.id and change.removed}
        decided = False
        for change in log:
            if change.edit_id == edit.id:
                change.undone = undone
            if not change.undone:
                row = forward(held, change, decided=decided)
                if row != recorded(change):
                    revised.append(row)
                decided = decided or change.by_hand
        own = {
            theme_id: _as_said(idea.placements.get(theme_id), said.get(theme_id), new, edit.action)
            for theme_id, new in held.items()
        }
        before.append(idea)
        after.append(idea._replace(placements=own))
    if revised:
        session.execute(update(IdeaChange), revised)
    _write_counted(session, edit, run_id, before, after)
    if undone and run_id is not None:
        _restore_results(session, run_id, (edit.details or {}).get("results", {}))


def _as_said(stays: Held | None, said: Held | None, new: Held, action: str) -> Held:
    """Return a placement as it is after undoing or redoing an edit, by which it is `new`.

    What a run said since of one that `stays` is kept, and what it `said` before of one that comes back; a mark is what
    the edits make it, and where it goes, what it was a quote of it is a quote of again.
    """
    if stays is None:
        return replay.marked(said or new, new.against)
    if action not in MARKS:
        return stays
    return replay.marked(stays if stays.quote is not None else stays._replace(quote=new.quote), new.against)


def decided_by_hand() -> ColumnElement[bool]:
    """Return the condition that a change of an idea was decided by the owner, by an edit that holds."""
    return exists().where(
        Edit.id == IdeaChange.edit_id, Edit.undone_at.is_(None), Edit.action.in_(BY_HAND), ~IdeaChange.taught
    )


def request_evidence(session: Session, survey_id: int) -> int:
    """Request the run that learns from an edit and renews quotes and stability; return its id."""
    return runs.request_run(session, survey_id, "answers")


def _logged_ideas(session: Session, run_id: int | None, edit_id: int) -> tuple[list[ShownIdea], list[list[Logged]]]:
    """Return the ideas of an edit that are shown, and for each all its changes in the order they were made."""
    own = aliased(IdeaChange)
    of_edit = exists().where(own.edit_id == edit_id, own.answer_id == Idea.answer_id, own.starts == Idea.starts)
    rows = session.execute(
        select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends)
        .where(in_run(run_id), Idea.answer_id.in_(select(own.answer_id).where(own.edit_id == edit_id)), of_edit)
        .order_by(Idea.id)
    ).all()
    ideas = with_placements(session, [ShownIdea(*row, {}) for row in rows])
    logs: dict[tuple[int, int], list[Logged]] = {}
    changes = session.execute(
        select(*IdeaChange.__table__.columns, Edit.action, Edit.undone_at)
        .join(Edit, Edit.id == IdeaChange.edit_id)
        .where(
            tuple_(IdeaChange.answer_id, IdeaChange.starts).in_(
                select(own.answer_id, own.starts).where(own.edit_id == edit_id)
            )
        )
        .order_by(IdeaChange.id)
    )
    for row in changes:
        logs.setdefault((row.answer_id, row.starts), []).append(logged(row, row.action, row.undone_at is not None))
    return ideas, [logs[idea.answer_id, idea.starts] for idea in ideas]


def write_placements(session: Session, before: Sequence[ShownIdea], after: Sequence[ShownIdea]) -> set[int]:
    """Write the placements of ideas as they are after a change; return the themes they were or are in."""
    gone: list[dict[str, int]] = []
    new: list[dict[str, Any]] = []
    themes: set[int] = set()
    status: dict[bool, list[int]] = {True: [], False: []}
    for old, now in zip(before, after, strict=True):
        if old.placements == now.placements:
            continue
        status[bool(now.placements)].append(old.id)
        for theme_id, held in old.placements.items():
            if now.placements.get(theme_id) != held:
                gone.append({"idea": old.id, "theme": theme_id})
                themes.add(theme_id)
        for theme_id, held in now.placements.items():
            if old.placements.get(theme_id) != held:
                new.append({"idea_id": old.id, "theme_id": theme_id, **held._asdict()})
                themes.add(theme_id)
    for theme_id in {row["theme"] for row in gone}:
        for batch in batches((row["idea"] for row in gone if row["theme"] == theme_id), BATCH_ROWS):
            session.execute(
                delete(Placement)
                .where(Placement.theme_id == theme_id, Placement.idea_id.in_(batch))
                .execution_options(synchronize_session=False)
            )
    if new:
        session.execute(insert(Placement), new, execution_options=ONE_STATEMENT)
    for placed, ids in status.items():
        for batch in batches(ids, BATCH_ROWS):
            session.execute(
                update(Idea)
                .where(Idea.id.in_(batch))
                .values(status="placed" if placed else "unplaced")
                .execution_options(synchronize_session=False)
            )
    return themes


def _write_counted(
    session: Session, edit: Edit, run_id: int | None, before: Sequence[ShownIdea], after: Sequence[ShownIdea]
) -> None:
    """Write placements and their counts, and keep with the edit what a run said of the themes that it emptied."""
    answers = {old.answer_id for old, new in zip(before, after, strict=True) if old.placements != new.placements}
    had = tally(session, run_id, answers) if run_id is not None and len(answers) <= MAX_FEW else None
    themes = write_placements(session, before, after)
    _unsay(session, before, after)
    if run_id is None or not themes:
        return
    said = results_of(session, run_id, themes)
    if had is None:
        recount(session, run_id, themes)
    else:
        count_difference(session, run_id, had, tally(session, run_id, answers))
    left = set(results_of(session, run_id, themes))
    emptied = {str(theme_id): row for theme_id, row in said.items() if theme_id not in left}
    if emptied:
        details = edit.details or {}
        edit.details = details | {"results": details.get("results", {}) | emptied}
        session.flush()


def _unsay(session: Session, before: Sequence[ShownIdea], after: Sequence[ShownIdea]) -> None:
    """Let themes quote no more, in their descriptions, what left them or argues against them now."""
    left: dict[int, set[int]] = {}
    for old, new in zip(before, after, strict=True):
        for theme_id, held in old.placements.items():
            now = new.placements.get(theme_id)
            if now is None or (now.against and not held.against):
                left.setdefault(theme_id, set()).add(old.answer_id)
    for theme_id in sorted(left):
        unsay(session, [theme_id], left[theme_id])


def results_of(session: Session, run_id: int, themes: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """Return what a run says of themes and of their sub-themes, by theme."""
    wanted = list(themes)
    rows = session.execute(
        select(ThemeResult.theme_id, *(getattr(ThemeResult, column) for column in KEPT_COLUMNS)).where(
            ThemeResult.run_id == run_id, or_(ThemeResult.theme_id.in_(wanted), ThemeResult.parent_id.in_(wanted))
        )
    )
    return {row.theme_id: {column: getattr(row, column) for column in KEPT_COLUMNS} for row in rows}


def _restore_results(session: Session, run_id: int, said: Mapping[str, Mapping[str, Any]]) -> None:
    """Say of themes that are back what a run said of them; sub-themes are counted with the themes they are in."""
    parts = [(int(theme_id), row) for theme_id, row in said.items() if row["parent_id"] is not None]
    if parts:
        back = [{"run_id": run_id, "theme_id": theme_id, "people": 0, "mentions": 0, **row} for theme_id, row in parts]
        insert_new(session, ThemeResult, back)
        recount(session, run_id, {row["parent_id"] for _, row in parts})
    for theme_id, row in said.items():
        own = (ThemeResult.run_id == run_id) & (ThemeResult.theme_id == int(theme_id))
        session.execute(update(ThemeResult).where(own).values(**row))
