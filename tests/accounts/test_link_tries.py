"""Whoever holds a link that lets in keeps nobody out with it: few tries, and no hash for a name that is taken."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import owners
from survey.accounts import sign_in as signing_in
from survey.accounts.sign_in import TRIES
from survey.web.rate_limits import Rule
from tests.people.test_joining import accept, invite
from tests.support.visitors import OWNER, PASSWORD, make_owner, owned_survey, sign_in


@pytest.fixture
def owner(sqlite_app: Flask) -> FlaskClient:
    """An owner who is signed in and has a survey."""
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    return client


def count_hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Gives the passwords that are hashed from now on."""
    hashed: list[str] = []
    known = owners.hasher.hash

    def counted(password: str) -> str:
        hashed.append(password)
        return known(password)

    monkeypatch.setattr(owners.hasher, "hash", counted)
    return hashed


def test_a_taken_name_costs_no_hash_and_an_invitation_tries_few_names(
    sqlite_app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = count_hashes(monkeypatch)
    path, client = invite(owner), sqlite_app.test_client()
    said = [accept(client, path, name=OWNER, password=PASSWORD).status_code for _ in range(TRIES.max_hits)]
    assert said == [422] * TRIES.max_hits
    slowed = accept(client, path, name="Nora", password=PASSWORD)
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "900")
    assert slowed.headers["Cache-Control"] == "no-store"
    assert "There were too many tries. Wait 15 minutes and try again." in slowed.text
    assert hashed == []
    other = invite(owner)
    assert accept(client, other, name="Nora", password=PASSWORD).status_code == 303
    assert len(hashed) == 1


def test_one_address_tries_few_names_however_many_invitations_it_has(
    sqlite_app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "TRIES_BY_LINKS", Rule("by-link-address", 3, 15))
    paths, client = [invite(owner) for _ in range(4)], sqlite_app.test_client()
    said = [accept(client, path, name=OWNER, password=PASSWORD).status_code for path in paths]
    assert said == [422, 422, 422, 429]


@pytest.mark.parametrize("resets", [False, True])
def test_a_one_time_link_is_tried_few_times(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, resets: bool) -> None:
    make_owner(sqlite_app)
    with sqlite_app.app_context():
        path = f"/set-up/{owners.new_reset_token(OWNER) if resets else owners.new_set_up_token()}"
    hashed, client = count_hashes(monkeypatch), sqlite_app.test_client()
    if resets:
        monkeypatch.setattr(signing_in, "TRIES_OF_LINK", Rule("by-link", 0, 15))
    else:
        said = [accept(client, path, name=OWNER, password=PASSWORD).status_code for _ in range(TRIES.max_hits)]
        assert said == [422] * TRIES.max_hits
    slowed = accept(client, path, name="Nora", password=PASSWORD)
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "900")
    assert "There were too many tries." in slowed.text
    assert hashed == []
