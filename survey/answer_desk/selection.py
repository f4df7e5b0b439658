"""Which answers a form of the Answers page is about: those ticked, or all that matched when the page was shown."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from werkzeug.datastructures import MultiDict

from survey.answer_desk import matching
from survey.answer_desk.answer_filter import MAX_ID, AnswerFilter
from survey.answer_desk.matching import Extent
from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Answer, Survey
from survey.web.formatting import number

MAX_TICKED = 200
_SEAL = re.compile(r"(\d{1,9})\.(\d{1,18})\.(\d{1,18})\.([0-9a-f]{16})", re.ASCII)
_PUBLIC_ID = re.compile(r"[0-9a-f]{16}")


class SelectionRefused(Exception):
    """Nothing is selected, or not what the owner saw; the message says so, and nothing is done."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The answers that something is to be done with."""

    wanted: AnswerFilter
    """The filter of the list they were selected in"""
    conditions: list[ColumnElement[bool]]
    """Which answers of the survey they are"""
    count: int
    is_all: bool
    came_since: int = 0
    """How many match that came since the page was shown; they are not selected"""


def request_key(form: MultiDict[str, str]) -> str:
    """Return a key of what a form asks for: the same when it is sent again, another from a page that is shown anew."""
    fields = [form.get(name, "") for name in ("once", "do", "target", "list", "all", "fits")]
    named = fields if form.get("all") else [*fields, *sorted(set(form.getlist("answer")))]
    return hashlib.sha256("\n".join(named).encode("utf-8", "replace")).hexdigest()[:32]


def seal(survey: Survey, extent: Extent) -> str:
    """Return what a page says of all that match: how many, the sum of their ids, and the newest answer there is.

    So answers that come later are told from them, also where SQLite gives the id of a deleted answer anew.
    """
    last = _newest(survey)
    return "" if last is None else f"{extent.count}.{extent.total}.{last[0]}.{last[1]}"


def all_now(survey: Survey, wanted: AnswerFilter) -> Selection:
    """Return all answers that match at this moment."""
    last = _newest(survey)
    last_id = last[0] if last else 0
    count = matching.extent(survey, wanted, up_to=last_id).count
    return Selection(wanted, matching.all_matching(survey, wanted, last_id), count, is_all=True)


def read(survey: Survey, form: MultiDict[str, str]) -> Selection:
    """Return what is selected in a form. Raises SelectionRefused."""
    wanted = AnswerFilter.parse(form.get("list", ""))
    return _all(survey, wanted, form.get("fits", "")) if form.get("all") else _ticked(survey, wanted, form)


def _ticked(survey: Survey, wanted: AnswerFilter, form: MultiDict[str, str]) -> Selection:
    ids = list(dict.fromkeys(form.getlist("answer")))
    if not ids:
        raise SelectionRefused(gettext("Tick the answers first, or all that fit."))
    if len(ids) > MAX_TICKED:
        raise SelectionRefused(
            gettext(
                "Up to %(n)s answers can be ticked one by one. Narrow the list, and choose all that fit.",
                n=number(MAX_TICKED),
            )
        )
    known = [public_id for public_id in ids if _PUBLIC_ID.fullmatch(public_id)]
    conditions: list[ColumnElement[bool]] = [Answer.survey_id == survey.id, Answer.public_id.in_(known)]
    count = db.session.scalar(select(func.count()).where(*conditions)) or 0
    if not count:
        raise SelectionRefused(gettext("These answers are not there any more. Nothing was done."))
    return Selection(wanted, conditions, count, is_all=False)


def _all(survey: Survey, wanted: AnswerFilter, said: str) -> Selection:
    found = _SEAL.fullmatch(said)
    if found is None or int(found[3]) > MAX_ID:
        raise SelectionRefused(gettext("Tick the answers first, or all that fit."))
    count, total, last_id = (int(found[number]) for number in (1, 2, 3))
    newest = db.session.scalar(select(Answer.public_id).where(Answer.id == last_id, Answer.survey_id == survey.id))
    extent = matching.extent(survey, wanted, up_to=last_id)
    if newest != found[4] or extent != Extent(count, total):
        raise SelectionRefused(
            gettext("Other answers fit now than when you looked. Nothing was done: look again, and choose again.")
        )
    if not count:
        raise SelectionRefused(gettext("No answer fits."))
    since = matching.count_since(survey, wanted, last_id)
    return Selection(wanted, matching.all_matching(survey, wanted, last_id), count, True, since)


def _newest(survey: Survey) -> Any:
    own = Answer.survey_id + 0 == survey.id  # + 0: from the last row back, and not through an index of all of them
    return db.session.execute(
        select(Answer.id, Answer.public_id).where(own).order_by(Answer.id.desc()).limit(1)
    ).first()
