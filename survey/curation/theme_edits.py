"""The owner's edits of themes: rename, merge, move, split, promote, hide, pin, and undo.

An edit is recorded and applied to the shown result in one transaction. Later runs replay the recorded edits
(survey/curation/edit_replay.py, analysis.known_themes.edits); undoing an edit requests a run.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, literal, select, true, update
from sqlalchemy.orm import Session, aliased

from survey.core.database import db, now, write_transaction
from survey.core.models import PALETTE_SIZE, Edit, EditIdea, Idea, Placement, Survey, Theme, ThemeResult
from survey.results.lookups import shown_run_id
from survey.results.result_counts import lock_results, recount
from survey.runs import lifecycle as runs

MAX_NAME_CHARACTERS = 60
MAX_HISTORY = 50
MAX_EXAMPLE_CHARACTERS = 120


class EditRefused(Exception):
    """An edit is refused; the message says why."""


def find_theme(survey: Survey, public_id: str) -> Theme | None:
    """Return the theme of a survey with this public id; None if there is none."""
    return db.session.scalar(select(Theme).where(Theme.survey_id == survey.id, Theme.public_id == public_id))


def rename(theme: Theme, name: str) -> None:
    """Rename a theme. Raises EditRefused if the name is taken or invalid."""
    theme_id, name = theme.id, _checked(name)
    with write_transaction() as session:
        theme = session.get_one(Theme, theme_id)
        _refuse_taken(session, theme.survey_id, name, but=theme_id)
        edit = _record(session, theme, "rename", name=name, name_before=theme.name)
        if theme.origin == "discovered":
            _keep(session, edit, _ideas_of(session, theme.survey_id, theme_id))
        theme.name = name


def merge(theme: Theme, target: Theme) -> None:
    """Merge a theme into another. Raises EditRefused if they are the same."""
    if theme.id == target.id:
        raise EditRefused("Choose another theme to merge it with.")
    theme_id, target_id, survey_id = theme.id, target.id, theme.survey_id
    with write_transaction() as session:
        edit = _record(session, session.get_one(Theme, theme_id), "merge", target_id=target_id)
        for part in (theme_id, target_id):
            _keep(session, edit, _ideas_of(session, survey_id, part))
        run_id = shown_run_id(session, survey_id)
        already = aliased(Placement)
        there = exists().where(already.idea_id == Placement.idea_id, already.theme_id == target_id)
        own = select(Idea.id).where(Idea.run_id == run_id)
        session.execute(
            update(Placement)
            .where(Placement.theme_id == theme_id, Placement.idea_id.in_(own), ~there)
            .values(theme_id=target_id, quote=None, part_id=None)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            delete(Placement)
            .where(Placement.theme_id == theme_id, Placement.idea_id.in_(own))
            .execution_options(synchronize_session=False)
        )
        recount(session, run_id, [theme_id, target_id])


def move(idea: Idea, source: Theme | None, target: Theme) -> None:
    """Move an idea to another theme; `source` is None for an unplaced idea. Raises EditRefused if they are the same."""
    if source is not None and source.id == target.id:
        raise EditRefused("It is in that theme already.")
    idea_id, source_id, target_id = idea.id, source.id if source else None, target.id
    with write_transaction() as session:
        edit = _record(session, session.get_one(Theme, target_id), "move", target_id=target_id)
        edit.theme_id = source_id
        session.flush()
        _keep(session, edit, select(Idea.answer_id, Idea.starts, Idea.ends).where(Idea.id == idea_id))
        run_id = session.scalars(select(Idea.run_id).where(Idea.id == idea_id)).one()
        session.execute(
            delete(Placement).where(Placement.idea_id == idea_id, Placement.theme_id.in_([source_id, target_id]))
        )
        session.add(Placement(idea_id=idea_id, theme_id=target_id, strength=1.0))
        session.execute(update(Idea).where(Idea.id == idea_id).values(status="placed"))
        session.flush()
        recount(session, run_id, [target_id] if source_id is None else [source_id, target_id])


def split(theme: Theme, name: str, ideas: Sequence[Idea]) -> None:
    """Split ideas off into a new theme. Raises EditRefused if the name is taken or invalid, or no idea is chosen."""
    theme_id, survey_id, name, ids = theme.id, theme.survey_id, _checked(name), [idea.id for idea in ideas]
    with write_transaction() as session:
        run_id = shown_run_id(session, survey_id)
        chosen = (Idea.run_id == run_id) & (Placement.theme_id == theme_id) & Idea.id.in_(ids)
        _split(session, session.get_one(Theme, theme_id), name, chosen)


def split_part(theme: Theme, part: Theme) -> None:
    """Split a sub-theme off into a theme. Raises EditRefused if another theme has its name."""
    theme_id, part_id, survey_id = theme.id, part.id, theme.survey_id
    with write_transaction() as session:
        run_id = shown_run_id(session, survey_id)
        chosen = (Idea.run_id == run_id) & (Placement.theme_id == theme_id) & (Placement.part_id == part_id)
        _split(session, session.get_one(Theme, theme_id), session.get_one(Theme, part_id).name, chosen)


def promote(theme: Theme) -> None:
    """Add a discovered theme to the codebook, with its ideas as examples. Raises EditRefused if it is a known theme."""
    theme_id = theme.id
    with write_transaction() as session:
        theme = session.get_one(Theme, theme_id)
        if theme.origin != "discovered":
            raise EditRefused("It is a known theme already.")
        edit = _record(session, theme, "promote")
        _keep(session, edit, _ideas_of(session, theme.survey_id, theme_id))
        theme.origin = "codebook"


def add_example(theme: Theme, phrase: str) -> None:
    """Add an example phrase to a theme and request a run. Raises EditRefused if the phrase is invalid."""
    theme_id, survey_id, phrase = theme.id, theme.survey_id, " ".join(phrase.split())
    if not phrase or len(phrase) > MAX_EXAMPLE_CHARACTERS or "\0" in phrase:
        raise EditRefused(f"An example has 1 to {MAX_EXAMPLE_CHARACTERS} characters.")
    with write_transaction() as session:
        _record(session, session.get_one(Theme, theme_id), "example", name=phrase)
        run_id = runs.request_run(session, survey_id, "owner")
    runs.enqueue(run_id)


def set_hidden(theme: Theme, hidden: bool) -> None:
    """Hide a theme from readers, or show it again."""
    theme_id = theme.id
    with write_transaction() as session:
        theme = session.get_one(Theme, theme_id)
        theme.hidden = hidden
        _record(session, theme, "hide" if hidden else "show")


def set_pinned(theme: Theme, pinned: bool) -> None:
    """Pin a theme before all others, or unpin it."""
    theme_id = theme.id
    with write_transaction() as session:
        theme = session.get_one(Theme, theme_id)
        theme.pinned = pinned
        _record(session, theme, "pin" if pinned else "unpin")


def undo(survey: Survey, edit_id: int) -> bool:
    """Undo an edit: names, hiding and pins at once, the rest by a requested run. Return whether there was one."""
    survey_id = survey.id
    with write_transaction() as session:
        lock_results(session, survey_id)
        edit = session.scalar(
            select(Edit).where(Edit.id == edit_id, Edit.survey_id == survey_id, Edit.undone_at.is_(None))
        )
        if edit is None:
            return False
        edit.undone_at = now()
        theme = session.get(Theme, edit.theme_id) if edit.theme_id else None
        if theme is not None and edit.action == "rename" and edit.name_before:
            theme.name = edit.name_before
        if theme is not None and edit.action in ("hide", "show"):
            theme.hidden = edit.action == "show"
        if theme is not None and edit.action in ("pin", "unpin"):
            theme.pinned = edit.action == "unpin"
        if theme is not None and edit.action == "promote":
            theme.origin = "discovered"
        run_id = runs.request_run(session, survey_id, "owner")
    runs.enqueue(run_id)
    return True


@dataclass(frozen=True, slots=True)
class PastEdit:
    """An edit as the history lists it."""

    id: int
    made_at: datetime
    action: str
    theme: str | None
    target: str | None
    name: str | None
    undone: bool


def history(survey: Survey) -> list[PastEdit]:
    """Return the newest MAX_HISTORY edits of a survey, newest first."""
    target = aliased(Theme)
    rows = db.session.execute(
        select(Edit, Theme.name, target.name)
        .outerjoin(Theme, Theme.id == Edit.theme_id)
        .outerjoin(target, target.id == Edit.target_id)
        .where(Edit.survey_id == survey.id)
        .order_by(Edit.id.desc())
        .limit(MAX_HISTORY)
    )
    return [
        PastEdit(
            edit.id, edit.made_at, edit.action, edit.name_before or theme, into, edit.name, edit.undone_at is not None
        )
        for edit, theme, into in rows
    ]


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_CHARACTERS or "\0" in name:
        raise EditRefused(f"A name has 1 to {MAX_NAME_CHARACTERS} characters.")
    return name


def _refuse_taken(session: Session, survey_id: int, name: str, *, but: int | None = None) -> None:
    taken = (
        select(Theme.id)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(
            Theme.survey_id == survey_id,
            Theme.id != but if but is not None else true(),
            func.lower(Theme.name) == name.lower(),
            ThemeResult.run_id == shown_run_id(session, survey_id),
            ThemeResult.parent_id.is_(None),
        )
    )
    if session.scalar(taken) is not None:
        raise EditRefused(f"Another theme is called {name}. Merge the two, or choose a different name.")


def _split(session: Session, theme: Theme, name: str, chosen: ColumnElement[bool]) -> None:
    """Move the chosen ideas of a theme to a new one with this name."""
    lock_results(session, theme.survey_id)
    _refuse_taken(session, theme.survey_id, name)
    ids = session.scalars(select(Idea.id).join(Placement, Placement.idea_id == Idea.id).where(chosen)).all()
    if not ids:
        raise EditRefused("Choose at least one idea for the new theme.")
    new = Theme(
        survey_id=theme.survey_id,
        key=f"split-{secrets.token_hex(8)}",
        origin="discovered",
        name=name,
        colour=theme.colour % PALETTE_SIZE + 1,
    )
    session.add(new)
    session.flush()
    edit = _record(session, theme, "split", target_id=new.id, name=name)
    _keep(session, edit, select(Idea.answer_id, Idea.starts, Idea.ends).where(Idea.id.in_(ids)))
    session.execute(
        update(Placement)
        .where(Placement.theme_id == theme.id, Placement.idea_id.in_(ids))
        .values(theme_id=new.id, part_id=None, quote=None)
        .execution_options(synchronize_session=False)
    )
    recount(session, shown_run_id(session, theme.survey_id), [theme.id, new.id])


def _record(session: Session, theme: Theme, action: str, **values: object) -> Edit:
    lock_results(session, theme.survey_id)
    edit = Edit(survey_id=theme.survey_id, theme_id=theme.id, action=action, **values)
    session.add(edit)
    session.flush()
    return edit


def _ideas_of(session: Session, survey_id: int, theme_id: int) -> Select[int, int, int]:
    """Select the answer and character range of each idea that is in a theme now."""
    return (
        select(Idea.answer_id, Idea.starts, Idea.ends)
        .join(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == shown_run_id(session, survey_id), Placement.theme_id == theme_id)
    )


def _keep(session: Session, edit: Edit, ideas: Select[int, int, int]) -> None:
    """Record the ideas that an edit is about, so that later runs keep them where it puts them."""
    found = ideas.subquery()
    kept = exists().where(
        EditIdea.edit_id == edit.id, EditIdea.answer_id == found.c.answer_id, EditIdea.starts == found.c.starts
    )
    rows = select(literal(edit.id), found.c.answer_id, found.c.starts, found.c.ends).where(~kept).distinct()
    session.execute(insert(EditIdea).from_select(["edit_id", "answer_id", "starts", "ends"], rows))
