"""A browser that has sent an answer: it holds the cookie of that survey."""

from __future__ import annotations

from flask.testing import FlaskClient

from survey.answers import own_link
from survey.core.database import write_transaction
from survey.core.models import Answer
from survey.respond import returning
from tests.support.visitors import SLUG


def know(client: FlaskClient, answer_id: int, slug: str = SLUG) -> str:
    """Give an answer that is stored a link, and have this browser know it; gives the secret. Needs an app context."""
    secret = own_link.new_secret()
    with write_transaction() as session:
        session.get_one(Answer, answer_id).secret_hash = own_link.hash_of(secret)
    client.set_cookie(returning.COOKIE, secret, path=f"/s/{slug}")
    return secret
