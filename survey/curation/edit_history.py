"""The history of a survey's edits, and undoing and redoing any of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from survey.core.database import db, now, write_transaction
from survey.core.i18n import gettext
from survey.core.models import Answer, Run, Survey, Theme
from survey.edits import change_log
from survey.edits.follow_merges import follow_merges
from survey.edits.models import Edit, IdeaChange
from survey.edits.proposals import name_apart
from survey.results.result_counts import lock_results
from survey.runs import lifecycle as runs
from survey.runs.lookups import shown_names, shown_run_id
from survey.web import access

MAX_HISTORY = 50
FIELDS = {
    "rename": "name",
    "describe": "description",
    "hide": "hidden",
    "show": "hidden",
    "pin": "pinned",
    "unpin": "pinned",
    "promote": "origin",
}
"""The column of a theme that an action sets"""
VALUES: dict[str, tuple[Any, Any]] = {
    "hide": (False, True),
    "show": (True, False),
    "pin": (False, True),
    "unpin": (True, False),
    "promote": ("discovered", "codebook"),
}
"""What the column is after an action that sets one value, and before it where the edit does not say: it is older"""


@dataclass(frozen=True, slots=True)
class PastEdit:
    """An edit as the history lists it. `ideas` were moved by it, `taught` besides because of what it taught."""

    id: int
    made_at: datetime
    action: str
    theme: str | None
    target: str | None
    name: str | None
    undone: bool
    ideas: int = 0
    taught: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)
    """Of a finding: how many themes are `new` and `gone`, how many `people` moved; of a proposal: its `changes` that
    were accepted"""
    who: str = ""
    """The name of who made it; "" for a finding, a program, or where it was not stored"""
    undone_by: str = ""


def history(
    survey: Survey, *, offset: int = 0, limit: int = MAX_HISTORY, ids: Collection[int] | None = None
) -> list[PastEdit]:
    """Return edits of a survey, newest first: a page of all, or those with these ids."""
    target = aliased(Theme)
    wanted = (
        select(Edit, Theme.name, target.name)
        .outerjoin(Theme, Theme.id == Edit.theme_id)
        .outerjoin(target, target.id == Edit.target_id)
        .where(Edit.survey_id == survey.id)
        .order_by(Edit.id.desc())
    )
    wanted = wanted.offset(offset).limit(limit) if ids is None else wanted.where(Edit.id.in_(ids))
    rows = db.session.execute(wanted).all()
    moved = _moved([edit.id for edit, *_ in rows])
    return [
        PastEdit(
            edit.id,
            edit.made_at,
            edit.action,
            edit.name_before or theme,
            into,
            edit.name,
            edit.undone_at is not None,
            moved.get((edit.id, False), 0),
            moved.get((edit.id, True), 0),
            edit.details or {},
            edit.owner_name,
            edit.undone_by,
        )
        for edit, theme, into in rows
    ]


def past_edit(survey_id: int, edit_id: int) -> PastEdit:
    """Return an edit of a survey as the history lists it."""
    (edit,) = history(db.session.get_one(Survey, survey_id), ids=[edit_id])
    return edit


def undo(survey: Survey, edit_id: int) -> bool:
    """Take an edit back, and all that it taught; return whether there was one to take back."""
    return _toggle(survey, edit_id, undone=True)


def redo(survey: Survey, edit_id: int) -> bool:
    """Make an edit again that was taken back; return whether there was one."""
    return _toggle(survey, edit_id, undone=False)


def undo_within(session: Session, survey_id: int, edit_id: int) -> int | None:
    """Take an edit back inside a write transaction; return the run that was requested, None if it was taken back."""
    return _toggle_within(session, survey_id, edit_id, undone=True)


def last_undoable(survey: Survey) -> int | None:
    """Return the id of the newest edit that holds of whoever is at it; None if there is none.

    What others did, and findings, are undone in the history.
    """
    own = (Edit.survey_id == survey.id, Edit.owner_id == access.actor().owner_id, Edit.action != "found")
    return db.session.scalar(select(func.max(Edit.id)).where(*own, Edit.undone_at.is_(None)))


def said_of_undoing(survey: Survey, edit_id: int, moment: datetime) -> str:
    """Return what is said where what an edit did at a moment was taken back: whether all is as it was before it."""
    changed = exists().where(Edit.survey_id == survey.id, Edit.id > edit_id, Edit.undone_at.is_(None))
    came = exists().where(Answer.survey_id == survey.id, Answer.received_at > moment)
    if db.session.scalar(select(changed | came)):
        return gettext("It is taken back. What was changed or came in since stays.")
    return gettext("It is taken back, and all is as it was.")


def any_holds(edit_ids: Collection[int]) -> bool:
    """Return whether one of these edits is not taken back."""
    held = exists().where(Edit.id.in_(edit_ids), Edit.undone_at.is_(None))
    return db.session.scalar(select(held)) or False


def _moved(edit_ids: list[int]) -> dict[tuple[int, bool], int]:
    rows = db.session.execute(
        select(IdeaChange.edit_id, IdeaChange.taught, func.count())
        .where(IdeaChange.edit_id.in_(edit_ids))
        .group_by(IdeaChange.edit_id, IdeaChange.taught)
    )
    return {(edit_id, taught): count for edit_id, taught, count in rows}


def _toggle(survey: Survey, edit_id: int, *, undone: bool) -> bool:
    survey_id = survey.id
    with write_transaction() as session:
        run_id = _toggle_within(session, survey_id, edit_id, undone=undone)
    if run_id is not None:
        runs.enqueue(run_id)
    return run_id is not None


def _toggle_within(session: Session, survey_id: int, edit_id: int, *, undone: bool) -> int | None:
    lock_results(session, survey_id)
    edit = session.scalar(select(Edit).where(Edit.id == edit_id, Edit.survey_id == survey_id))
    if edit is None or (edit.undone_at is not None) == undone:
        return None
    named = shown_names(session, survey_id)
    if edit.action in FIELDS:
        _toggle_field(session, edit, undone)
    elif edit.action == "order":
        _toggle_order(session, edit, undone)
    if edit.action == "found" and undone:  # what is found next is not taken by itself either
        session.execute(update(Survey).where(Survey.id == survey_id).values(takes_findings=False))
    moment = now()
    change_log.set_undone(session, edit, undone, moment)
    if edit.action == "found":
        _tell_finding(session, survey_id)
    along = _marked_along(session, edit)
    if along is not None and (along.undone_at is not None) != undone:
        change_log.set_undone(session, along, undone, moment)
    follow_merges(session, survey_id)
    name_apart(session, survey_id, dict(shown_names(session, survey_id).items() - named.items()))
    finds = edit.action == "merge" and not session.scalar(
        select(func.count()).where(IdeaChange.edit_id == edit_id)
    )  # recorded by a version that did not keep what it moved
    return runs.request_run(session, survey_id, "owner" if finds else "answers", finds=finds)


def _tell_finding(session: Session, survey_id: int) -> None:
    """Have the result that is shown say which codebook its themes are found with now, and not what a run changed."""
    run_id = shown_run_id(session, survey_id)
    own = select(Edit).where(Edit.survey_id == survey_id, Edit.action == "found").order_by(Edit.id)
    found = [edit for edit in session.scalars(own) if "codebooks" in (edit.details or {})]
    if run_id is None or not found:
        return
    held = [edit for edit in found if edit.undone_at is None]
    before, after = ((held or found)[-1 if held else 0].details or {})["codebooks"]
    run = session.get_one(Run, run_id, populate_existing=True)
    run.changes, run.settings = [], run.settings | {"codebook": after if held else before}


def _marked_along(session: Session, edit: Edit) -> Edit | None:
    """Return the edit by which a merge took along what was said of ideas; None if there is none."""
    if edit.action != "merge":
        return None
    own = (Edit.survey_id == edit.survey_id, Edit.action == "opposite", Edit.made_at == edit.made_at)
    return session.scalar(select(Edit).where(*own, Edit.theme_id == edit.target_id).limit(1))


def _toggle_field(session: Session, edit: Edit, undone: bool) -> None:
    """Set a column of the theme to what it was before the edit, or after it, unless a later edit set it."""
    column = FIELDS[edit.action]
    theme = session.get(Theme, edit.theme_id) if edit.theme_id else None
    if theme is None:
        return
    later = session.scalar(_held(theme.id, column).where(Edit.id > edit.id).order_by(Edit.id).limit(1))
    if not undone:
        _set_before(edit, getattr(theme, column) if later is None else _values(later)[0])
    before, after = _values(edit)
    if later is not None:
        _set_before(later, before if undone else after)
    else:
        setattr(theme, column, before if undone else after)


def made_already(session: Session, theme: Theme, action: str, value: Any) -> int | None:
    """Return the edit that holds and gave a theme the value that an action is to give it; None if it has another."""
    column = FIELDS[action]
    last = session.scalar(_held(theme.id, column).order_by(Edit.id.desc()).limit(1))
    return last.id if last is not None and getattr(theme, column) == value == _values(last)[1] else None


def _held(theme_id: int, column: str) -> Select[Edit]:
    """Select the edits that hold and set a column of a theme."""
    actions = [action for action, own in FIELDS.items() if own == column]
    return select(Edit).where(Edit.theme_id == theme_id, Edit.undone_at.is_(None), Edit.action.in_(actions))


def _values(edit: Edit) -> tuple[Any, Any]:
    """Return what the column of an edit was before and after it."""
    if edit.action == "rename":
        return edit.name_before, edit.name
    details = edit.details or {}
    before, after = VALUES.get(edit.action, (None, details.get("after")))
    return details.get("before", before), after


def _set_before(edit: Edit, value: Any) -> None:
    if edit.action == "rename":
        edit.name_before = value
    else:
        edit.details = (edit.details or {}) | {"before": value}


def _toggle_order(session: Session, edit: Edit, undone: bool) -> None:
    """Set the place of each theme to what it was before the edit, or after it, unless a later edit set it."""
    own = (Edit.survey_id == edit.survey_id, Edit.action == "order", Edit.undone_at.is_(None))
    later = session.scalars(select(Edit).where(*own, Edit.id > edit.id).order_by(Edit.id)).all()
    for theme_id in _places(edit, "after"):
        theme = session.get(Theme, int(theme_id))
        if theme is None:
            continue
        following = next((other for other in later if theme_id in _places(other, "after")), None)
        if not undone:
            _set_place_before(
                edit, theme_id, _places(following, "before").get(theme_id) if following else theme.position
            )
        place = _places(edit, "before" if undone else "after").get(theme_id)
        if following is not None:
            _set_place_before(following, theme_id, place)
        else:
            theme.position = place


def _places(edit: Edit, side: str) -> dict[str, int | None]:
    places: dict[str, int | None] = (edit.details or {}).get(side, {})
    return places


def _set_place_before(edit: Edit, theme_id: str, place: int | None) -> None:
    edit.details = (edit.details or {}) | {"before": _places(edit, "before") | {theme_id: place}}
