"""What Today says of proposals and of findings that were taken by themselves, in one line each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from survey.core.database import db, now
from survey.core.i18n import ngettext
from survey.core.models import Survey
from survey.edits import proposals
from survey.edits.models import Edit, Proposal
from survey.web.formatting import number

NEWS = timedelta(days=14)
"""How long Today speaks of a finding that was taken by itself"""


@dataclass(frozen=True, slots=True)
class TakenFinding:
    """Themes that were found again by themselves: the edit that takes them back, and what they changed."""

    edit_id: int
    made_at: datetime
    new: int
    gone: int
    people: int
    """How many people are in another theme since"""


def waiting_line(survey: Survey) -> str | None:
    """Return what the proposal that waits would change, in one line; None if none waits."""
    proposal = proposals.waiting(survey)
    return None if proposal is None else in_one_line(proposal)


def in_one_line(proposal: Proposal) -> str:
    """Return what a proposal would change: "2 themes would begin, 1 theme would end"."""
    kinds = Counter(change["kind"] for change in proposal.changes)
    begin, end, merged = kinds["new"] + kinds["split"], kinds["gone"], kinds["merged"]
    moved = sum(change["people"] for change in proposal.changes if change["kind"] == "moved")
    words = []
    if begin:
        words.append(ngettext("%(n)s theme would begin", "%(n)s themes would begin", begin, n=number(begin)))
    if end:
        words.append(ngettext("%(n)s theme would end", "%(n)s themes would end", end, n=number(end)))
    if merged:
        words.append(
            ngettext("%(n)s theme would go into another", "%(n)s themes would go into others", merged, n=number(merged))
        )
    if moved:
        words.append(
            ngettext("%(n)s person would change places", "%(n)s people would change places", moved, n=number(moved))
        )
    return ", ".join(words)


def taken_finding(survey: Survey) -> TakenFinding | None:
    """Return the last finding that was taken by itself, if it is news: the newest change of all, and not taken back."""
    edit = db.session.scalar(select(Edit).where(Edit.survey_id == survey.id).order_by(Edit.id.desc()).limit(1))
    if edit is None or edit.action != "found" or edit.undone_at is not None or edit.made_at < now() - NEWS:
        return None
    details = edit.details or {}
    return TakenFinding(edit.id, edit.made_at, *(int(details.get(key, 0)) for key in ("new", "gone", "people")))
