"""Personal data is replaced by labels wherever visitors read what other visitors wrote."""

from __future__ import annotations

from analysis.text.personal_data import PersonalDataKind, personal_data_spans
from survey.core.i18n import N_, gettext

MASKS: dict[PersonalDataKind, str] = {
    "e-mail": N_("[e-mail address]"),
    "link": N_("[link]"),
    "user name": N_("[user name]"),
    "phone": N_("[phone number]"),
    "number": N_("[number]"),
}


def find_personal_data(text: str) -> list[tuple[int, int, str]]:
    """Return the start, the end and the label of each piece of personal data in a text, in order."""
    return [(start, end, gettext(MASKS[kind])) for start, end, kind in personal_data_spans(text)]


def mask_personal_data(text: str) -> str:
    """Return the text with each piece of personal data replaced by its label."""
    shown, place = [], 0
    for start, end, label in find_personal_data(text):
        shown += [text[place:start], label]
        place = end
    return "".join([*shown, text[place:]])
