"""Personal data in an answer: e-mail addresses, links and telephone numbers, found and masked where strangers read."""

from __future__ import annotations

import re

from survey.languages import N_, gettext

AT = r"(?:\s?@\s?|\s?[(\[{]\s?at\s?[)\]}]\s?)"
DOT = r"(?:\.|\s?[(\[{]\s?dot\s?[)\]}]\s?)"
ENDING = r"(?:com|org|net|edu|info|[a-z]{2})\b"
# Each begins so that a word of five thousand letters is not tried from each of its letters.
EMAIL = re.compile(
    rf"(?<![\w.+'-])[\w.+'-]+{AT}[\w-]+(?:{DOT}[\w-]+)+"
    rf"|(?<![\w.+'-])[\w.+'-]+\sat\s[\w-]+(?:\sdot\s[\w-]+){{0,3}}(?:\sdot\s|\.){ENDING}",  # spoken
    re.IGNORECASE,
)
SITE = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# Seven digits or more with the usual signs between them: the shortest number that is said is one like 555-0142.
PHONE = re.compile(r"(?<![\w.])\+?(?:\(\d{1,5}\)[\s./-]?)?\d(?:[\s./-]?\(?\d\)?){6,15}(?![\w])")
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}\s?[-–]\s?\d{4}")
HINT = re.compile(r"[@\d]|https?://|www\.|\bat\b|\bat[)\]}]", re.IGNORECASE)
"""Without one of these there is no personal data: most answers are told by it"""
PHONE_MASK = N_("[phone number]")
MASKS = ((EMAIL, N_("[e-mail address]")), (SITE, N_("[link]")), (PHONE, PHONE_MASK))


def personal(text: str) -> list[tuple[int, int, str]]:
    """Where personal data stands in a text (start, end), and what is shown in its place; in order, none twice."""
    if not HINT.search(text):
        return []
    found = [(*match.span(), label) for pattern, label in MASKS for match in pattern.finditer(text)]
    found = [span for span in found if span[2] != PHONE_MASK or not DATE.fullmatch(text, span[0], span[1])]
    spans: list[tuple[int, int, str]] = []
    for start, end, label in sorted(found, key=lambda span: (span[0], -span[1])):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        else:
            spans.append((start, end, gettext(label)))
    return spans


def masked(text: str) -> str:
    """The text with personal data replaced by what it was, in brackets."""
    shown, place = [], 0
    for start, end, label in personal(text):
        shown += [text[place:start], label]
        place = end
    return "".join([*shown, text[place:]])
