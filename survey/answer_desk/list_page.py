"""The Answers page: the answers that match a filter, what was done last, and the forms to do more."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import render_template, request, session
from sqlalchemy import select

from survey.answer_desk import answer_list, filter_choices, matching, selection
from survey.answer_desk.answer_filter import NO_THEME, AnswerFilter, Cursor
from survey.answers import bursts, moderation
from survey.bulk_changes import changes as bulk_changes
from survey.bulk_changes.models import DELETE, MOVE, BulkChange
from survey.core.database import db
from survey.core.i18n import gettext, ngettext
from survey.core.models import Survey, Theme
from survey.curation import edit_history
from survey.results.visible_themes import all_themes
from survey.runs import counted_people
from survey.runs.counted_people import CountedPeople
from survey.runs.lookups import shown_run
from survey.web.formatting import listed, number

ANSWERS_PER_PAGE = 50
UNDO_KEY = "undo"
"""Of the session: the last decision, which the next page offers to undo"""
BULK = "many"


@dataclass(frozen=True, slots=True)
class Told:
    """What was done with many answers, in sentences, and whether it can be undone."""

    key: str
    sentences: list[str]
    can_undo: bool


def show(own: Survey, wanted: AnswerFilter, *, refused: str = "") -> str:
    """Render the page; `refused` says why nothing was done of what was sent, and what was ticked stays ticked."""
    after, before = Cursor.parse(request.args.get("after", "")), Cursor.parse(request.args.get("before", ""))
    page = matching.page(own, wanted, ANSWERS_PER_PAGE, after=after, before=before)
    counts = moderation.status_counts(own)
    offered = filter_choices.choices(own)
    alone = wanted.is_of_state_alone
    last = session.pop(UNDO_KEY, None)
    return render_template(
        "answer_desk/answers.html",
        survey=own,
        wanted=wanted,
        state=wanted.state,
        counts=counts,
        rows=answer_list.answer_rows(own, page.answers),
        page=page,
        matching=page.extent.count,
        seal=selection.seal(own, page.extent),
        bursts=bursts.list_bursts(own, wanted.state) if alone and wanted.state in moderation.STATUSES else [],
        reasons=answer_list.HOLD_REASONS,
        offered=offered,
        chips=filter_choices.chips(wanted, offered),
        notice=filter_choices.notice(own, wanted),
        about_people=_about_people(counted_people.count(own)),
        themes=all_themes(shown_run(own)),
        from_theme=dict(offered.theme).get(wanted.theme, "") if wanted.theme != NO_THEME else "",
        all_ticked=request.args.get("tick") == "all",
        ticked=set(request.form.getlist("answer")) if refused else set(),
        refused=refused,
        once=secrets.token_hex(8),
        undo=_undo(own.id, last),
        told=_told(own, last),
    )


def _about_people(counted: CountedPeople) -> str:
    """Say how many people are counted, where they are fewer than the answers, and why the others are not."""
    parts = [
        ngettext("%(n)s is held", "%(n)s are held", counted.held, n=number(counted.held)),
        ngettext("%(n)s is hidden", "%(n)s are hidden", counted.hidden, n=number(counted.hidden)),
        ngettext(
            "%(n)s says nothing to the question",
            "%(n)s say nothing to the question",
            counted.silent,
            n=number(counted.silent),
        ),
    ]
    why = [
        said for said, how_many in zip(parts, (counted.held, counted.hidden, counted.silent), strict=True) if how_many
    ]
    if not why:
        return ""
    people = ngettext("%(n)s person is counted", "%(n)s people are counted", counted.people, n=number(counted.people))
    return gettext("%(people)s: of the others, %(why)s.", people=people, why=listed(why))


def remember(own: Survey, key: str, came_since: int) -> None:
    """Have the next page say what was done with many answers."""
    session[UNDO_KEY] = [own.id, BULK, key, came_since]


def told(change: BulkChange, came_since: int = 0) -> Told:
    """Say how far a change of many answers is."""
    said = _in_progress(change) if not change.is_finished else _done(change)
    if came_since:
        said.append(
            ngettext(
                "%(n)s more came since you looked, and is not among them.",
                "%(n)s more came since you looked, and are not among them.",
                came_since,
                n=number(came_since),
            )
        )
    return Told(change.key, said, change.can_be_taken_back)


def _in_progress(change: BulkChange) -> list[str]:
    done, total = number(change.done), number(change.total)
    if change.is_taken_back:
        return [gettext("%(n)s of %(all)s are still to be put back.", n=done, all=total)]
    if change.action == DELETE:
        return [gettext("%(n)s of %(all)s are deleted.", n=done, all=total)]
    if change.action == MOVE:
        return [gettext("What %(n)s of %(all)s say is moved.", n=done, all=total)]
    if change.action == "shown":
        return [gettext("%(n)s of %(all)s are shown.", n=done, all=total)]
    if change.action == "held":
        return [gettext("%(n)s of %(all)s are held back.", n=done, all=total)]
    return [gettext("%(n)s of %(all)s are hidden.", n=done, all=total)]


def _done(change: BulkChange) -> list[str]:
    if change.action == MOVE:
        return [_moved(change)]
    if change.is_taken_back:
        return [_status_now("", change.total - change.changed), *_left(change.changed)]
    left = [] if change.action == DELETE else _left(change.total - change.changed)
    return [_status_now(change.action, change.changed), *left]


def _moved(change: BulkChange) -> str:
    move, n = change.move or {}, number(change.changed)
    made = [edit_id for edit_id, _ in move.get("edits", ())]
    if change.is_taken_back or not edit_history.any_holds(made):
        return ngettext(
            "%(n)s idea is back where it was.", "%(n)s ideas are back where they were.", change.changed, n=n
        )
    target = db.session.scalar(select(Theme.name).where(Theme.id == move.get("target")))
    if target is None:
        return ngettext(
            "%(n)s idea is in no theme now, and not put there again.",
            "%(n)s ideas are in no theme now, and not put there again.",
            change.changed,
            n=n,
        )
    return ngettext(
        "%(n)s idea is in %(theme)s now.", "%(n)s ideas are in %(theme)s now.", change.changed, n=n, theme=target
    )


def _left(count: int) -> list[str]:
    return [left_alone(count)] if count else []


def left_alone(count: int) -> str:
    """Say that so many answers were not changed, because somebody else decided about them meanwhile."""
    return ngettext(
        "%(n)s was changed by somebody meanwhile, and stays as it is.",
        "%(n)s were changed by somebody meanwhile, and stay as they are.",
        count,
        n=number(count),
    )


def _status_now(status: str, count: int) -> str:
    """Say what became of so many answers; "": they are as they were."""
    n = number(count)
    if status == DELETE:
        return ngettext("The answer is deleted for good.", "%(n)s answers are deleted for good.", count, n=n)
    if status == "shown":
        return ngettext("%(n)s answer is shown.", "%(n)s answers are shown.", count, n=n)
    if status == "held":
        return ngettext("%(n)s answer is held back.", "%(n)s answers are held back.", count, n=n)
    if status == "hidden":
        return ngettext("%(n)s answer is hidden.", "%(n)s answers are hidden.", count, n=n)
    return ngettext("%(n)s answer is back as before.", "%(n)s answers are back as before.", count, n=n)


def _undo(survey_id: int, last: object) -> moderation.Undo | None:
    """Return the last decision about one answer, or one burst, of this survey."""
    match last:
        case [int(made_in), (str() | None) as burst, (str() | None) as public_id, str(status), int(n), str(before)] if (
            made_in == survey_id
        ):
            return moderation.Undo(burst, public_id, status, n, before)
    return None


def _told(own: Survey, last: object) -> Told | None:
    """Return what was done last with many answers of this survey."""
    match last:
        case [int(made_in), "many", str(key), int(came_since)] if made_in == own.id:
            change = bulk_changes.find(own, key)
            return told(change, came_since) if change is not None else None
    return None
