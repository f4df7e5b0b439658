"""Addresses (slugs) of new surveys, made from their questions."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from itertools import chain, count

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.core.models import Survey

MAX_MADE_SLUG_LENGTH = 40
MAX_BASE_LENGTH = 55
"""Characters of an address that a number may be added to"""


def free_slug(session: Session, question: str) -> str:
    """Return an unused slug made of the question's words: whats-your-secret, whats-your-secret-2, ..."""
    letters = unicodedata.normalize("NFKD", question.lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", letters.replace("'", ""))
    base = textwrap.shorten(" ".join(words), MAX_MADE_SLUG_LENGTH, placeholder="").replace(" ", "-") or "question"
    return first_free(session, base)


def first_free(session: Session, slug: str) -> str:
    """Return an address that no survey has: this one, or this one with a number."""
    short = slug[:MAX_BASE_LENGTH].rstrip("-")
    taken = {*session.scalars(select(Survey.slug).where(Survey.slug.startswith(short))), "new"}
    return next(one for one in chain([slug], (f"{short}-{number}" for number in count(2))) if one not in taken)
