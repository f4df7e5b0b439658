"""Signs by which an answer is taken for a bot's, and limits on answers from one network address.

Each form carries a signed token (which survey, which form key, when it was shown), a honeypot field that no person
sees, and a field for a proof of work that the browser computes while somebody types. An answer that fails a check is
not refused: it is stored, and held until the owner has read it.

The proof of work is that of hashcash (Back, "Hashcash: a denial of service counter-measure", 2002): a number for which
SHA-256("form key:number") begins with PROOF_BITS zero bits. A form key is one answer, so a proof cannot be reused.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature

from survey.core.database import now
from survey.web import access
from survey.web.rate_limits import Rule, client_address, rate_limiter

PROOF = re.compile(r"[0-9]{1,16}", re.ASCII)
FLOOD_MINUTES = 5
REJECT_FACTOR = 5
"""Beyond ADDRESS_ANSWERS the answers of an address are held; beyond this many times as many they are rejected."""
CHANGES = Rule("changes", 20, FLOOD_MINUTES)
"""Limit on changes of one answer"""


class RateLimited(Exception):
    """Too many answers or changes from one network address: nothing is stored, and the sender should retry later."""


@dataclass(frozen=True, slots=True)
class FormSigns:
    """The fields of a sent form that tell people from bots: token, form key, proof of work, honeypot."""

    token: str
    form_key: str
    proof: str
    honeypot: str


def form_token(survey_id: int, form_key: str) -> str:
    """Return the signed token of a form that is shown now: its survey, its form key, and the time."""
    return access.signer("form").dumps([survey_id, form_key])


def form_age(survey_id: int, signs: FormSigns) -> timedelta | None:
    """Return how long ago this site showed this form of this survey; None where its token is not valid.

    Only a form key with a valid token may identify an answer: any other was chosen by its sender.
    """
    try:
        signed, shown_at = access.signer("form").loads(signs.token, return_timestamp=True)
    except BadSignature:
        return None
    return now() - shown_at if signed == [survey_id, signs.form_key] else None


def reason_to_hold(survey_id: int, signs: FormSigns, age: timedelta | None) -> str | None:
    """Return why a new answer must be held, a key of survey.answers.moderation.REASONS, or None.

    `age` is that of its form. Counts the answer for its network address. Raises RateLimited.
    """
    if (flood := _count_for_address(survey_id)) is not None:
        return flood
    if signs.honeypot or age is None:
        return "robot"
    if not is_proof_of_work(signs.form_key, signs.proof, current_app.config["PROOF_BITS"]):
        return "noscript"
    if age < timedelta(seconds=current_app.config["LEAST_SECONDS"]):
        return "quick"
    return None


def reason_to_hold_change(survey_id: int, public_id: str) -> str | None:
    """Return why a changed answer must be held, as `reason_to_hold` does.

    Counts the change for the answer, and for its network address as a new answer. Raises RateLimited.
    """
    if not rate_limiter().hit(CHANGES, public_id):
        raise RateLimited
    return _count_for_address(survey_id)


def _count_for_address(survey_id: int) -> str | None:
    """Count an answer or a change for its network address; return "flood" if it must be held. Raises RateLimited."""
    rule = Rule("answers", current_app.config["ADDRESS_ANSWERS"], FLOOD_MINUTES)
    count = rate_limiter().hit_count(rule, str(survey_id), client_address())
    if count > REJECT_FACTOR * rule.max_hits:
        raise RateLimited
    return "flood" if count > rule.max_hits else None


def is_proof_of_work(form_key: str, proof: str, bits: int) -> bool:
    """Return whether the hash of this form key and proof begins with so many zero bits."""
    if bits == 0:
        return True
    if not PROOF.fullmatch(proof):
        return False
    digest = hashlib.sha256(f"{form_key}:{proof}".encode()).digest()
    return int.from_bytes(digest[:4]) >> (32 - bits) == 0
