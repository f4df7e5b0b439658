"""Personal data is masked wherever visitors read what other visitors wrote. analysis.text.personal_data finds it."""

from __future__ import annotations

from analysis.text.personal_data import SITE, Kind, may_hold, personal_data
from survey.core.i18n import N_, gettext

__all__ = ["MASKS", "SITE", "find_personal_data", "mask_personal_data", "may_hold"]

MASKS: dict[Kind, str] = {
    "e-mail": N_("[e-mail address]"),
    "link": N_("[link]"),
    "user name": N_("[user name]"),
    "phone": N_("[phone number]"),
    "number": N_("[number]"),
}


def find_personal_data(text: str) -> list[tuple[int, int, str]]:
    """Where personal data stands in a text (start, end), and what is shown in its place; in order, none twice."""
    return [(start, end, gettext(MASKS[kind])) for start, end, kind in personal_data(text)]


def mask_personal_data(text: str) -> str:
    """The text with personal data replaced by what it was, in brackets."""
    shown, place = [], 0
    for start, end, label in find_personal_data(text):
        shown += [text[place:start], label]
        place = end
    return "".join([*shown, text[place:]])
