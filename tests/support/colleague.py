"""Somebody who works at the only survey of a site besides its owner."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from survey.core.account_models import EDITOR, Membership
from survey.core.database import db, write_transaction
from survey.core.models import Survey
from tests.support.visitors import make_owner, sign_in


def make_colleague(app: Flask, name: str = "Olga", role: str = EDITOR) -> None:
    """Make an account and give it a role in the survey."""
    owner_id = make_owner(app, name)
    with app.app_context():
        survey_id = db.session.query(Survey.id).scalar()
        with write_transaction() as session:
            session.add(Membership(survey_id=survey_id, owner_id=owner_id, role=role))


def colleague(app: Flask, name: str = "Olga", role: str = EDITOR) -> FlaskClient:
    """Make a colleague who is signed in."""
    make_colleague(app, name, role)
    client = app.test_client()
    sign_in(client, name)
    return client
