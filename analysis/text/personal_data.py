"""Personal data in a text: the one place that knows it. What names themes, picks quotes and masks answers asks here.

Patterns begin so that a word of five thousand letters is not tried from each of its letters.
"""

import re
from typing import Literal

Kind = Literal["e-mail", "link", "user name", "phone", "number"]
PersonalData = tuple[int, int, Kind]
"""Where it stands in the text (start, end), and what it is"""

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
"""Web addresses that are written as such"""
URL = re.compile(rf"{_SITE}|(?<![\w.-])[a-z0-9][\w-]*(?:\.[a-z0-9][\w-]*)*\.(?:{_TOP_LEVEL})\b(?:/\S*)?", re.IGNORECASE)
"""Web addresses, also bare ones such as example.com"""
HANDLE = re.compile(r"(?<![\w.])@(?!(?:home|work|school)\b)\w{3,}", re.IGNORECASE)
# Seven digits or more with the usual signs between them: the shortest number that is said is one like 555-0142.
PHONE = re.compile(r"(?<![\w#])(?:\+|00)?\(?\d(?:[\s().-]{0,2}\d){6,}(?!\w)")
_DIALLED = re.compile(r"(?<![\w.])\+?(?:\(\d{1,5}\)[\s./-]?)?\d(?:[\s./-]?\(?\d\)?){6,15}(?!\w)")
_NUMBER = re.compile(r"\d{7,}|#\d{4,}")
_DATE = re.compile(r"\(?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}\s?[-–]\s?\d{4})")
_PATTERNS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_EMAIL, "e-mail"),
    (URL, "link"),
    (HANDLE, "user name"),
    (PHONE, "phone"),
    (_DIALLED, "phone"),
    (_NUMBER, "number"),
)
# A set of characters first, which is searched fastest.
PERSONAL_DATA_HINT = re.compile(r"[\d@.:](?:(?<![.:])|(?<!:)\S|//)")
"""What all of those have some of, but for addresses that are spelt out"""
_AT_SPOKEN = re.compile(r"[\s(\[{]at[\s)\]}]", re.IGNORECASE)


def may_have_personal_data(text: str) -> bool:
    """Whether a text may hold personal data: a quick look, by which most texts hold none."""
    return PERSONAL_DATA_HINT.search(text) is not None or _AT_SPOKEN.search(text) is not None


def has_personal_data(text: str) -> bool:
    """Whether a text holds what points at a person: an e-mail or web address, a user name, a phone or long number."""
    return bool(personal_data_spans(text))


def personal_data_spans(text: str) -> list[PersonalData]:
    """Where a text holds what points at a person, in order and none twice. Dates and spans of years do not."""
    if not may_have_personal_data(text):
        return []
    found: list[PersonalData] = [
        (*match.span(), kind) for pattern, kind in _PATTERNS for match in pattern.finditer(text)
    ]
    spans: list[PersonalData] = []
    for start, end, kind in sorted(found, key=lambda span: (span[0], -span[1])):
        if kind in ("phone", "number") and _DATE.fullmatch(text, start, end):
            continue
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        else:
            spans.append((start, end, kind))
    return spans
