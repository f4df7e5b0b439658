"""Changing a survey's own words, its kinds among them, without overwriting what another window kept meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey.core import respondent_kinds
from survey.core.database import write_transaction
from survey.core.models import Survey
from survey.edits import deeds
from survey.looks import words
from survey.web.form_fields import ChangedMeanwhile, state_of


def state(survey: Survey) -> str:
    """Return what stands in a form, to know later whether the words are still those that it showed."""
    return state_of([survey.words, survey.kinds_asked, respondent_kinds.own_labels(survey)])


def change(survey_id: int, typed: Mapping[str, str], *, asked: bool, kinds: Sequence[str], seen: str) -> None:
    """Keep the words of a survey, whether a kind is asked, and its own kinds. Raises ChangedMeanwhile."""
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id, with_for_update={"key_share": True})
        kept = words.tidied(typed)
        if state(survey) != seen:
            raise ChangedMeanwhile
        survey.words, survey.kinds_asked = kept, asked
        respondent_kinds.update_survey(session, survey, kinds)
        deeds.record_settings(session, survey)
