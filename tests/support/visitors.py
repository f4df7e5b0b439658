"""Who visits a site in tests: owners with their surveys, and respondents."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Flask, session
from flask.testing import FlaskClient
from flask_login import login_user
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey.accounts import owners
from survey.accounts.password_hashing import SerialPasswordHasher
from survey.core.account_models import Owner
from survey.core.database import db, write_transaction
from survey.core.models import Survey
from survey.manage import surveys
from survey.web.access import SignedIn
from tests.support.filled_once import filled_once

OWNER, PASSWORD = "Ruth", "a long enough password"
SLUG = "lasting"

REAL_HASHER = owners.hasher


def use_quick_hasher() -> None:
    """Hash passwords cheaply: a real check takes a seventh of a second on purpose, and a thousand tests sign in."""
    owners.hasher = SerialPasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    owners._NOBODY = owners.hasher.hash("nobody's")


def without_times(html: str) -> str:
    """A page in which moments are plain text, as they are read."""
    return re.sub(r"</?time\b[^>]*>", "", html)


def without_tokens(html: str) -> str:
    """A page without what is made for each visit: its tokens tell the second in which they were signed."""
    return re.sub(r'(name="(csrf_token|form_key|token)"[^>]*value|content)="[^"]*"', "", html)


def make_owner(app: Flask, name: str = OWNER) -> int:
    """An owner; gives the id."""
    with app.app_context(), write_transaction() as session:
        return owners.create(session, name, owners.hasher.hash(PASSWORD)).id


def make_survey(app: Flask, owner_id: int | None, slug: str = SLUG, **changes: object) -> int:
    """An open survey; gives the id."""
    fields = surveys.Fields("What keeps you together?", "I wonder.", "Ruth", slug, True, "relationships")
    with app.app_context():
        surveys.create(owner_id, replace(fields, **changes))  # type: ignore[arg-type]
        return db.session.query(Survey.id).filter_by(slug=slug).scalar() or 0


def survey_of_an_owner(app: Flask, /, **changes: object) -> int:
    return make_survey(app, make_owner(app), **changes)  # type: ignore[arg-type]


def owned_survey(app: Flask, **changes: object) -> int:
    """An open survey of a new owner, the first of a site; gives its id."""
    return filled_once(app, survey_of_an_owner, **changes)


def field(response: TestResponse, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', response.text)
    assert found, f"the page has no field {name}"
    return found[1]


def sign_in(client: FlaskClient, name: str = OWNER) -> None:
    """Give a browser the session that it would have from signing in, without the page: that takes ten times as long."""
    with client.application.test_request_context(environ_base=client.environ_base):
        login_user(SignedIn(db.session.scalars(select(Owner).where(Owner.name == name)).one()))
        begun = dict(session)
    with client.session_transaction() as own:
        own.clear()
        own.update(begun)


def sign_in_by_page(client: FlaskClient, name: str = OWNER, password: str = PASSWORD) -> TestResponse:
    token = field(client.get("/sign-in"), "csrf_token")
    return client.post("/sign-in", data={"csrf_token": token, "name": name, "password": password})


def send_answer(client: FlaskClient, typed: str, slug: str = SLUG, **changes: str) -> TestResponse:
    """Open the form and send it, as a respondent does."""
    page = client.get(f"/s/{slug}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": typed}
    return client.post(f"/s/{slug}", data=form | changes)
