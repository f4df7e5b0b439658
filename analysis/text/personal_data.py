"""Detection of personal data: naming, quoting, splitting, masking and moderation all use these patterns.

Patterns start with a lookbehind or a fixed character, so that in a word of 5,000 letters not every letter is tried.
"""

import re
from typing import Literal

PersonalDataKind = Literal["e-mail", "link", "user name", "phone", "number"]
PersonalDataSpan = tuple[int, int, PersonalDataKind]
"""Start and end in the text, and what it is"""

_AT = r"(?:\s?@\s?|\s?[(\[{]\s?at\s?[)\]}]\s?)"
_DOT = r"(?:\.|\s?[(\[{]\s?dot\s?[)\]}]\s?)"
_ENDING = r"(?:com|org|net|edu|info|[a-z]{2})\b"
_EMAIL = re.compile(
    rf"(?<![\w.+'-])[\w.+'-]+{_AT}[\w-]+(?:{_DOT}[\w-]+)+"
    rf"|(?<![\w.+'-])[\w.+'-]+\sat\s[\w-]+(?:\sdot\s[\w-]+){{0,3}}(?:\sdot\s|\.){_ENDING}",  # spoken
    re.IGNORECASE,
)
_TOP_LEVEL = (
    "com|net|org|info|biz|io|co|me|ru|xyz|shop|online|site|store|club|top|link|live|app|example|test|uk|us|de|fr|es"
)
_SITE = r"(?:https?://|www\.)\S+"
EXPLICIT_URL = re.compile(rf"\b{_SITE}", re.IGNORECASE)
"""Web addresses that start with http://, https:// or www."""
URL = re.compile(rf"{_SITE}|(?<![\w.-])[a-z0-9][\w-]*(?:\.[a-z0-9][\w-]*)*\.(?:{_TOP_LEVEL})\b(?:/\S*)?", re.IGNORECASE)
"""Web addresses, including bare domains such as example.com"""
HANDLE = re.compile(r"(?<![\w.])@(?!(?:home|work|school)\b)\w{3,}", re.IGNORECASE)
# Seven digits or more with the usual separators: the shortest number in use is like 555-0142.
PHONE = re.compile(r"(?<![\w#])(?:\+|00)?\(?\d(?:[\s().-]{0,2}\d){6,}(?!\w)")
_DIALLED_NUMBER = re.compile(r"(?<![\w.])\+?(?:\(\d{1,5}\)[\s./-]?)?\d(?:[\s./-]?\(?\d\)?){6,15}(?!\w)")
_LONG_NUMBER = re.compile(r"\d{7,}|#\d{4,}")
_DATE = re.compile(r"\(?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}\s?[-–]\s?\d{4})")
_PATTERNS: tuple[tuple[re.Pattern[str], PersonalDataKind], ...] = (
    (_EMAIL, "e-mail"),
    (URL, "link"),
    (HANDLE, "user name"),
    (PHONE, "phone"),
    (_DIALLED_NUMBER, "phone"),
    (_LONG_NUMBER, "number"),
)
# Starts with a character set, which the regex engine searches fastest.
PERSONAL_DATA_HINT = re.compile(r"[\d@.:](?:(?<![.:])|(?<!:)\S|//)")
"""A quick test: all of the patterns above contain a match of it, except spoken addresses"""
_SPOKEN_AT = re.compile(r"[\s(\[{]at[\s)\]}]", re.IGNORECASE)


def may_have_personal_data(text: str) -> bool:
    """Return False for most texts without personal data, by a quick test; True does not mean that there is some."""
    return PERSONAL_DATA_HINT.search(text) is not None or _SPOKEN_AT.search(text) is not None


def has_personal_data(text: str) -> bool:
    """Return whether a text has an e-mail address, web address, user name, phone number or long number in it."""
    return bool(personal_data_spans(text))


def masked(text: str) -> str:
    """Return the text with "[link]", "[e-mail]" … in place of each piece of personal data."""
    for start, end, kind in reversed(personal_data_spans(text)):
        text = f"{text[:start]}[{kind}]{text[end:]}"
    return text


def without_personal_data(text: str) -> str:
    """Return the text with a semicolon in place of each piece of personal data: what stands round it is not joined."""
    kept, place = [], 0
    for start, end, _ in personal_data_spans(text):
        kept.append(text[place:start].rstrip())
        place = end
    return "; ".join([*kept, text[place:].lstrip()]) if kept else text


def personal_data_spans(text: str) -> list[PersonalDataSpan]:
    """Return the personal data in a text, in order, overlapping matches joined; dates and ranges of years are not."""
    if not may_have_personal_data(text):
        return []
    found: list[PersonalDataSpan] = [
        (*match.span(), kind) for pattern, kind in _PATTERNS for match in pattern.finditer(text)
    ]
    spans: list[PersonalDataSpan] = []
    for start, end, kind in sorted(found, key=lambda span: (span[0], -span[1])):
        if kind in ("phone", "number") and _DATE.fullmatch(text, start, end):
            continue
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        else:
            spans.append((start, end, kind))
    return spans
