"""A survey that its owner deletes is out of reach at once, gone with all it has, and comes back with no backup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import api_tokens
from survey.core.account_models import Invitation
from survey.core.database import db, now, write_transaction
from survey.core.models import DELETED_PREFIX, Answer, AnswerImport, Deletion, Survey
from survey.imports import staged_uploads
from survey.operations.database_copy import open_database
from survey.serve import demo
from survey.worker.worker import Worker
from tests.support.erasure import PAGE, ROWS, bring, delete_survey, own, post, rows_of
from tests.support.saved_site import WORDS, another, done, fill, in_file, texts
from tests.support.visitors import SLUG, field, make_owner, make_survey, send_answer, sign_in

pytestmark = pytest.mark.both_databases


class TestSurveys:
    @pytest.mark.parametrize("typed", ["", "last", SLUG.upper(), f"/s/{SLUG}", "\0"])
    def test_without_its_address_nothing_is_deleted(self, app: Flask, owned: FlaskClient, typed: str) -> None:
        bring(app)
        before = rows_of(app)
        page = owned.get(f"{PAGE}/delete").text
        assert f'href="{PAGE}/export"' in page
        assert f'href="{PAGE}/export/answers.csv"' in page
        refused = delete_survey(owned, typed)
        assert refused.status_code == 422
        assert f"To delete this survey, type “{SLUG}”." in refused.text
        assert rows_of(app) == before
        assert f'href="{PAGE}/delete"' in owned.get(f"{PAGE}/settings").text

    def test_it_goes_with_all_that_hangs_on_it(self, app: Flask) -> None:
        survey_id = fill(app)
        client = app.test_client()
        sign_in(client)
        with app.app_context():
            identity = own().deletion_id
            staged_uploads.keep_pasted(own().owner_id or 0, survey_id, "Honesty")
        edited = {"edit", "idea_change", "proposal", "proposed_move"}
        assert {"answer", "idea", "placement", "vector", "api_token", *edited} <= set(rows_of(app))
        deleted = delete_survey(client, f" {SLUG} ")
        assert deleted.location == "/manage"
        page = client.get("/manage").text
        assert "The survey is deleted, with all that was in it." in page
        assert SLUG not in page
        assert rows_of(app) == {"invitation": 1}  # so that its link says what became of the survey
        with app.app_context():
            assert db.session.query(Invitation.survey_id, Invitation.label).one() == (None, "")
        assert list((Path(app.instance_path) / staged_uploads.FOLDER).glob("*")) == []
        with app.app_context():
            assert db.session.get(Deletion, identity) is not None
        make_survey(app, None)  # its address is free

    def test_another_survey_keeps_everything(self, app: Flask, owned: FlaskClient) -> None:
        with app.app_context():
            owner_id = own().owner_id
        make_survey(app, owner_id, "other")
        bring(app, slug="other")
        with app.app_context():
            api_tokens.create(own("other"), "a program")
        before = rows_of(app)
        bring(app, b"answer\nPatience\n")
        delete_survey(owned)
        assert rows_of(app) == before | {"survey": 1}
        assert owned.get("/manage/other").status_code == 200

    def test_it_is_out_of_reach_at_once_however_much_is_left(
        self, app: Flask, owned: FlaskClient, perform: Callable[[Flask], None], at_leisure: None
    ) -> None:
        bring(app)
        perform(app)
        with app.app_context():
            token = api_tokens.create(own(), "a program")
        post(owned, f"{PAGE}/publish")
        assert owned.get(f"/s/{SLUG}/themes").status_code == 200
        delete_survey(owned)
        assert len(texts(app)) == len(ROWS)
        with app.app_context():
            identity = own(DELETED_PREFIX + db.session.query(Survey).one().deletion_id).deletion_id
        named = [f"/s/{SLUG}", f"/s/{SLUG}/themes", f"/s/{SLUG}/embed", PAGE, f"{PAGE}/answers"]
        guessed = [
            f"/s/{DELETED_PREFIX}{identity}",
            f"/manage/{DELETED_PREFIX}{identity}",
            f"/manage/%2F{identity}",
            f"/s/%2F{identity}",
        ]
        for address in [*named, *guessed]:
            assert owned.get(address, follow_redirects=True).status_code == 404, address
        assert owned.get("/api/v1/answers", headers={"Authorization": f"Bearer {token}"}).status_code == 401
        assert "What keeps you together?" not in owned.get("/manage").text
        make_owner(app, "Otto")  # who would take over a survey that is nobody's
        assert "0 answers are older" in done_with_retention(app)
        Worker(app).sweep()
        assert rows_of(app) == {}

    def test_posts_checked_against_a_cached_survey_store_nothing(self, app: Flask, owned: FlaskClient) -> None:
        visitor = app.test_client()
        assert send_answer(visitor, "Kept").status_code == 303
        page = visitor.get(f"/s/{SLUG}")
        form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "My own words"}
        delete_survey(owned)
        assert visitor.post(f"/s/{SLUG}", data=form).status_code == 404
        assert texts(app) == []

    def test_what_an_owner_did_not_ask_for_stays_away(self, app: Flask, owned: FlaskClient) -> None:
        make_owner(app, "Otto")
        otto = app.test_client()
        sign_in(otto, "Otto")
        assert delete_survey(otto).status_code == 404
        assert owned.get(PAGE).status_code == 200


def done_with_retention(app: Flask) -> str:
    """What a dry run of retention says where everything is too old."""
    app.config["RETENTION_DAYS"] = 1
    with app.app_context(), write_transaction() as session:
        session.query(Answer).update({Answer.received_at: now() - timedelta(days=2)})
    return done(app, "forget-old", "--dry-run")


class TestDemo:
    def test_it_does_not_come_back_to_an_owner_who_deleted_it(self, sqlite_app: Flask) -> None:
        with sqlite_app.app_context():
            assert demo.load()
        make_owner(sqlite_app)
        client = sqlite_app.test_client()
        sign_in(client)
        assert delete_survey(client, demo.SLUG, demo.SLUG).location == "/manage"
        with sqlite_app.app_context():
            assert not demo.load()
            assert db.session.query(Survey).count() == 0


def gone_again(app: Flask, file: Path, *more: object) -> str:
    said = done(app, "restore", file, "--replace", *more)
    assert "Deleted again: 1 surveys" in said
    assert texts(app) == []
    assert rows_of(app) == {}
    return said


class TestRestores:
    def test_a_survey_that_was_deleted_does_not_come_back(self, app: Flask, tmp_path: Path) -> None:
        fill(app)
        file = tmp_path / "kept" / "kept.sqlite3"
        file.parent.mkdir()
        done(app, "backup", file)
        client = app.test_client()
        sign_in(client)
        delete_survey(client)
        gone_again(app, file)
        with another(tmp_path / "other") as other:
            (tmp_path / "deleted.txt").write_text(done(app, "deletions"))
            gone_again(other, file, "--deletions", tmp_path / "deleted.txt")
        with another(tmp_path / "third") as third:
            done(third, "restore", file)  # where nothing knows of it
            assert texts(third) == list(WORDS)

    def test_one_that_was_being_deleted_is_gone_in_a_restored_backup(
        self, app: Flask, tmp_path: Path, at_leisure: None
    ) -> None:
        fill(app)
        client = app.test_client()
        sign_in(client)
        delete_survey(client)
        done(app, "backup", tmp_path / "kept.sqlite3")
        assert in_file(tmp_path / "kept.sqlite3", "SELECT count(*) FROM answer") == [(len(WORDS),)]
        with another(tmp_path / "other") as other:
            gone_again(other, tmp_path / "kept.sqlite3")

    def test_an_import_that_was_being_deleted_is_gone_too(
        self, app: Flask, owned: FlaskClient, tmp_path: Path, at_leisure: None
    ) -> None:
        send_answer(app.test_client(), "Mine")
        identity = bring(app)
        post(owned, f"{PAGE}/import/past/{identity}/delete")
        done(app, "backup", tmp_path / "kept.sqlite3")
        assert in_file(tmp_path / "kept.sqlite3", "SELECT count(*) FROM answer") == [(len(ROWS) - 1,)]
        with another(tmp_path / "other") as other:
            done(other, "restore", tmp_path / "kept.sqlite3")
            assert texts(other) == ["Mine"]
            with other.app_context():
                assert db.session.query(AnswerImport).count() == 0

    def test_a_survey_is_known_by_the_same_identity_in_either_database_and_in_a_backup(
        self, app: Flask, tmp_path: Path
    ) -> None:
        survey_id = make_survey(app, None)
        with app.app_context(), write_transaction() as session:
            survey = session.get_one(Survey, survey_id)
            made = survey.deletion_id  # as it was computed from the moment itself
            survey.created_at = survey.created_at.replace(microsecond=0)
            session.flush()
            whole_second = survey.deletion_id
        assert made != whole_second
        with app.app_context():
            assert own().deletion_id == whole_second
            db.session.rollback()
            with write_transaction() as session:
                session.get_one(Survey, survey_id).created_at = own_moment = now()
        assert len(whole_second) == 16
        done(app, "backup", tmp_path / "kept.sqlite3")
        with app.app_context():
            identity = own().deletion_id
            assert own().created_at == own_moment
            with open_database(f"sqlite:///{tmp_path / 'kept.sqlite3'}"):
                assert own().deletion_id == identity
