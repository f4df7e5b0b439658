"""What came of a survey, in the words of its owner: stands on the theme page, and in the story of each answer."""

from __future__ import annotations

from survey.core.database import write_transaction
from survey.core.models import Survey
from survey.edits import deeds
from survey.web.form_fields import ChangedMeanwhile, state_of

MAX_CONCLUSION_CHARACTERS = 2000


def write_conclusion(survey_id: int, text: str, seen: str) -> None:
    """Set what readers are told came of a survey; nothing for an empty text.

    `seen` is the mark (`state_of`) of the text that this one is to replace. Raises ChangedMeanwhile where another
    stands there.
    """
    kept = text[:MAX_CONCLUSION_CHARACTERS]
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id, with_for_update={"key_share": True})
        if survey.conclusion == kept:
            return
        if state_of(survey.conclusion) != seen:
            raise ChangedMeanwhile
        survey.conclusion = kept
        deeds.record_settings(session, survey)
