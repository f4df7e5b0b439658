"""The secret in the link to one's own answer, derived from the key of the form that sent it. Only its hash is stored.

The same form sent again (Back, a double click) has the same key, so the link that was copied first goes on working.
A form key alone is no link: that takes the site's secret key, too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from flask import current_app
from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Answer, Survey

DIGEST_BYTES = 24
SECRET = re.compile(r"[A-Za-z0-9_-]{32}")


def new_secret() -> str:
    """Return a random secret (192 bits), as `secret_of` makes them."""
    return secrets.token_urlsafe(DIGEST_BYTES)


def nonce_of(form_key: str) -> str:
    """Return what an address may hold in the place of a secret: neither the form key nor the link follow from it."""
    return _derived("nonce", form_key)


def secret_of(nonce: str) -> str:
    """Return the secret that belongs to a nonce (192 bits)."""
    return _derived("own answer", nonce)


def second_key(form_key: str) -> str:
    """Return the form key of a second answer that is sent with a form, beside the first."""
    return _derived("second answer", form_key)


def hash_of(secret: str) -> str:
    """Return the hash by which a secret is stored."""
    return hashlib.sha256(b"answer:" + secret.encode("utf-8", "surrogatepass")).hexdigest()


def find_by_secret(survey: Survey, secret: str) -> Answer | None:
    """Return the answer at a secret link, None where there is none."""
    own = (Answer.survey_id == survey.id, Answer.secret_hash == hash_of(secret))
    return db.session.scalar(select(Answer).where(*own))


def _derived(purpose: str, value: str) -> str:
    key = current_app.config["SECRET_KEY"].encode()
    digest = hmac.digest(key, f"{purpose}:{value}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:DIGEST_BYTES]).decode()
