"""What an owner deletes is gone for good: an answer, a flood, an import with all its answers."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.answers import erasure, moderation, near_duplicates
from survey.answers.erasure import erase
from survey.core.database import db, write_transaction
from survey.core.models import Answer, AnswerImport, Deletion, Idea, Run
from survey.imports import importer
from tests.support import importing
from tests.support.erasure import FILE, PAGE, ROWS, bring, count_anew, go_on, own, post, public_id, shown_counts
from tests.support.saved_site import texts
from tests.support.visitors import SLUG, send_answer

pytestmark = pytest.mark.both_databases


class TestAnswers:
    def test_the_page_asks_first_and_says_what_is_gentler(self, app: Flask, owned: FlaskClient) -> None:
        send_answer(app.test_client(), "Honesty <b>and</b> more")
        address = f"{PAGE}/answers/{public_id(app, 'Honesty <b>and</b> more')}/delete"
        assert f'href="{address}"' in owned.get(f"{PAGE}/answers").text
        page = owned.get(address).text
        assert "Honesty &lt;b&gt;and&lt;/b&gt; more" in page
        assert "This cannot be undone." in page
        assert "Hide it instead" in page
        assert len(texts(app)) == 1

    def test_it_is_gone_with_all_that_hung_on_it(
        self, app: Flask, owned: FlaskClient, perform: Callable[[Flask], None]
    ) -> None:
        bring(app)
        writer = app.test_client()
        send_answer(writer, "Honesty too")
        perform(app)
        identity = public_id(app, "Honesty too")
        deleted = post(owned, f"{PAGE}/answers/{identity}/delete?state=shown")
        assert deleted.location == f"{PAGE}/answers?state=shown"
        page = owned.get(deleted.location).text
        assert "The answer is deleted for good." in page
        assert "Honesty too" not in page
        assert texts(app) == ROWS
        assert writer.get(f"/s/{SLUG}/thanks").status_code == 302
        with app.app_context():
            assert db.session.get(Deletion, identity) is not None
            assert db.session.query(Run).filter_by(state="asked").count() == 1
            assert db.session.query(Idea.answer_id).distinct().count() == len(ROWS)
        kept = shown_counts(app)
        count_anew(app)
        assert shown_counts(app) == kept
        assert post(owned, f"{PAGE}/answers/{identity}/delete").status_code == 404

    def test_hiding_instead_keeps_it(self, app: Flask, owned: FlaskClient) -> None:
        send_answer(app.test_client(), "Honesty")
        identity = public_id(app, "Honesty")
        assert post(owned, f"{PAGE}/answers/decide", answer=identity, status="hidden").status_code == 303
        assert "Hide it instead" not in owned.get(f"{PAGE}/answers/{identity}/delete").text
        assert texts(app) == ["Honesty"]

    def test_of_a_flood_what_has_one_status_goes_part_by_part(
        self, app: Flask, owned: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(erasure, "ANSWERS_PER_BATCH", 2)
        for number in range(9):
            send_answer(app.test_client(), f"Buy the very best crystals from my shop, number {number}")
        with app.app_context():
            held = db.session.query(Answer).filter_by(status="held").order_by(Answer.id).all()
            burst, shown_after_all = held[0].burst, held[0].public_id
        post(owned, f"{PAGE}/answers/decide", answer=shown_after_all, status="shown")
        number = 9 - (near_duplicates.MIN_ANSWERS - 1) - 1
        address = f"{PAGE}/answers/floods/{burst}/held/delete"
        assert address in owned.get(f"{PAGE}/answers?state=held").text
        page = owned.get(address).text
        assert f"Delete these {number} answers?" in page
        assert "4 more are of the same burst (4 shown) and stay. Hiding takes all 9 away together." in page
        assert "Hide all 9 instead" in page
        deleted = post(owned, address)
        assert f"{number} answers are deleted for good." in owned.get(deleted.location).text
        with app.app_context():
            assert {row[0] for row in db.session.query(Answer.status)} == {"shown"}
            assert db.session.query(Answer).filter_by(public_id=shown_after_all).count() == 1
            assert db.session.query(Deletion).count() == number
        assert owned.get(address).status_code == 404

    @pytest.mark.parametrize("other_hides", [False, True])
    def test_of_two_who_take_the_same_out_of_the_counts_one_alone_subtracts_it(
        self, app: Flask, owned: FlaskClient, perform: Callable[[Flask], None], other_hides: bool
    ) -> None:
        bring(app)
        perform(app)

        def take_out() -> None:
            with app.app_context():
                answer = db.session.query(Answer).filter_by(text="Listening").one()
                if other_hides:
                    moderation.set_status(own(), [answer.id], "hidden")
                else:
                    erasure.delete_answer(own(), answer)

        with app.app_context():
            survey_id, answer_id = own().id, db.session.query(Answer.id).filter_by(text="Listening").scalar()
            with write_transaction() as session:
                erase(session, survey_id, [answer_id])
                other = threading.Thread(target=take_out)
                other.start()
                other.join(0.5)  # it read the answer, and waits for this transaction
        other.join()
        with app.app_context():
            run = db.session.get_one(Run, own().current_run_id)
            assert run.answers == len(ROWS) - 1
        kept = shown_counts(app)
        count_anew(app)
        assert shown_counts(app) == kept


class TestImports:
    def test_they_are_listed_with_what_is_left_of_each(self, app: Flask, owned: FlaskClient) -> None:
        bring(app)
        bring(app, b"answer\nPatience\n", "<more>.csv")
        identity = public_id(app, "Honesty")
        post(owned, f"{PAGE}/answers/{identity}/delete")
        page = owned.get(f"{PAGE}/import").text
        assert "people.csv" in page
        assert f"{len(ROWS) - 1} answers are here" in page
        assert "&lt;more&gt;.csv" in page
        assert "1 answer is here" in page

    def test_one_goes_with_all_its_answers_and_nothing_else(
        self, app: Flask, owned: FlaskClient, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(erasure, "ANSWERS_PER_BATCH", 2)
        bring(app, b"answer\nHonesty says mother\nPatience\n", "first.csv")
        identity = bring(app)
        send_answer(app.test_client(), "Honesty too")
        perform(app)
        address = f"{PAGE}/import/past/{identity}/delete"
        assert "people.csv" in owned.get(address).text
        assert len(texts(app)) == 9
        assert post(owned, address).location == f"{PAGE}/import"
        page = owned.get(f"{PAGE}/import").text
        assert "The import is taken back." in page
        assert "people.csv" not in page
        assert texts(app) == ["Honesty says mother", "Patience", "Honesty too"]
        with app.app_context():
            assert db.session.query(Deletion).count() == len(ROWS) + 1
            assert db.session.query(Run).filter_by(state="asked").count() == 1
        kept = shown_counts(app)
        count_anew(app)
        assert shown_counts(app) == kept
        assert owned.get(address).status_code == 404

    def test_the_same_file_may_come_in_again(self, app: Flask, owned: FlaskClient) -> None:
        identity = bring(app)
        post(owned, f"{PAGE}/import/past/{identity}/delete")
        with app.app_context():
            assert str(importer.import_answers(own(), FILE)) == f"{len(ROWS)} answers added."
        assert texts(app) == ROWS

    def test_a_long_deletion_is_announced_and_the_worker_continues_it(
        self, app: Flask, owned: FlaskClient, at_leisure: None
    ) -> None:
        identity = bring(app)
        post(owned, f"{PAGE}/import/past/{identity}/delete")
        page = owned.get(f"{PAGE}/import").text
        assert "The import is being taken back." in page
        assert f"It is being taken back, {len(ROWS) - 2} answers are still here" in page
        assert post(owned, f"{PAGE}/import/past/{identity}/delete").status_code == 303  # "Go on now"
        assert len(texts(app)) == len(ROWS) - 4
        go_on(app)
        assert texts(app) == []
        with app.app_context():
            assert db.session.query(AnswerImport).count() == 0

    def test_meanwhile_nothing_comes_in_that_would_go_with_it(
        self, app: Flask, owned: FlaskClient, at_leisure: None
    ) -> None:
        identity = bring(app)
        post(owned, f"{PAGE}/import/past/{identity}/delete")
        sent = post(owned, f"{PAGE}/import", pasted="Honesty\nPatience")
        refused = importing.confirm(owned, sent.location)
        assert refused.status_code == 422
        assert "is being deleted" in refused.text
        go_on(app)
        assert importing.confirm(owned, sent.location).status_code == 303
        assert texts(app) == ["Honesty", "Patience"]

    def test_a_look_ends_in_time_whatever_is_left(self, app: Flask, owned: FlaskClient, at_leisure: None) -> None:
        identity = bring(app)
        post(owned, f"{PAGE}/import/past/{identity}/delete")
        with app.app_context():
            erasure.continue_deletions(-1.0)
        assert len(texts(app)) == len(ROWS) - 4

    def test_answers_that_came_by_the_form_are_in_no_import(self, app: Flask, owned: FlaskClient) -> None:
        send_answer(app.test_client(), "Honesty")
        assert "What was imported" not in owned.get(f"{PAGE}/import").text
