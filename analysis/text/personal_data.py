"""Detection of personal data: naming, quoting, splitting, masking and moderation all use these patterns.

Patterns start with a lookbehind or a fixed character, so that in a word of 5,000 letters not every letter is tried.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
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
URL = re.compile(
    rf"{_SITE}|(?<![\w.-])[a-z0-9][\w-]*(?:\.[a-z0-9][\w-]*)*\.(?:{_TOP_LEVEL})\b(?:(?::\d+)?[/?#]\S*)?", re.IGNORECASE
)
"""Web addresses, including bare domains such as example.com"""
HANDLE = re.compile(r"(?<![\w.])@(?!(?:home|work|school)\b)(?=[\w.]{3})\w+(?:\.\w+)*", re.IGNORECASE)
_GAP = r"[\s().\-‐‑–—·/]{0,3}"
_EXTENSION = r"(?:\s?(?:ext|extension|x)\b\.?\s?\d{1,5})?"
# Seven digits or more with the usual separators: the shortest number in use is like 555-0142. Possessive, so that of a
# number with a letter behind it no half stays.
PHONE = re.compile(rf"(?<![\w#])(?:\+|00)?\(?\d(?:{_GAP}\d){{6,}}+{_EXTENSION}", re.IGNORECASE)
_PHONE_AFTER_LETTER = re.compile(rf"(?<=[^\W\d_])\+?\(?\d(?:{_GAP}\d){{8,}}+")
_LONG_NUMBER = re.compile(r"(?:(?<![^\W_])[a-z]{1,3})?(?<!\d)(?<!\d\.)\d{7,}(?:-?[a-z]\b)?|#\d{4,}", re.IGNORECASE)
_PATTERNS: tuple[tuple[re.Pattern[str], PersonalDataKind], ...] = (
    (_EMAIL, "e-mail"),
    (URL, "link"),
    (HANDLE, "user name"),
)
_NUMBER_HINT = re.compile(rf"\d(?:{_GAP}\d){{4}}|#\d")
_NUMBERS: tuple[tuple[re.Pattern[str], PersonalDataKind], ...] = (
    (PHONE, "phone"),
    (_PHONE_AFTER_LETTER, "phone"),
    (_LONG_NUMBER, "number"),
)
_YEAR = r"(?:1[5-9]|20)\d\d"
_DAY = rf"\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?{_YEAR}|{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|{_YEAR}"
_SIGNS = tuple("$€£¥₹")
_MONEY = f"[{''.join(_SIGNS)}]"
_ORDINARY = re.compile(
    rf"\(?(?:{_DAY})(?:(?:\s?[–-]\s?|\.?\s)(?:{_DAY})){{0,2}}(?:\s\d{{1,3}})?\)?"  # dates and years, at most three
    r"|[1-9]\d{0,2}(?:([ .'\u00a0\u202f])\d{3})*(?:\1)000"  # round thousands
    r"|[1-9]\d{0,4}00\s?[–/-]\s?[1-9]\d{0,4}00"  # a range of them
    r"|\d\.\d+"  # a decimal
    r"|\d-\d(?:\s\d-\d)+"  # the sets of a match
)
_AMOUNT = re.compile(r"[1-9]\d*(?:[ .'\u00a0\u202f]\d{3})*(?:\.\d\d)?")
_BEFORE_MONEY = re.compile(
    rf"(?:[.,]\d\d?)?\s?(?:{_MONEY}|(?:eur|euros?|usd|dollars?|gbp|pounds?|chf|francs?|kr|pesos?|yen)\b)", re.IGNORECASE
)
_ACCOUNT = re.compile(r"(?<![^\W_])([a-z]{2})[ .-]?\d\d(?=(?:[ .\u00a0-]?[a-z\d]){11})", re.IGNORECASE | re.ASCII)
_ACCOUNT_GROUP = re.compile(
    r"[ .\u00a0-]?(?:[a-z]{0,4}\d[a-z\d]*|[a-z]{4}(?=[ .\u00a0-]?\d))", re.IGNORECASE | re.ASCII
)
_ACCOUNT_SIGN = re.compile(r"[ .\u00a0-]?[a-z\d]", re.IGNORECASE | re.ASCII)
_ACCOUNT_LENGTHS = (
    "NO15 BE16 BI27 DK18 FK18 FI18 FO18 GL18 NL18 SD18 MK19 SI19 AT20 BA20 EE20 KZ20 LT20 LU20 MN20 XK20 "
    "YE30 CH21 HR21 LI21 LV21 BG22 BH22 CR22 DE22 GB22 GE22 IE22 ME22 RS22 VA22 AE23 GI23 IL23 IQ23 OM23 "
    "SO23 TL23 AD24 CZ24 ES24 MD24 PK24 RO24 SA24 SE24 SK24 TN24 VG24 LY25 PT25 ST25 IS26 TR26 DJ27 FR27 "
    "GR27 IT27 MC27 MR27 SM27 AL28 AZ28 BY28 CY28 DO28 GT28 HN28 HU28 LB28 NI28 PL28 SV28 BR29 EG29 PS29 "
    "QA29 UA29 JO30 KW30 MU30 MT31 SC31 LC32 RU33"
)
_LENGTH_OF_ACCOUNT = {entry[:2]: int(entry[2:]) for entry in _ACCOUNT_LENGTHS.split()}
"""Letters and digits of an IBAN by country (ISO 13616)"""
MAX_ACCOUNT_LENGTH, LEAST_ACCOUNT_DIGITS = 34, 9
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
    """Return the personal data in a text, in order, overlapping matches joined; dates, counts and amounts are not."""
    if not may_have_personal_data(text):
        return []
    found: list[PersonalDataSpan] = [
        (*match.span(), kind) for pattern, kind in _PATTERNS for match in pattern.finditer(text)
    ]
    if _NUMBER_HINT.search(text):
        found += [
            (*match.span(), kind)
            for pattern, kind in _NUMBERS
            for match in pattern.finditer(text)
            if not _is_ordinary(text, *match.span())
        ]
        found += _accounts(text)
    spans: list[PersonalDataSpan] = []
    for start, end, kind in sorted(found, key=lambda span: (span[0], -span[1])):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        else:
            spans.append((start, end, kind))
    return spans


def _is_ordinary(text: str, start: int, end: int) -> bool:
    """Return whether what looks like a telephone number is made of dates, or a count, or an amount of money."""
    if _ORDINARY.fullmatch(text, start, end):
        return True
    groups = [int(group) for group in re.findall(r"\d{1,4}(?!\d)", text[start:end])]
    if len(groups) > 3 and {after - before for before, after in pairwise(groups)} in ({1}, {-1}):
        return True  # counted up or down
    if not _AMOUNT.fullmatch(text, start, end):
        return False
    return _BEFORE_MONEY.match(text, end) is not None or text[max(0, start - 2) : start].strip()[-1:] in _SIGNS


def _accounts(text: str) -> Iterator[PersonalDataSpan]:
    """Yield the bank accounts (IBAN) in a text, in groups or not, in capitals or not; sums are not checked.

    One of its country's length is taken exactly. Of another length it is taken as far as its groups have digits.
    """
    last = 0
    for match in _ACCOUNT.finditer(text):
        start, end = match.start(), _end_of_account(text, match)
        if start >= last and end:
            last = end
            yield start, end, "number"


def _end_of_account(text: str, match: re.Match[str]) -> int:
    """Return where the account ends that starts at a match; 0 if it is none."""
    wanted, place, length = _LENGTH_OF_ACCOUNT.get(match[1].upper(), 0), match.end(), 4
    while length < wanted and (step := _ACCOUNT_SIGN.match(text, place)):
        place, length = step.end(), length + 1
    if length == wanted and not text[place : place + 1].isalnum() and _digits(text, match.start(), place):
        return place
    if text[match.start() + 2] in " .-":
        return 0  # "in 1998 2004": letters apart from digits start an account only where its length is right
    place = match.end()
    while (step := _ACCOUNT_GROUP.match(text, place)) and step.end() - match.start() < 2 * MAX_ACCOUNT_LENGTH:
        place = step.end()
    return place if _digits(text, match.start(), place) else 0


def _digits(text: str, start: int, end: int) -> bool:
    return sum(character.isdigit() for character in text[start:end]) >= LEAST_ACCOUNT_DIGITS
