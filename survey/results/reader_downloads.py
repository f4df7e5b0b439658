"""What readers of a published theme page may download. The owner chooses; at first it is nothing.

Every file holds only what the pages show already (survey.publication makes them): themes that are hidden, personal data
and the numbers of small groups are in none.
"""

from __future__ import annotations

from survey.core.i18n import N_
from survey.core.models import Survey

DOWNLOADS = {
    "themes": N_("Every theme with its people"),
    "kinds": N_("Themes by kind"),
    "wide": N_("Which answer is in which themes, without the words"),
    "answers": N_("The answers, as they can be read here"),
    "charts": N_("Charts"),
}
"""What can be offered, by key"""
MAX_LICENCE_CHARACTERS = 300


def offered(survey: Survey) -> list[str]:
    """Return what visitors may download now; nothing before the survey is published."""
    return [key for key in DOWNLOADS if key in survey.reader_downloads] if survey.is_published else []
