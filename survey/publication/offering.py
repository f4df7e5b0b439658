"""What the owner lets readers of the theme page download."""

from __future__ import annotations

from collections.abc import Collection

from survey.core.database import write_transaction
from survey.core.models import Survey
from survey.edits import deeds
from survey.results.reader_downloads import DOWNLOADS, MAX_LICENCE_CHARACTERS


def offer(survey: Survey, keys: Collection[str], licence: str) -> None:
    """Set what readers may download, and what the owner says about using it. Raises KeyError on an unknown key."""
    survey_id = survey.id
    chosen = [key for key in DOWNLOADS if key in keys]
    if len(chosen) != len(set(keys)):
        raise KeyError(f"{set(keys) - DOWNLOADS.keys()} cannot be offered.")
    with write_transaction() as session:
        own = session.get_one(Survey, survey_id)
        own.reader_downloads, own.licence = chosen, licence[:MAX_LICENCE_CHARACTERS]
        deeds.record(session, survey_id, "downloads", files=chosen)
