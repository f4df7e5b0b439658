"""The texts of a survey that its owner may write instead of the site's, and how they are shown: plain text, escaped.

They are in `Survey.words` by their keys. A key that is missing, or empty, leaves the page as it is on any survey.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from survey.core.models import Survey

LIMITS = {
    "thanks": 1000,
    "button": 40,
    "happens": 1500,
    "contact": 200,
    "closing": 1000,
    "kind_question": 120,
    "title": 100,
    "preview": 200,
    "accent": 7,
}
"""Keys, and characters of each"""
URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
URL_ENDS = ".,;:!?)]}'»”’"
"""What stands behind an address in a sentence, and is not part of it"""
MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
WHOLE_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)


def of(survey: Survey, key: str) -> str:
    """Return the survey's own text, "" where it has none."""
    return survey.words.get(key, "")


def tidied(words: Mapping[str, str]) -> dict[str, str]:
    """Return what is stored of texts that were typed: one kind of line end, and nothing that is empty."""
    plain = {key: text.replace("\r\n", "\n").replace("\r", "\n").strip() for key, text in words.items()}
    return {key: text for key, text in plain.items() if text}


def contact_address(contact: str) -> str | None:
    """Return the address that a link to a contact leads to, None where it is neither mail nor a page."""
    if MAIL.fullmatch(contact):
        return f"mailto:{contact}"
    return contact if WHOLE_URL.fullmatch(contact) else None


def linked(text: str, *, new_window: bool = False) -> Markup:
    """Return a text as HTML in which addresses of pages are links."""
    written, done = Markup(), 0
    where = Markup(' target="_blank"') if new_window else Markup()
    for found in URL.finditer(text):
        address = found[0].rstrip(URL_ENDS)
        if not WHOLE_URL.fullmatch(address):
            continue
        written += escape(text[done : found.start()])
        written += Markup('<a href="{0}" rel="nofollow noopener"{1}>{0}</a>').format(address, where)
        done = found.start() + len(address)
    return written + escape(text[done:])
