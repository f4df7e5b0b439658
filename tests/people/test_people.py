"""Who works at a survey: roles changed and taken, leaving, handing over; the last owner stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.accounts import owners
from survey.answers import erasure
from survey.core.account_models import Invitation, Membership, Owner
from survey.core.database import db, now, write_transaction
from survey.core.models import Survey
from survey.people import memberships, operators
from survey.people.memberships import PeopleRefused
from tests.support.saved_site import done
from tests.support.visitors import SLUG, field, make_owner, sign_in, sign_in_by_page, without_tokens

PAGE = f"/manage/{SLUG}"


@pytest.fixture
def crew(app: Flask, owned: FlaskClient) -> dict[str, FlaskClient]:
    """Ruth, who answers for the survey, Olga, another owner, and Rita, a reader."""
    clients = {"Ruth": owned}
    for name, role in (("Olga", "owner"), ("Rita", "reader")):
        owner_id = make_owner(app, name)
        with app.app_context(), write_transaction() as session:
            survey_id = session.query(Survey.id).scalar() or 0
            session.add(Membership(survey_id=survey_id, owner_id=owner_id, role=role))
        clients[name] = app.test_client()
        sign_in(clients[name], name)
    return clients


def member(app: Flask, name: str) -> int:
    """The id of somebody's membership, 0 if there is none."""
    with app.app_context():
        found = db.session.query(Membership.id).join(Owner, Owner.id == Membership.owner_id).filter(Owner.name == name)
        return found.scalar() or 0


def owner_id(app: Flask, name: str) -> int:
    with app.app_context():
        return db.session.query(Owner.id).filter_by(name=name).scalar() or 0


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    token = field(client.get("/account"), "csrf_token")
    return client.post(f"{PAGE}/{path}", data={"csrf_token": token, **form})


def told(client: FlaskClient, response: TestResponse) -> str:
    """The page that a form leads to."""
    assert response.status_code == 303
    return client.get(response.location).text


def test_the_page_lists_everybody_with_the_role(crew: dict[str, FlaskClient]) -> None:
    page = crew["Olga"].get(f"{PAGE}/people").text
    at = [page.index(f"<bdi>{name}</bdi></p>") for name in ("Ruth", "Olga", "Rita")]
    assert at == sorted(at)
    assert "owner, answers for the survey" in page
    assert page.count("/remove") == 1  # neither who answers for it nor oneself


@pytest.mark.both_databases
def test_a_role_is_changed_and_somebody_removed(app: Flask, crew: dict[str, FlaskClient]) -> None:
    rita = member(app, "Rita")
    assert "Rita: editor." in told(crew["Olga"], post(crew["Olga"], f"people/{rita}/role", role="editor"))
    assert crew["Rita"].get(f"{PAGE}/import").status_code == 200
    assert post(crew["Olga"], f"people/{rita}/role", role="boss").status_code == 400
    page = told(crew["Olga"], post(crew["Olga"], f"people/{rita}/remove"))
    assert "Rita is not part of this survey any more." in page
    gone, never = crew["Rita"].get(PAGE), crew["Rita"].get("/manage/nowhere")
    assert (gone.status_code, never.status_code) == (404, 404)
    assert "You are not part of this survey" in gone.text and "(any more)" in gone.text
    assert without_tokens(gone.text).replace(SLUG, "nowhere") == without_tokens(never.text), "which of both it is"
    assert post(crew["Olga"], f"people/{rita}/remove").status_code == 404
    assert post(crew["Olga"], f"people/{2**31}/remove").status_code == 404


def test_what_takes_somebody_out_is_asked_about_first(crew: dict[str, FlaskClient]) -> None:
    """Without scripts: the button is in what a click unfolds, with a sentence."""
    page = crew["Ruth"].get(f"{PAGE}/people").text
    for action, sentence in (("remove", "sees nothing of this survey any more"), ("hand-over", "may take you out")):
        form = page.index(f"/{action}")
        before = page[page.rindex("<details", 0, form) : form]
        assert sentence in before and "</details>" not in before


@pytest.mark.both_databases
def test_a_member_leaves_and_who_answers_for_it_does_not(app: Flask, crew: dict[str, FlaskClient]) -> None:
    assert f'action="{PAGE}/leave"' in crew["Rita"].get(f"{PAGE}/leave").text
    assert "You have left the survey." in told(crew["Rita"], post(crew["Rita"], "leave"))
    assert crew["Rita"].get(PAGE).status_code == 404
    assert f'action="{PAGE}/leave"' not in crew["Ruth"].get(f"{PAGE}/leave").text
    assert "You answer for this survey." in told(crew["Ruth"], post(crew["Ruth"], "leave"))
    assert crew["Ruth"].get(PAGE).status_code == 200


@pytest.mark.both_databases
def test_who_answers_for_it_hands_it_over_to_another_owner_and_stays(app: Flask, crew: dict[str, FlaskClient]) -> None:
    olga, rita = member(app, "Olga"), member(app, "Rita")
    assert "It can be handed over to another owner" in told(
        crew["Ruth"], post(crew["Ruth"], f"people/{rita}/hand-over")
    )
    assert "Only who answers for the survey" in told(crew["Olga"], post(crew["Olga"], f"people/{olga}/hand-over"))
    assert "Olga answers for this survey now." in told(crew["Ruth"], post(crew["Ruth"], f"people/{olga}/hand-over"))
    with app.app_context():
        assert db.session.query(Survey.owner_id).scalar() == owner_id(app, "Olga")
    assert (member(app, "Olga"), bool(member(app, "Ruth"))) == (0, True)
    assert "You have left" in told(crew["Ruth"], post(crew["Ruth"], "leave"))
    assert crew["Olga"].get(f"{PAGE}/people").status_code == 200


def test_whoever_lost_the_role_at_this_moment_changes_nobody(app: Flask, crew: dict[str, FlaskClient]) -> None:
    olga, rita = owner_id(app, "Olga"), member(app, "Rita")
    with app.app_context():
        survey = db.session.query(Survey).one()
        memberships.remove(survey, owner_id(app, "Ruth"), member(app, "Olga"))
        gone = "You are no owner of this survey any more"
        with pytest.raises(PeopleRefused, match=gone):
            memberships.remove(survey, olga, rita)
        with pytest.raises(PeopleRefused, match=gone):
            memberships.set_role(survey, olga, rita, "owner")
        with pytest.raises(PeopleRefused, match=gone):
            memberships.hand_over(survey, olga, rita)
    assert member(app, "Rita") == rita


@pytest.mark.both_databases
def test_handing_over_what_is_being_deleted_is_refused(app: Flask, crew: dict[str, FlaskClient]) -> None:
    olga = member(app, "Olga")
    with app.app_context():
        survey = db.session.query(Survey).one()
        survey_id, ruth = survey.id, survey.owner_id or 0
        erasure.delete_survey(survey)
        with pytest.raises(PeopleRefused, match="deleted meanwhile"):
            memberships.hand_over(Survey(id=survey_id), ruth, olga)
        with pytest.raises(PeopleRefused, match="There is no survey at this address"):
            operators.hand_over(ruth, SLUG, "Olga")


def test_deleting_by_somebody_removed_meanwhile_deletes_nothing(
    app: Flask, crew: dict[str, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    really = erasure.delete_survey

    def removed_first(survey: Survey) -> bool:
        with write_transaction() as session:
            session.query(Membership).delete()
        return really(survey)

    monkeypatch.setattr(erasure, "delete_survey", removed_first)
    assert post(crew["Olga"], "delete", address=SLUG).status_code == 404
    assert crew["Ruth"].get(PAGE).status_code == 200


class TestOperators:
    def post(self, client: FlaskClient, path: str, **form: str) -> str:
        token = field(client.get("/account"), "csrf_token")
        response = client.post(f"/owners/{path}", data={"csrf_token": token, **form})
        return client.get("/owners").text if response.status_code == 303 else response.text

    def test_the_first_owner_is_one_and_nobody_else(self, app: Flask, crew: dict[str, FlaskClient]) -> None:
        assert "Olga" in crew["Ruth"].get("/owners").text
        for name in ("Olga", "Rita"):
            assert crew[name].get("/owners").status_code == 403
            assert "/owners" not in crew[name].get("/account").text
            token = field(crew[name].get("/account"), "csrf_token")
            for path in ("link", "1/disable", "1/enable", "hand-over"):
                sent = crew[name].post(f"/owners/{path}", data={"csrf_token": token, "address": SLUG, "name": name})
                assert sent.status_code == 403
        assert "/owners" in crew["Ruth"].get("/account").text

    def test_an_operator_reads_no_survey_of_others(self, app: Flask, crew: dict[str, FlaskClient]) -> None:
        with app.app_context(), write_transaction() as session:
            session.query(Survey).one().owner_id = owner_id(app, "Olga")
        page = crew["Ruth"].get("/owners").text
        assert f"<bdi>{SLUG}</bdi> (0 answers)" in page
        assert "What keeps you together?" not in page
        assert crew["Ruth"].get(PAGE).status_code == 404

    def test_a_link_makes_an_owner_and_is_shown_once(self, app: Flask, crew: dict[str, FlaskClient]) -> None:
        shown = self.post(crew["Ruth"], "link")
        assert "/set-up/" in shown
        assert "/set-up/" not in crew["Ruth"].get("/owners").text

    @pytest.mark.both_databases
    def test_who_is_disabled_is_out_at_once_and_hears_why_with_the_right_password_alone(
        self, app: Flask, crew: dict[str, FlaskClient]
    ) -> None:
        olga = owner_id(app, "Olga")
        assert "Olga cannot sign in any more." in self.post(crew["Ruth"], f"{olga}/disable")
        assert crew["Olga"].get(PAGE).status_code == 302
        assert "This account is switched off." in sign_in_by_page(app.test_client(), "Olga").text
        wrong = sign_in_by_page(app.test_client(), "Olga", "not the password").text
        assert "The name or the password is not right." in wrong
        assert "switched off" not in wrong
        assert "Olga can sign in again." in self.post(crew["Ruth"], f"{olga}/enable")
        assert sign_in_by_page(app.test_client(), "Olga").status_code == 303
        assert crew["Olga"].get(PAGE).status_code == 302  # the old session does not come back
        assert self.post(crew["Ruth"], "999999/disable").count("There is nothing at this address") > 0

    def test_nobody_disables_themselves_so_an_operator_stays(self, app: Flask, crew: dict[str, FlaskClient]) -> None:
        ruth, olga = owner_id(app, "Ruth"), owner_id(app, "Olga")
        assert "You cannot switch your own account off." in self.post(crew["Ruth"], f"{ruth}/disable")
        with app.app_context():
            operators.make_operator("Olga")
            operators.disable(olga, ruth)
            with pytest.raises(PeopleRefused, match="You do not look after this site any more"):
                operators.disable(ruth, olga)
            assert db.session.query(Owner).filter_by(is_operator=True, disabled_at=None).count() == 1

    @pytest.mark.both_databases
    def test_a_survey_is_handed_over_and_its_history_says_so(self, app: Flask, crew: dict[str, FlaskClient]) -> None:
        assert "Nobody signs in with this name." in self.post(crew["Ruth"], "hand-over", address=SLUG, name="Nobody")
        assert "There is no survey" in self.post(crew["Ruth"], "hand-over", address="nowhere", name="Olga")
        assert "already" in self.post(crew["Ruth"], "hand-over", address=SLUG, name="Ruth")
        page = self.post(crew["Ruth"], "hand-over", address=f"https://ask.example/s/{SLUG}", name="Olga")
        assert f"Olga answers for {SLUG} now." in page
        history = crew["Olga"].get(f"{PAGE}/themes/history").text
        assert "The survey was handed over to <bdi>Olga</bdi>." in history
        assert "<bdi>Ruth</bdi>, " in history
        assert crew["Ruth"].get(f"{PAGE}/people").status_code == 200  # still one of its owners

    def test_nothing_is_handed_over_to_who_is_disabled(self, app: Flask, crew: dict[str, FlaskClient]) -> None:
        with app.app_context(), write_transaction() as session:
            session.query(Owner).filter_by(name="Olga").one().disabled_at = now()
        assert "This account is switched off, so" in self.post(crew["Ruth"], "hand-over", address=SLUG, name="Olga")
        assert "It can be handed over to another owner" in told(
            crew["Ruth"], post(crew["Ruth"], f"people/{member(app, 'Olga')}/hand-over")
        )

    def test_the_command_makes_an_operator(self, app: Flask, crew: dict[str, FlaskClient]) -> None:
        runner = app.test_cli_runner()
        assert "no owner called 'Nobody'" in runner.invoke(args=["make-operator", "Nobody"]).output
        assert crew["Olga"].get("/owners").status_code == 403
        assert runner.invoke(args=["make-operator", "Olga"]).output == "Olga is an operator now.\n"
        assert crew["Olga"].get("/owners").status_code == 200

    def test_a_disabled_owner_gets_no_new_password(self, app: Flask, crew: dict[str, FlaskClient]) -> None:
        runner = app.test_cli_runner()
        link = runner.invoke(args=["reset-password", "Olga"]).output.split()[-1]
        self.post(crew["Ruth"], f"{owner_id(app, 'Olga')}/disable")
        assert app.test_client().get("/set-up/" + link.rpartition("/")[2]).status_code == 404
        assert "is switched off" in runner.invoke(args=["reset-password", "Olga"]).output

    def test_the_day_somebody_was_here_is_kept_and_no_more(
        self, app: Flask, crew: dict[str, FlaskClient], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[int] = []
        monkeypatch.setattr(app.extensions["jobs"], "enqueue_owner_seen", asked.append)
        assert "Not seen yet." in crew["Ruth"].get("/owners").text
        with app.app_context():
            owners.record_seen(asked.pop())  # what the worker does
            seen = db.session.query(Owner.seen_on).filter_by(name="Ruth").scalar()
        assert seen is not None
        assert (seen.date(), seen.hour, seen.minute, seen.second) == (now().date(), 0, 0, 0)
        crew["Ruth"].get("/manage")
        assert asked == []


@pytest.mark.both_databases
def test_a_restore_brings_back_no_role_that_was_taken_and_no_account_that_was_disabled(
    app: Flask, crew: dict[str, FlaskClient], tmp_path: Path
) -> None:
    olga, rita = member(app, "Olga"), member(app, "Rita")
    post(crew["Ruth"], "people/invite", label="Somebody", role="owner")
    done(app, "backup", tmp_path / "backup.sqlite3")
    post(crew["Ruth"], f"people/{olga}/role", role="editor")
    post(crew["Ruth"], f"people/{rita}/remove")
    with app.app_context():
        operators.disable(owner_id(app, "Ruth"), owner_id(app, "Rita"))
    done(app, "restore", tmp_path / "backup.sqlite3", "--replace")
    with app.app_context():
        assert [row.role for row in db.session.query(Membership)] == ["editor"]
        assert db.session.query(Invitation).count() == 0
        assert [owner.name for owner in db.session.query(Owner) if owner.disabled_at is not None] == ["Rita"]


def test_who_deletes_is_told_of_the_archive_and_of_who_loses_it(crew: dict[str, FlaskClient]) -> None:
    page = crew["Ruth"].get(f"{PAGE}/delete").text
    assert f'href="{PAGE}/export/survey.zip"' in page
    assert "One file brings it back" in page and "2 other people work at it, and lose it too." in page
    export = crew["Ruth"].get(f"{PAGE}/export").text
    assert "Everything in one archive" not in export
    assert "The people who work at it and their invitations are not in it" in export
