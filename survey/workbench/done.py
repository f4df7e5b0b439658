"""The history of a survey: what was edited in its themes and what else was done, in one list by time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from survey.core.account_models import EDITOR, OWNER, READER
from survey.core.database import db
from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.curation import edit_history
from survey.curation.edit_history import PastEdit
from survey.edits import deeds
from survey.edits.models import Deed, Edit

ROLE_NAMES = {READER: N_("reader"), EDITOR: N_("editor"), OWNER: N_("owner")}
SETTING_NAMES = {
    "question": N_("the question"),
    "introduction": N_("why you ask"),
    "asker": N_("the asker’s name"),
    "language": N_("the language"),
    "slug": N_("the address"),
    "kinds_asked": N_("the kinds"),
    "own_kinds": N_("the kinds"),
    "codebook": N_("the known themes"),
    "opens_at": N_("when it opens"),
    "closes_at": N_("when it closes"),
    "closes_after": N_("when it closes"),
    "closed_at": N_("when it closes"),
    "hold_first": N_("reading answers first"),
    "takes_findings": N_("taking new findings by themselves"),
    "shows_check": N_("telling readers how right it is"),
    "words": N_("its own words"),
    "pictures": N_("its pictures"),
    "conclusion": N_("what came of it"),
    "time_zone": N_("the time zone"),
}
"""What settings are called in the history, by the columns of the survey"""
OTHER_SETTINGS = N_("other settings")


def name_settings(fields: Sequence[str]) -> list[str]:
    """Return what settings are called, by the columns they are in, each once."""
    return list(dict.fromkeys(gettext(SETTING_NAMES.get(field, OTHER_SETTINGS)) for field in fields))


def count(survey: Survey) -> tuple[int, int]:
    """Return the numbers of edits and of other deeds of a survey."""
    edits = db.session.scalar(select(func.count()).where(Edit.survey_id == survey.id)) or 0
    return edits, deeds.count(survey)


def lines(survey: Survey, *, only_themes: bool, offset: int, limit: int) -> Sequence[PastEdit | Deed]:
    """Return a page of the history, newest first: edits and deeds, or edits alone. Four queries at most."""
    if only_themes:
        return edit_history.history(survey, offset=offset, limit=limit)
    past = deeds.past(survey, offset=offset, limit=limit)
    edits = {edit.id: edit for edit in edit_history.history(survey, ids=[one.id for one in past if one.is_edit])}
    others = deeds.by_id(survey, [one.id for one in past if not one.is_edit])
    return [edits[one.id] if one.is_edit else others[one.id] for one in past]
