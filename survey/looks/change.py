"""Changing a survey's own words, its kinds among them, without overwriting what another window kept meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from survey.core import respondent_kinds
from survey.core.database import write_transaction
from survey.core.models import Survey
from survey.edits import deeds
from survey.looks import words


class ChangedMeanwhile(Exception):
    """Another window, or another person, kept other words since this form was opened. Nothing was changed."""


def state(survey: Survey) -> str:
    """Return what stands in a form, to know later whether the words are still those that it showed."""
    shown = json.dumps([survey.words, survey.kinds_asked, respondent_kinds.own_labels(survey)], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


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
