"""Every route of an owner, opened and sent to by people in every role; and no page offers what it would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from survey.core.account_models import EDITOR, OWNER, READER, ROLES, Membership, Owner
from survey.core.database import db, write_transaction
from survey.core.models import Survey
from survey.web.access import needed_role, suffices
from tests.support.visitors import field, make_owner, sign_in
from tests.web.test_ownership import Things, two  # noqa: F401 - the fixture

PEOPLE = {"Ruth": OWNER, "Olga": OWNER, "Eddi": EDITOR, "Rita": READER, "Nora": None}
"""Who signs in, and their role in Ruth's survey: Ruth answers for it, Nora is no member"""
NAMED = {
    ("manage.survey", "GET"): READER,
    ("manage.progress", "GET"): READER,
    ("manage.run", "POST"): EDITOR,
    ("manage.edit", "GET"): OWNER,
    ("manage.edit", "POST"): OWNER,
    ("manage.publish", "POST"): OWNER,
    ("manage.unpublish", "POST"): OWNER,
    ("manage.open", "POST"): OWNER,
    ("manage.close", "POST"): OWNER,
    ("manage.delete", "GET"): OWNER,
    ("manage.delete", "POST"): OWNER,
    ("manage.codebook", "POST"): OWNER,
    ("my_answer.write", "POST"): OWNER,
    ("looking_after.listed", "GET"): READER,
    ("looking_after.those", "GET"): READER,
    ("looking_after.decide", "POST"): EDITOR,
    ("looking_after.delete", "POST"): EDITOR,
    ("edit_themes.theme", "GET"): READER,
    ("edit_themes.history", "GET"): READER,
    ("edit_themes.rename", "POST"): EDITOR,
    ("edit_themes.undo", "POST"): EDITOR,
    ("proposals.decide", "POST"): EDITOR,
    ("proposals.switch", "POST"): EDITOR,
    ("advice.listed", "GET"): READER,
    ("advice.add", "POST"): EDITOR,
    ("checks.result", "GET"): READER,
    ("checks.start", "POST"): EDITOR,
    ("importing.upload", "GET"): EDITOR,
    ("importing.preview", "POST"): EDITOR,
    ("importing.delete", "POST"): EDITOR,
    ("exporting.table", "GET"): READER,
    ("exporting.make_token", "POST"): OWNER,
    ("exporting.revoke_token", "POST"): OWNER,
    ("archives.download", "GET"): OWNER,
    ("publishing.offer", "POST"): OWNER,
    ("people.listed", "GET"): OWNER,
    ("people.invite", "POST"): OWNER,
    ("people.set_role", "POST"): OWNER,
    ("people.remove", "POST"): OWNER,
    ("people.hand_over", "POST"): OWNER,
    ("people.leave", "POST"): READER,
    ("notices.of_survey", "POST"): READER,
}
"""What must hold of some routes, whatever their marks say"""
OFFERED = re.compile(r'<form[^>]*? action="([^"]+)"[^>]*? method="post"|formaction="([^"]+)"')
LINKED = re.compile(r'<a [^>]*?href="([^"#?]+)[^"]*"')


def survey_routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route of an owner about one survey, with each of its methods."""
    for rule in app.url_map.iter_rules():
        if "slug" in rule.arguments and not getattr(app.view_functions[rule.endpoint], "is_public", False):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method


def join(app: Flask) -> None:
    """Give everybody the role they are to have, whatever became of it."""
    with app.app_context(), write_transaction() as session:
        survey_id = session.query(Survey.id).filter_by(slug="ruths").scalar()
        if survey_id is None:
            return
        ids = {name: owner_id for owner_id, name in session.query(Owner.id, Owner.name)}
        session.query(Survey).filter_by(id=survey_id).update({"owner_id": ids["Ruth"]})
        session.query(Membership).filter_by(survey_id=survey_id).delete()
        for name, role in PEOPLE.items():
            if role is not None and name != "Ruth":
                session.add(Membership(survey_id=survey_id, owner_id=ids[name], role=role))


@pytest.fixture
def everybody(app: Flask, two: tuple[FlaskClient, Things, Things]) -> tuple[dict[str, FlaskClient], Things]:  # noqa: F811
    """A browser for each, signed in; "Dora" is disabled afterwards, and a stranger has no name."""
    clients = {"Ruth": two[0], "": app.test_client()}
    for name in [*PEOPLE, "Dora"]:
        if name not in clients:
            make_owner(app, name)
            clients[name] = app.test_client()
            sign_in(clients[name], name)
    with app.app_context(), write_transaction() as session:
        survey_id = session.query(Survey.id).filter_by(slug="ruths").scalar() or 0
        dora = session.query(Owner).filter_by(name="Dora").one()
        session.add(Membership(survey_id=survey_id, owner_id=dora.id, role=OWNER))
        dora.disabled_at = dora.created_at
    join(app)
    return clients, two[1]


@pytest.mark.slow
def test_every_route_is_open_to_the_roles_that_its_mark_says_and_to_no_other(
    app: Flask, everybody: tuple[dict[str, FlaskClient], Things]
) -> None:
    clients, ruths = everybody
    tokens = {name: field(clients[name].get("/account"), "csrf_token") for name in PEOPLE}
    walked = 0
    # Deleting comes last: what is deleted answers 404 to whoever may look for it.
    for rule, method in sorted(survey_routes(app), key=lambda one: "delete" in one[0].rule):
        needed = needed_role(app.view_functions[rule.endpoint], method)
        address = ruths.address(rule)
        for stranger in ("", "Dora"):
            assert clients[stranger].open(address, method=method).status_code == 302, f"{method} {rule.rule}"
        for name, role in sorted(PEOPLE.items(), key=lambda one: ROLES.index(one[1]) if one[1] else -1):
            given = {"data": {"csrf_token": tokens[name]}} if method == "POST" else {}
            response = clients[name].open(address, method=method, buffered=True, **given)  # type: ignore[arg-type]
            if role is None:
                assert response.status_code == 404, f"{method} {rule.rule} showed itself to no member"
            elif suffices(role, needed):
                assert response.status_code not in (403, 500), f"{method} {rule.rule} refused {role}"
            else:
                assert response.status_code == 403, f"{method} {rule.rule} let {role} in: {response.status_code}"
                assert "owners of this survey" in response.text
            walked += 1
            if method == "POST":
                join(app)
    assert walked > 400


def test_what_some_routes_need_is_said_here_too(sqlite_app: Flask) -> None:
    views = sqlite_app.view_functions
    routes = {(rule.endpoint, method) for rule, method in survey_routes(sqlite_app)}
    assert NAMED.keys() <= routes
    assert {route: needed_role(views[route[0]], route[1]) for route in NAMED} == NAMED


def test_what_is_sent_needs_an_editor_at_least_but_leaving(sqlite_app: Flask) -> None:
    views = sqlite_app.view_functions
    open_to_readers = {
        rule.endpoint
        for rule, method in survey_routes(sqlite_app)
        if method == "POST" and needed_role(views[rule.endpoint], method) == READER
    }
    assert open_to_readers == {"people.leave", "notices.of_survey"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Rita", "Eddi"])
def test_no_page_offers_what_it_would_refuse(
    app: Flask, everybody: tuple[dict[str, FlaskClient], Things], name: str
) -> None:
    (clients, ruths), role = everybody, PEOPLE[name]
    offered, seen = set(), 0
    for rule, method in survey_routes(app):
        if method == "GET" and suffices(role, needed_role(app.view_functions[rule.endpoint], "GET")):
            page = clients[name].get(ruths.address(rule), buffered=True)
            if page.status_code != 200 or page.mimetype != "text/html":
                continue
            seen += 1
            for method, found in (("POST", OFFERED), ("GET", LINKED)):
                for address in (next(filter(None, match.groups())) for match in found.finditer(page.text)):
                    endpoint = endpoint_of(app, unescape(address), method)
                    if endpoint is not None and address.startswith("/manage/ruths"):
                        needed = needed_role(app.view_functions[endpoint], method)
                        assert suffices(role, needed), f"{rule.rule} offers {role} {method} {address}"
                        offered.add((endpoint, method))
    assert seen > 15
    assert len(offered) > 10


def endpoint_of(app: Flask, address: str, method: str) -> str | None:
    """The endpoint of an address of this site."""
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(address).path, method=method)[0])
    except HTTPException:
        return None


def test_who_may_only_read_is_told_whom_to_ask(app: Flask, everybody: tuple[dict[str, FlaskClient], Things]) -> None:
    clients, _ = everybody
    page = clients["Rita"].get("/manage/ruths").text
    assert "You can read this survey." in page
    assert "<bdi>Ruth</bdi> answers for it" in page
    refused = clients["Rita"].get("/manage/ruths/import")
    assert refused.status_code == 403
    assert "That is for editors and owners of this survey." in refused.text
    assert "You may ask Ruth, who answers for it." in refused.text
    assert 'href="/manage/ruths"' in refused.text


def test_members_see_what_is_not_public_and_others_do_not(
    app: Flask, everybody: tuple[dict[str, FlaskClient], Things]
) -> None:
    clients, _ = everybody
    for page in ("themes", "answers", "map"):
        assert {name: clients[name].get(f"/s/ruths/{page}").status_code for name in [*PEOPLE, "Dora", ""]} == {
            **{name: 200 if role else 404 for name, role in PEOPLE.items()}, "Dora": 404, "": 404,
        }  # fmt: skip


def test_the_list_shows_the_surveys_of_others_with_the_role(
    app: Flask, everybody: tuple[dict[str, FlaskClient], Things]
) -> None:
    clients, _ = everybody
    assert "You are a reader; <bdi>Ruth</bdi> answers for it." in clients["Rita"].get("/manage").text
    assert "You are an editor; <bdi>Ruth</bdi> answers for it." in clients["Eddi"].get("/manage").text
    assert "answers for it" not in clients["Ruth"].get("/manage").text
    assert "/manage/ruths" not in clients["Nora"].get("/manage").text


def test_a_role_lost_is_lost_at_once(app: Flask, everybody: tuple[dict[str, FlaskClient], Things]) -> None:
    clients, _ = everybody
    assert clients["Eddi"].get("/manage/ruths").status_code == 200
    with app.app_context(), write_transaction() as session:
        session.query(Membership).filter_by(role=EDITOR).delete()
    assert clients["Eddi"].get("/manage/ruths").status_code == 404
    with app.app_context():
        assert db.session.query(Membership).count() == 3
