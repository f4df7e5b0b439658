"""How an answer comes in: by a person's hand, as far as a form can tell, or by a machine's.

A form that is shown carries a signed token, which says of which survey it is and when it was shown; a field that only
a machine fills in; and room for a proof of work that the browser does while somebody types. Whoever fails a test is
not refused: the answer is kept, and held until the owner has read it.

Proof of work is hashcash's (Back, "Hashcash: a denial of service counter-measure", 2002): a number that makes
SHA-256("form key:number") begin with so many zero bits. A form key is one answer, so no proof serves for two.
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
from survey.web.rate_limits import Rule, throttle, visitor

SHOWN_SECONDS = 12 * 60 * 60
"""How long a form may stand open where its token is all that says it is ours (inside other people's pages)"""
PROOF = re.compile(r"[0-9]{1,16}", re.ASCII)
FLOOD_MINUTES = 5
PUT_OFF_TIMES = 5
"""So many times the answers of one address that are taken at once are held; beyond that they are put off."""
CHANGES = Rule("changes", 20, FLOOD_MINUTES)
"""How often one answer may be changed"""


class TooMany(Exception):
    """So many answers from one address that this one is put off: not stored, to be sent again later."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What a form brought beside the answer: its token, its key, the proof of work, what stands in the trap."""

    token: str
    form_key: str
    proof: str
    trap: str


def form_token(survey_id: int, form_key: str) -> str:
    """What one showing of a form carries: which survey and form key, and when."""
    return access.signer("form").dumps([survey_id, form_key])


def is_form_token(token: str, survey_id: int, form_key: str) -> bool:
    """Whether this site showed this form of this survey, not too long ago."""
    try:
        return bool(access.signer("form").loads(token, max_age=SHOWN_SECONDS) == [survey_id, form_key])
    except BadSignature:
        return False


def doubt_of_change(survey_id: int, public_id: str) -> str | None:
    """Why a changed answer should be read by its owner first, as `doubt`. Raises TooMany.

    Counts the change for its network address, as an answer is counted, and for the answer.
    """
    if not throttle().count(CHANGES, public_id):
        raise TooMany
    return _flood(survey_id)


def doubt(survey_id: int, signs: Signs, age: timedelta | None) -> str | None:
    """Why an answer should be read by its owner first, a key of survey.answers.moderation.REASONS; None where it need
    not.

    `age` is that of its form. Counts the answer for its network address. Raises TooMany.
    """
    if (flood := _flood(survey_id)) is not None:
        return flood
    if signs.trap or age is None:
        return "robot"
    if not is_proof(signs.form_key, signs.proof, current_app.config["PROOF_BITS"]):
        return "noscript"
    if age < timedelta(seconds=current_app.config["LEAST_SECONDS"]):
        return "quick"
    return None


def _flood(survey_id: int) -> str | None:
    """Count an answer or a change for its network address; "flood" where these are many. Raises TooMany."""
    rule = Rule("answers", current_app.config["ADDRESS_ANSWERS"], FLOOD_MINUTES)
    count = throttle().counted(rule, str(survey_id), visitor())
    if count > PUT_OFF_TIMES * rule.most:
        raise TooMany
    return "flood" if count > rule.most else None


def is_proof(form_key: str, proof: str, bits: int) -> bool:
    """Whether the work was done for this form key."""
    if bits == 0:
        return True
    if not PROOF.fullmatch(proof):
        return False
    digest = hashlib.sha256(f"{form_key}:{proof}".encode()).digest()
    return int.from_bytes(digest[:4]) >> (32 - bits) == 0


def age_of(survey_id: int, signs: Signs) -> timedelta | None:
    """Return how long ago this site issued this form key with a form of this survey; None where it did not.

    Only an issued key may be taken for the same answer again: any other was chosen by whoever sent it.
    """
    try:
        named, shown_at = access.signer("form").loads(signs.token, return_timestamp=True)
    except BadSignature:
        return None
    return now() - shown_at if named == [survey_id, signs.form_key] else None
