"""What the known themes of each codebook are about, in the language of the page."""

from __future__ import annotations

from survey.core.i18n import N_, gettext

CODEBOOKS = {
    "relationships": N_("relationships"),
    "customers": N_("customers"),
    "workplace": N_("working life"),
    "service": N_("services and products"),
    "town": N_("a town and its people"),
    "course": N_("courses and events"),
    "none": None,
    "own": N_("the asker’s own"),
}


def topic(codebook: str) -> str | None:
    """Return what the known themes of a codebook (`Survey.codebook`) are about; None if it has none."""
    words = CODEBOOKS.get(codebook)
    return gettext(words) if words else None
