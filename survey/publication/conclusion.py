"""What came of a survey, in the words of its owner: stands on the theme page, and in the story of each answer."""

from __future__ import annotations

from survey.core.database import write_transaction
from survey.core.models import Survey
from survey.edits import deeds

MAX_CONCLUSION_CHARACTERS = 2000


def write_conclusion(survey_id: int, text: str) -> None:
    """Set what readers are told came of a survey; nothing for an empty text."""
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id)
        survey.conclusion = text[:MAX_CONCLUSION_CHARACTERS]
        deeds.record_settings(session, survey)
