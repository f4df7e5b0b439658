"""Who is taken out of a survey, leaves it or is no owner of it any more reads it by no program, either."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.accounts import api_tokens
from survey.core.account_models import ApiToken
from survey.core.database import db
from survey.core.models import Survey
from survey.edits.models import Deed
from survey.mail.webhook_models import Webhook
from survey.webhooks.events import EVENTS
from survey.webhooks.forms import field_name
from tests.people.test_people import crew, member, post
from tests.support.visitors import field

__all__ = ["crew"]
PAGE = "/manage/lasting"
Crew = dict[str, FlaskClient]


def make_programs(client: FlaskClient, name: str) -> str:
    """Make a token and a webhook with the words of answers, as the pages do; gives the token."""
    page = client.get(f"{PAGE}/export")
    form = {"csrf_token": field(page, "csrf_token"), "name": name, "purpose": "read"}
    made = client.post(f"{PAGE}/export/tokens", data=form)
    events = {field_name(event): "y" for event in EVENTS}
    hook = {"address": f"https://{name}.example.org/told", "with_text": "y", **events}
    told = client.post(f"{PAGE}/webhooks", data={"csrf_token": form["csrf_token"], **hook})
    assert (made.status_code, told.status_code) == (200, 200)
    return str(re.findall(r'id="new-token" readonly dir="ltr" value="([^"]+)"', made.text)[0])


def reads(app: Flask, token: str) -> int:
    """The status that a program gets with a token."""
    return app.test_client().get("/api/v1/survey", headers={"Authorization": f"Bearer {token}"}).status_code


def told(app: Flask) -> dict[str, str]:
    """By whom each webhook is paused, by the name in its address."""
    with app.app_context():
        return {hook.address[8:].split(".")[0]: hook.paused_by for hook in db.session.query(Webhook)}


def remove(app: Flask, crew: Crew) -> TestResponse:
    return post(crew["Ruth"], f"people/{member(app, 'Olga')}/remove")


def lower(app: Flask, crew: Crew) -> TestResponse:
    return post(crew["Ruth"], f"people/{member(app, 'Olga')}/role", role="editor")


def leave(app: Flask, crew: Crew) -> TestResponse:
    return post(crew["Olga"], "leave")


@pytest.mark.both_databases
@pytest.mark.parametrize("ends", [remove, lower, leave])
def test_what_a_former_owner_made_ends_and_nothing_else(
    app: Flask, crew: Crew, ends: Callable[[Flask, Crew], TestResponse]
) -> None:
    ruths, olgas = (make_programs(crew[name], name.lower()) for name in ("Ruth", "Olga"))
    assert (reads(app, ruths), reads(app, olgas)) == (200, 200)
    assert ends(app, crew).status_code == 303
    assert (reads(app, ruths), reads(app, olgas)) == (200, 401)
    assert told(app) == {"ruth": "", "olga": "left"}
    with app.app_context():
        assert [deed.details["name"] for deed in db.session.query(Deed).filter_by(action="token_end")] == ["olga"]
    page = crew["Ruth"].get(f"{PAGE}/people").text
    if ends is not leave:
        assert "1 token they made has ended." in page
        assert "1 address of a program is told nothing any more." in page
    assert "of which it is not kept who made them" not in page
    assert "Paused: who made it is no owner of this survey any more." in crew["Ruth"].get(f"{PAGE}/webhooks").text


def test_who_stays_an_owner_keeps_their_programs(app: Flask, crew: Crew) -> None:
    token = make_programs(crew["Olga"], "olga")
    post(crew["Ruth"], f"people/{member(app, 'Olga')}/role", role="owner")
    assert (reads(app, token), told(app)) == (200, {"olga": ""})
    post(crew["Ruth"], f"people/{member(app, 'Rita')}/remove")
    assert (reads(app, token), told(app)) == (200, {"olga": ""})


@pytest.mark.parametrize("made", ["token", "webhook"])
def test_what_nobody_is_known_to_have_made_is_named(app: Flask, crew: Crew, made: str) -> None:
    with app.app_context():
        own = db.session.query(Survey).one()
        if made == "token":
            api_tokens.create(own, "from before")
            assert db.session.query(ApiToken.made_by).scalar() is None
        else:
            db.session.add(Webhook(survey_id=own.id, address="https://example.org", events=["answer"]))
            db.session.commit()
    remove(app, crew)
    page = crew["Ruth"].get(f"{PAGE}/people").text
    assert "Olga is not part of this survey any more. Tokens or addresses of programs of which it is not kept" in page
    listed = "export" if made == "token" else "webhooks"
    marked = "It is not kept who made it"
    assert crew["Ruth"].get(f"{PAGE}/{listed}").text.count(marked) == 1
    make_programs(crew["Ruth"], "ruth")
    assert crew["Ruth"].get(f"{PAGE}/{listed}").text.count(marked) == 1
