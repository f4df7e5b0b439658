"""What came of a survey, in the words of its owner: stands on the theme page, and in the story of each answer."""

from __future__ import annotations

import hashlib

from survey.core.database import write_transaction
from survey.core.models import Survey
from survey.edits import deeds

MAX_CONCLUSION_CHARACTERS = 2000


class ChangedMeanwhile(Exception):
    """Another window, or another person, kept other words since this form was opened. Nothing was changed."""


def state(text: str) -> str:
    """Return what stands in a form, to know later whether the text is still that which it showed."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_conclusion(survey_id: int, text: str, seen: str) -> None:
    """Set what readers are told came of a survey; nothing for an empty text.

    `seen` is the state of the text that this one is to replace. Raises ChangedMeanwhile where another stands there.
    """
    kept = text[:MAX_CONCLUSION_CHARACTERS]
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id)
        if survey.conclusion == kept:
            return
        if state(survey.conclusion) != seen:
            raise ChangedMeanwhile
        survey.conclusion = kept
        deeds.record_settings(session, survey)
