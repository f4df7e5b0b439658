"""What must not be shown of an answer: e-mail addresses, telephone numbers, addresses of other sites."""

from __future__ import annotations

import re

EMAIL = re.compile(r"[\w.+'-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
SITE = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# Seven digits or more with the usual signs between them, or a short number as it is said aloud (555-0142).
PHONE = re.compile(r"(?<![\w.])\+?(?:\(\d{1,5}\)[\s./-]?)?\d(?:[\s./-]?\(?\d\)?){5,15}(?![\w])")
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}\s?[-–]\s?\d{4}")


def masked(text: str) -> str:
    """The text with personal data replaced by what it was, in brackets."""
    text = EMAIL.sub("[e-mail address]", text)
    text = SITE.sub("[link]", text)
    return PHONE.sub(lambda found: found[0] if DATE.fullmatch(found[0]) else "[phone number]", text)
