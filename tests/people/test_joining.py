"""Invitations: one person, once, within a week, as who they are; and everything that may be wrong with a link."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.accounts import owners
from survey.answers import erasure
from survey.core.account_models import Invitation, Membership, Owner
from survey.core.database import db, now, write_transaction
from survey.core.models import Survey
from survey.edits.models import Deed
from survey.people import invitations, memberships, operators
from survey.people.invitations import AlreadyIn, InvitationOver
from survey.people.memberships import PeopleRefused
from survey.web.access import SignedIn
from tests.support.visitors import PASSWORD, SLUG, field, make_owner, sign_in

PAGE = f"/manage/{SLUG}"


def invite(client: FlaskClient, role: str = "editor", label: str = "A colleague") -> str:
    """Make an invitation as the page does; gives its path."""
    token = field(client.get(f"{PAGE}/people"), "csrf_token")
    made = client.post(f"{PAGE}/people/invite", data={"csrf_token": token, "label": label, "role": role})
    assert made.headers["Cache-Control"] == "no-store"
    return str(re.findall(r"/join/[\w-]+", made.text)[0])


def someone(app: Flask, name: str) -> FlaskClient:
    """Somebody with an account, signed in."""
    make_owner(app, name)
    client = app.test_client()
    sign_in(client, name)
    return client


def accept(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """Send the form of an invitation's page."""
    return client.post(path, data={"csrf_token": field(client.get(path), "csrf_token"), **form})


def roles(app: Flask) -> dict[str, str]:
    """Who is a member, in which role."""
    with app.app_context():
        rows = db.session.query(Owner.name, Membership.role).join(Membership, Membership.owner_id == Owner.id)
        return dict(rows.tuples())


def test_a_page_that_is_sent_again_makes_one_invitation(app: Flask, owned: FlaskClient) -> None:
    page = owned.get(f"{PAGE}/people")
    form = {name: field(page, name) for name in ("csrf_token", "key")} | {"label": "Edda", "role": "editor"}
    made = [owned.post(f"{PAGE}/people/invite", data=form).text for _ in range(2)]
    links = {re.findall(r"/join/[\w-]+", page)[0] for page in made}
    with app.app_context():
        assert (len(links), db.session.query(Invitation).count()) == (1, 1)
    owned.post(f"{PAGE}/people/invite", data=form | {"role": "reader"})
    with app.app_context():
        assert db.session.query(Invitation).count() == 2
        db.session.query(Invitation).update({"revoked_at": now()})
        db.session.commit()
    assert "is over. Make another one." in owned.post(f"{PAGE}/people/invite", data=form).text


@pytest.mark.both_databases
def test_someone_signed_in_joins_with_one_button(app: Flask, owned: FlaskClient) -> None:
    path, otto = invite(owned), someone(app, "Otto")
    page = otto.get(path).text
    assert "What keeps you together?" in page
    assert "<bdi>Ruth</bdi> invites you to work at this survey. Your role: <b>editor</b>." in page
    assert "You are signed in as <b><bdi>Otto</bdi></b>." in page
    assert roles(app) == {}  # looking joins nobody
    assert accept(otto, path).location == PAGE
    assert roles(app) == {"Otto": "editor"}
    assert "You are in. Your role: editor." in otto.get(PAGE).text


@pytest.mark.both_databases
def test_someone_without_an_account_makes_one_and_is_in(app: Flask, owned: FlaskClient) -> None:
    path, client = invite(owned, "reader"), app.test_client()
    assert "Or make an account" in client.get(path).text
    assert accept(client, path, name="Nora", password="short").status_code == 422
    assert accept(client, path, name="Ruth", password=PASSWORD).status_code == 422  # the name of somebody else
    assert roles(app) == {}
    assert accept(client, path, name=" Nora ", password=PASSWORD, time_zone="America/Lima").location == PAGE
    with app.app_context():
        assert db.session.query(Owner.time_zone).filter_by(name="Nora").scalar() == "America/Lima"
    assert roles(app) == {"Nora": "reader"}
    assert client.get(PAGE).status_code == 200
    with app.app_context():
        nora = db.session.query(Owner).filter_by(name="Nora").one()
        assert (nora.is_operator, nora.disabled_at) == (False, None)
        assert db.session.query(Survey.owner_id).filter_by(slug=SLUG).scalar() != nora.id


def test_a_stranger_signs_in_and_comes_back(app: Flask, owned: FlaskClient) -> None:
    path, client = invite(owned), app.test_client()
    make_owner(app, "Otto")
    link = re.findall(r'href="(/sign-in[^"]*)"', client.get(path).text)[0]
    page = client.get(link)
    form = {"csrf_token": field(page, "csrf_token"), "next": field(page, "next"), "name": "Otto", "password": PASSWORD}
    assert client.post("/sign-in", data=form).location == path


def test_the_wrong_person_signs_out_and_comes_back(app: Flask, owned: FlaskClient) -> None:
    path, otto = invite(owned), someone(app, "Otto")
    page = otto.get(path)
    form = {"csrf_token": field(page, "csrf_token"), "next": field(page, "next")}
    assert otto.post("/sign-out", data=form).location == f"/sign-in?next={path}"
    assert "Or make an account" in otto.get(path).text


OVER = {
    "used": ("This invitation was used already", 410),
    "expired": ("This invitation has expired", 410),
    "revoked": ("This invitation was taken back", 410),
    "gone": ("The survey is not there any more", 410),
    "unknown": ("There is no such invitation", 404),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("reason", OVER)
def test_a_link_that_works_no_more_says_why(app: Flask, owned: FlaskClient, reason: str) -> None:
    path = invite(owned)
    otto = someone(app, "Otto")
    page = otto.get(path)
    if reason == "used":
        accept(someone(app, "Nora"), path)
    elif reason == "revoked":
        people = owned.get(f"{PAGE}/people")
        address = re.findall(r'action="([^"]*/revoke)"', people.text)[0]
        assert owned.post(address, data={"csrf_token": field(people, "csrf_token")}).status_code == 303
    elif reason == "gone":
        with app.app_context():
            erasure.delete_survey(db.session.query(Survey).one())
    elif reason == "expired":
        with app.app_context(), write_transaction() as session:
            session.query(Invitation).one().made_at = now() - timedelta(days=7, seconds=1)
    else:
        path = path[:-1]
    heading, status = OVER[reason]
    sent = otto.post(path, data={"csrf_token": field(page, "csrf_token")})
    for response in (otto.get(path), sent, app.test_client().get(path)):
        assert (response.status_code, response.headers["Cache-Control"]) == (status, "no-store")
        assert heading in response.text
    assert "Otto" not in roles(app)


def test_twice_by_the_same_person_leads_to_the_survey(app: Flask, owned: FlaskClient) -> None:
    path, otto = invite(owned), someone(app, "Otto")
    form = {"csrf_token": field(otto.get(path), "csrf_token")}
    assert [otto.post(path, data=form).location for _ in range(2)] == [PAGE, PAGE]
    assert otto.get(path).location == PAGE
    assert roles(app) == {"Otto": "editor"}


@pytest.mark.both_databases
def test_a_role_is_never_lowered_by_an_invitation_but_raised(app: Flask, owned: FlaskClient) -> None:
    otto = someone(app, "Otto")
    accept(otto, invite(owned, "editor"))
    lower = invite(owned, "reader")
    page = otto.get(lower).text
    assert "in this survey already. The invitation still waits" in page
    assert otto.post(lower, data={"csrf_token": field(otto.get("/account"), "csrf_token")}).location == lower
    assert roles(app) == {"Otto": "editor"}
    higher = invite(owned, "owner")
    assert "Your role here until now: editor." in otto.get(higher).text
    assert accept(otto, higher).location == PAGE
    assert roles(app) == {"Otto": "owner"}
    assert "in this survey already" in owned.get(lower).text  # who answers for it cannot use it up either
    assert accept(someone(app, "Nora"), lower).location == PAGE


def test_there_are_no_more_invitations_than_can_be_looked_after(
    app: Flask, owned: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MAX_WAITING", 1)
    invite(owned)
    form = {"csrf_token": field(owned.get(f"{PAGE}/people"), "csrf_token"), "label": "One more", "role": "reader"}
    refused = owned.post(f"{PAGE}/people/invite", data=form)
    assert refused.status_code == 409
    assert "1 invitations wait already." in refused.text
    with app.app_context():
        assert db.session.query(Invitation).count() == 1


def test_there_are_no_more_people_than_a_survey_takes(
    app: Flask, owned: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MAX_MEMBERS", 0)
    path = invite(owned)
    for client, form in ((someone(app, "Otto"), {}), (app.test_client(), {"name": "Nora", "password": PASSWORD})):
        refused = accept(client, path, **form)
        assert refused.status_code == 409
        assert "nobody can be added" in refused.text
    with app.app_context():
        assert db.session.query(Owner).count() == 2  # no account was made either
        assert db.session.query(Invitation).one().used_at is None


@pytest.mark.parametrize(
    ("label", "role", "says"),
    [
        ("", "editor", "Write for whom it is."),
        ("x" * 81, "editor", "Keep it to 80 characters."),
        ("a\0b", "editor", "NUL"),
        ("Ana", "operator", "Not a valid choice"),
        ("Ana", "", "Not a valid choice"),
    ],
)
def test_an_invitation_is_checked(app: Flask, owned: FlaskClient, label: str, role: str, says: str) -> None:
    form = {"csrf_token": field(owned.get(f"{PAGE}/people"), "csrf_token"), "label": label, "role": role}
    refused = owned.post(f"{PAGE}/people/invite", data=form)
    assert refused.status_code == 422
    assert says in refused.text
    with app.app_context():
        assert db.session.query(Invitation).count() == 0


@pytest.mark.both_databases
def test_two_who_accept_at_once_are_one(app: Flask, owned: FlaskClient) -> None:
    token = invite(owned).rpartition("/")[2]
    names, barrier, met = ("Otto", "Nora", "Ida"), Barrier(3), list[str]()
    for name in names:
        make_owner(app, name)

    def take(name: str) -> None:
        with app.app_context():
            signed_in = SignedIn(db.session.query(Owner).filter_by(name=name).one())
            barrier.wait()
            try:
                invitations.accept(token, signed_in)
                met.append("in")
            except InvitationOver as over:
                met.append(str(over))

    threads = [Thread(target=take, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(met) == ["in", "used", "used"]
    assert len(roles(app)) == 1


def test_somebody_removed_at_this_moment_invites_nobody(app: Flask, owned: FlaskClient) -> None:
    otto_id = make_owner(app, "Otto")
    with app.app_context():
        survey = db.session.query(Survey).one()
        with pytest.raises(PeopleRefused, match="You are no owner of this survey any more"):
            invitations.invite(survey, otto_id, "owner", "Himself")
        assert db.session.query(Invitation).count() == 0


def test_who_is_removed_takes_along_what_they_invited_others_with(app: Flask, owned: FlaskClient) -> None:
    otto = someone(app, "Otto")
    accept(otto, invite(owned, "owner"))
    theirs = invite(otto, "owner", "A friend of Otto")
    with app.app_context():
        survey, ruth = db.session.query(Survey).one(), db.session.query(Owner.id).filter_by(name="Ruth").scalar() or 0
        memberships.remove(survey, ruth, db.session.query(Membership.id).scalar() or 0)
    assert OVER["revoked"][0] in app.test_client().get(theirs).text


def switch_off(app: Flask, name: str) -> None:
    with app.app_context():
        operators.disable(number_of("Ruth"), number_of(name))


def number_of(name: str) -> int:
    return db.session.query(Owner.id).filter_by(name=name).scalar() or 0


@pytest.mark.both_databases
def test_who_is_switched_off_takes_along_what_they_invited_others_with(app: Flask, owned: FlaskClient) -> None:
    otto, stranger = someone(app, "Otto"), app.test_client()
    accept(otto, invite(owned, "owner"))
    ruths, theirs = invite(owned, "reader"), invite(otto, "owner", "Otto himself")
    form = {"csrf_token": field(stranger.get(theirs), "csrf_token"), "name": "Otto2", "password": PASSWORD}
    switch_off(app, "Otto")
    for response in (stranger.get(theirs), stranger.post(theirs, data=form)):
        assert (response.status_code, OVER["revoked"][0] in response.text) == (410, True)
    assert roles(app) == {"Otto": "owner"}
    with app.app_context():
        assert number_of("Otto2") == 0
        assert len(invitations.waiting_of(db.session.query(Survey).one())) == 1
        operators.enable(number_of("Ruth"), number_of("Otto"))
    assert OVER["revoked"][0] in stranger.get(theirs).text, "it does not come back with who made it"
    assert stranger.get(ruths).status_code == 200


def test_an_invitation_made_while_its_maker_is_switched_off_lets_nobody_in(app: Flask, owned: FlaskClient) -> None:
    otto, stranger = someone(app, "Otto"), app.test_client()
    accept(otto, invite(owned, "owner"))
    switch_off(app, "Otto")
    with app.app_context():
        survey = db.session.query(Survey).one()
        token = invitations.invite(survey, number_of("Otto"), "owner", "Otto himself")  # asked for just before
        with pytest.raises(InvitationOver, match=invitations.REVOKED):
            invitations.accept_as_new(token, "Otto2", PASSWORD)
    assert OVER["revoked"][0] in stranger.get(f"/join/{token}").text


def test_already_in_keeps_the_invitation(app: Flask, owned: FlaskClient) -> None:
    token = invite(owned).rpartition("/")[2]
    with app.app_context():
        ruth = SignedIn(db.session.query(Owner).one())
        with pytest.raises(AlreadyIn):
            invitations.accept(token, ruth)
        assert db.session.query(Invitation).one().used_at is None


def test_only_the_hash_is_kept_and_old_ones_are_forgotten(app: Flask, owned: FlaskClient) -> None:
    token = invite(owned).rpartition("/")[2]
    with app.app_context():
        assert token not in repr([tuple(row) for row in db.session.execute(Invitation.__table__.select())])
        assert invitations.forget_old() == 0
        with write_transaction() as session:
            session.query(Invitation).one().made_at = now() - timedelta(days=31)
        assert invitations.forget_old() == 1
        assert invitations.forget_old() == 0


def test_joining_is_in_the_history_without_a_signed_in_page(app: Flask, owned: FlaskClient) -> None:
    accept(app.test_client(), invite(owned), name="Nora", password=PASSWORD)
    with app.app_context():
        assert [(deed.owner_name, deed.action) for deed in db.session.query(Deed).order_by(Deed.id)] == [
            ("Ruth", "invited"), ("Nora", "joined"),
        ]  # fmt: skip


def test_a_disabled_owner_signs_in_nowhere(app: Flask, owned: FlaskClient) -> None:
    path, otto = invite(owned), someone(app, "Otto")
    with app.app_context(), write_transaction() as session:
        session.query(Owner).filter_by(name="Otto").one().disabled_at = now()
    assert "Or make an account" in otto.get(path).text
    with app.app_context(), pytest.raises(owners.OwnerDisabled):
        owners.check_password("Otto", PASSWORD)
