"""What the theme page says beside the themes themselves: over time, against advice, on the map."""

from __future__ import annotations

from typing import Any

from survey.advice_shown import advice_shown
from survey.database import db
from survey.map_names import names_beside
from survey.map_page import SIZE, map_patches
from survey.models import Run
from survey.themes import ThemePage
from survey.trend import THEMES_MOST, over_time
from survey.visible_themes import themes_of


def sections(page: ThemePage) -> dict[str, Any]:
    """The values of the template's further sections; empty ones where there is nothing to say."""
    survey = page.survey
    run = db.session.get(Run, survey.current_run_id) if survey.current_run_id else None
    if run is None or not page.themes:
        return {"trend": None, "advice": [], "patches": [], "patch_names": []}
    patches = map_patches(themes_of(run))
    largest = sorted(page.themes, key=lambda theme: -theme.people)[:THEMES_MOST]
    return {
        "trend": over_time(survey, run, largest),
        "advice": advice_shown(survey, run),
        "patches": patches,
        "patch_names": names_beside(patches, SIZE, 38),
    }
