"""The further sections of the theme page: trend, advice, map, what a check found, downloads."""

from __future__ import annotations

from typing import Any

from survey.checks.statement import public_statement
from survey.core.i18n import gettext
from survey.curation.advice_comparison import compared_advice
from survey.reports.map_labels import place_names
from survey.reports.map_page import SIZE, map_patches
from survey.reports.trend import MAX_THEMES, people_over_time
from survey.results.read_model import ThemePage
from survey.results.reader_downloads import DOWNLOADS, offered
from survey.runs.lookups import shown_run

SMALL_MAP_LETTERS = 30
"""Font size of the names on the small map, in its units, as in themes.css"""


def sections(page: ThemePage) -> dict[str, Any]:
    """Return the template values of the further sections; empty ones if there is nothing to show."""
    survey = page.survey
    run = shown_run(survey)
    if run is None or not page.themes:
        return {"trend": None, "advice": [], "patches": [], "patch_names": [], "statement": None, "downloads": []}
    patches = map_patches(page.found)
    names = place_names(patches, SIZE, SMALL_MAP_LETTERS, covering=True)
    largest = sorted(page.themes, key=lambda theme: -theme.people)[:MAX_THEMES]
    return {
        "trend": people_over_time(survey, run, largest),
        "advice": compared_advice(survey, run),
        "patches": patches,
        "patch_names": names,
        "statement": public_statement(survey),
        "downloads": [(key, gettext(DOWNLOADS[key])) for key in offered(survey)],
    }
