"""Import: seen first, all of what was confirmed or nothing, nothing twice, and it can be taken back."""

from __future__ import annotations

import gc
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis.files.model import AnswerRow
from survey.answers import erasure
from survey.answers.forgotten import ForgottenAnswer, Marks
from survey.core.database import db
from survey.core.models import Answer, AnswerImport, Run, Survey
from survey.imports import routes
from survey.imports.importer import import_answers
from tests.support.importing import confirm, fields_of, headline, look, send, stored, take_in, texts, words
from tests.support.visitors import SLUG, owned_survey, sign_in

GOOD = b'answer,by\n"Listen.",a\nBe honest.,b\n"Listen.",c\n"two\nlines",d\nListen.,a\n'
TIMES = b"answer,received_at\n" + b"fine,2026-03-19T07:40:00+01:00\n" * 11 + b"fine,whenever\n"
LONG = "I have come here since 1971. " * 190


@pytest.mark.both_databases
def test_a_file_is_seen_first_and_taken_in_then(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, GOOD).location
    page = owner.get(address)
    assert headline(page) == "All 5 rows can be taken in"
    assert "3 say the same as another, Listen. for one: 3 people, so all are taken in." in words(page)
    assert stored(app) == []
    done = confirm(owner, address)
    assert done.status_code == 303
    assert "5 answers added." in words(owner.get(done.location))
    assert texts(app) == ["Listen.", "Be honest.", "Listen.", "two\nlines", "Listen."]
    assert owner.get(address).status_code == 303, "a file that was used waits no longer"


@pytest.mark.both_databases
def test_the_same_file_again_adds_nothing_and_a_longer_one_what_is_new(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, GOOD)
    page = owner.get(send(owner, GOOD).location)
    assert headline(page) == "All 5 are here already"
    assert "Take in" not in page.text
    longer = owner.get(send(owner, GOOD + b"Laugh.,e\n").location)
    assert headline(longer) == "5 of 6 are here already"
    assert "The new rows" in longer.text
    assert "1 answer added, 5 were already here." in words(take_in(owner, GOOD + b"Laugh.,e\n"))
    with app.app_context():
        assert db.session.query(Run).count() == 1


def test_rows_without_an_answer_are_left_out_and_said(app: Flask, owner: FlaskClient) -> None:
    content = b"answer,by\nfine,a\n,b\n \xc2\xa0 ,c\n\xe2\x80\x8b,d\ngood,e\n"
    page = owner.get(send(owner, content).location)
    assert headline(page) == "2 of 5 rows can be taken in"
    assert "3 are blank." in words(page)
    assert "Rows 3, 4 and 5." in words(page)
    assert "Blank: left out" in page.text
    assert "Left out: 3 are blank." in words(
        take_in(owner, b"answer,by\nfine,a\n,b\n \xc2\xa0 ,c\n\xe2\x80\x8b,d\ngood,e\n")
    )
    assert texts(app) == ["fine", "good"]


@pytest.mark.parametrize("content", [b"answer\n \n\xc2\xa0\n", b"answer\n", b"\n"])
def test_only_what_is_blank_everywhere_is_refused(app: Flask, owner: FlaskClient, content: bytes) -> None:
    sent = send(owner, content)
    page = owner.get(sent.location) if sent.status_code == 303 else sent
    assert 'role="alert"' in page.text
    assert "Take in" not in page.text
    assert stored(app) == []


@pytest.mark.parametrize("head", ["id,score,km", "answer,score,km"])
def test_where_no_column_holds_text_the_owner_chooses_one(app: Flask, owner: FlaskClient, head: str) -> None:
    content = "\n".join([head, *(f"{row},{row * 7 % 10},{row / 4}" for row in range(1, 26))]).encode()
    address = send(owner, content).location
    page = owner.get(address)
    assert headline(page) == "No column here holds text"
    assert "Choose the one with the answers, or another file." in words(page)
    assert "Take in" not in page.text
    assert confirm(owner, address, page).status_code == 422
    assert stored(app) == []
    page = look(owner, address, page, answer="2")
    assert headline(page) == "All 25 rows can be taken in"
    confirm(owner, address, page)
    assert len(stored(app)) == 25


def test_one_column_of_numbers_is_asked_about_and_a_pasted_list_is_taken(app: Flask, owner: FlaskClient) -> None:
    assert headline(owner.get(send(owner, b"answer\n9\n28\n79\n14\n").location)) == "No column here holds text"
    assert headline(owner.get(send(owner, pasted="9\n28\n79\n14\n").location)) == "All 4 rows can be taken in"


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ({"too_long": "leave"}, ["fine"]),
        ({"too_long": "cut"}, ["fine", LONG[:5000].rstrip()]),
        ({"too_long": "mine", "text-3": "Since 1971."}, ["fine", "Since 1971."]),
        ({"too_long": "mine", "text-3": " "}, ["fine"]),
    ],
)
def test_what_is_too_long_is_named_and_chosen_about(
    app: Flask, owner: FlaskClient, choice: dict[str, str], kept: list[str]
) -> None:
    content = f"answer\nfine\n{LONG}\n".encode()
    page = owner.get(send(owner, content).location)
    assert headline(page) == "1 of 2 rows can be taken in"
    assert "Row 3 has 5,509 characters. It begins I have come here since 1971." in words(page)
    take_in(owner, content, **choice)
    assert texts(app) == kept


def test_fields_that_name_no_row_or_column_are_passed_over(owner: FlaskClient) -> None:
    """A superscript two is a digit to Python, and no number."""
    address = send(owner, f"answer\nfine\n{LONG}\n".encode()).location
    strange = {f"{field}{number}": "x" for field in ("text-", "other-") for number in ("²", "", "-1", "9" * 5_000)}
    page = look(owner, address, None, too_long="mine", **strange, **{"text-3": "Since 1971."})
    assert page.status_code == 200
    assert headline(page) == "All 2 rows can be taken in"


def test_the_box_for_shortening_has_the_whole_text(owner: FlaskClient) -> None:
    address = send(owner, f"answer\nfine\n{LONG}\n".encode()).location
    page = look(owner, address, too_long="mine")
    assert fields_of(page.text)["text-3"] == LONG.strip()


def test_choosing_without_looking_shows_the_new_numbers_first(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, f"answer\nfine\n{LONG}\n".encode()).location
    page = confirm(owner, address, too_long="cut")
    assert page.status_code == 409
    assert "The numbers are others now" in page.text
    assert "2 answers would be taken in" in words(page)
    assert stored(app) == []
    assert confirm(owner, address, page).status_code == 303
    assert len(stored(app)) == 2


@pytest.mark.both_databases
def test_what_came_between_look_and_confirmation_is_said(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, GOOD).location
    seen = owner.get(address)
    with app.app_context():
        import_answers(db.session.query(Survey).one(), b"answer,by\nBe honest.,b\n")
    page = confirm(owner, address, seen)
    assert page.status_code == 409
    assert headline(page) == "4 of 5 rows can be taken in"
    confirm(owner, address, page)
    assert sorted(texts(app)) == sorted(["Be honest.", "Listen.", "Listen.", "two\nlines", "Listen."])


@pytest.mark.both_databases
def test_sent_twice_at_once_it_is_taken_in_once(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, GOOD).location
    form = fields_of(owner.get(address).text)
    clients = [owner, app.test_client()]
    sign_in(clients[1])
    form_of = {id(owner): form, id(clients[1]): fields_of(clients[1].get(address).text)}
    answered: list[int] = []

    def press(client: FlaskClient) -> None:
        answered.append(client.post(address, data=form_of[id(client)]).status_code)

    threads = [threading.Thread(target=press, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored(app)) == 5
    assert 303 in answered
    assert set(answered) <= {303, 409}
    with app.app_context():
        assert db.session.query(AnswerImport).count() == 1


def test_another_column_may_be_chosen_and_looked_at(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, b"answer,note\nshort,A note is what I mean\nbrief,\n").location
    page = look(owner, address, answer="1")
    assert headline(page) == "1 of 2 rows can be taken in"
    confirm(owner, address, page)
    assert texts(app) == ["A note is what I mean"]


def test_a_column_that_does_not_exist_is_as_if_none_was_chosen(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, GOOD).location
    page = look(owner, address, answer="77", time="99999999999", kind="x", header_rows="9", sheet="no", order="?")
    assert headline(page) == "All 5 rows can be taken in"


def test_header_rows_can_be_chosen_and_columns_are_found_again(owner: FlaskClient) -> None:
    address = send(owner, b"answer,by\nfine,a\ngood,b\n").location
    page = look(owner, address, header_rows="0")
    assert headline(page) == "All 3 rows can be taken in"
    assert "column 1" in page.text
    assert headline(look(owner, address, page, header_rows="1")) == "All 2 rows can be taken in"


def test_kinds_that_are_not_asked_are_named_and_chosen_about(app: Flask, owner: FlaskClient) -> None:
    content = b"answer,kind\nfine,Friend\ngood,Neighbour\nkind,Neighbour\n"
    page = owner.get(send(owner, content).location)
    assert headline(page) == "All 3 rows can be taken in"
    assert "2 rows have kinds that this survey does not ask: Neighbour (2)" in words(page)
    take_in(owner, content)
    assert [answer.kind for answer in stored(app)] == ["friend", None, None]


def test_rows_of_unknown_kinds_can_be_left_out(app: Flask, owner: FlaskClient) -> None:
    page = take_in(owner, b"answer,kind\nfine,Friend\ngood,Neighbour\n", unknown_kind="leave")
    assert "1 is of a kind not known here" in words(page)
    assert texts(app) == ["fine"]


def test_kinds_can_be_added_to_the_survey(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, b"answer,kind\nfine,Friend\ngood,Neighbour\nkind,neighbour\n", unknown_kind="add")
    with app.app_context():
        kinds = {kind["label"]: kind["key"] for kind in db.session.query(Survey).one().own_kinds}
    assert [*kinds] == ["Friend", "Neighbour"]
    assert [answer.kind for answer in stored(app)] == [kinds["Friend"], kinds["Neighbour"], kinds["Neighbour"]]


def test_an_unreadable_time_costs_no_answer(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(send(owner, TIMES).location)
    assert headline(page) == "All 12 rows can be taken in"
    assert "1 time cannot be read: row 13. The first says whenever" in words(page)
    assert "2026-03-19T07:40:00+01:00 is 19 March 2026, 06:40 UTC." in words(page)
    take_in(owner, TIMES)
    assert len(stored(app)) == 12
    assert stored(app)[0].received_at.isoformat() == "2026-03-19T06:40:00+00:00"


def test_rows_with_an_unreadable_time_can_be_left_out(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, TIMES, unreadable_time="leave")
    assert texts(app) == ["fine"] * 11


@pytest.mark.both_databases
def test_further_questions_become_surveys_of_their_own_in_one_step(app: Flask, owner: FlaskClient) -> None:
    content = b"answer,Why so?\nfine,Because it works\ngood,\nkind,It never rains\n"
    page = take_in(owner, content, **{"other-1": "yes"})
    assert "2 answers to “Why so?” came into a survey of its own." in words(page)
    assert texts(app) == ["fine", "good", "kind"]
    assert texts(app, "why-so") == ["Because it works", "It never rains"]
    with app.app_context():
        made = db.session.query(Survey).filter_by(slug="why-so").one()
        assert (made.question, made.is_open, made.published_at) == ("Why so?", False, None)
        assert made.owner_id == db.session.query(Survey).filter_by(slug=SLUG).one().owner_id
    newer = take_in(owner, content + b"so,I like it\n", **{"other-1": "yes"})
    assert "1 answer to “Why so?”" in words(newer)
    assert texts(app, "why-so") == ["Because it works", "It never rains", "I like it"]


def test_alike_rows_are_asked_about(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, b"answer,by\nListen.,a\nLaugh.,b\n")
    content = b"answer,who\nListen.,z\nSing.,y\n"
    page = owner.get(send(owner, content).location)
    assert headline(page) == "1 of 2 rows can be taken in"
    assert "1 looks the same as an answer that is here" in words(page)
    take_in(owner, content, alike="take")
    assert texts(app) == ["Listen.", "Laugh.", "Listen.", "Sing."]
    assert headline(owner.get(send(owner, content).location)) == "All 2 are here already"


@pytest.mark.both_databases
def test_a_deleted_answer_does_not_come_back_unnoticed(app: Flask, owner: FlaskClient) -> None:
    content = b"answer,received_at\nListen.,2026-03-01T09:00:00\nLaugh.,2026-03-02T09:00:00\n"
    take_in(owner, content)
    with app.app_context():
        own = db.session.query(Survey).one()
        erasure.delete_answer(own, db.session.query(Answer).filter_by(text="Laugh.").one())
    newer = b"answer,received_at,age\nListen.,2026-03-01T09:00:00,\nLaugh.,2026-03-02T09:00:00,9\nLaugh.,2026-03-05,8\n"
    page = owner.get(send(owner, newer).location)
    assert "1 was here and was deleted." in words(page)
    assert "1 answer added" in words(take_in(owner, newer))
    assert [(answer.text, answer.received_at.day) for answer in stored(app)] == [("Listen.", 1), ("Laugh.", 5)]
    take_in(owner, newer, deleted="take")
    assert len(stored(app)) == 3


def test_what_is_kept_of_a_deleted_answer_says_nothing_of_it(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, b"answer\nListen.\n")
    with app.app_context():
        own = db.session.query(Survey).one()
        erasure.delete_answer(own, db.session.query(Answer).one())
        kept = {mark.mark for mark in db.session.query(ForgottenAnswer)}
        assert Marks(own.id).of_text("Listen.") in kept
        app.config["SECRET_KEY"] = "another key"
        assert Marks(own.id).of_text("Listen.") not in kept


@pytest.mark.both_databases
def test_an_import_is_one_thing_and_can_be_taken_back(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, b"answer\nHere before.\n", name="first.csv")
    page = take_in(owner, GOOD + b",e\n", name="second.csv")
    said = words(page)
    assert "second.csv: 5 answers taken in. Left out: 1 is blank." in said
    assert "by Ruth" in said
    with app.app_context():
        made = db.session.query(AnswerImport).filter_by(name="second.csv").one()
        assert made.counts == {"taken": 5, "blank": 1}
        public_id = made.public_id
    token = fields_of(owner.get(send(owner, GOOD).location).text)["csrf_token"]
    back = owner.post(f"/manage/{SLUG}/import/past/{public_id}/delete", data={"csrf_token": token})
    assert "The import is taken back." in owner.get(back.location).text
    assert texts(app) == ["Here before."]
    with app.app_context():
        assert db.session.query(ForgottenAnswer).count() == 0
    assert "5 answers added" in words(take_in(owner, GOOD))


def test_no_row_of_a_preview_stays_in_memory(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    address = send(client, b"answer\n" + b"".join(b"Wish number %d\n" % n for n in range(300))).location
    gc.freeze()  # what there is already is not among the objects
    gc.disable()
    try:
        assert headline(client.get(address)) == "All 300 rows can be taken in"
        assert not any(type(one) is AnswerRow for one in gc.get_objects())
    finally:
        gc.enable()


def test_a_pasted_list_is_cut_by_lines_or_by_blank_lines(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, pasted="Listen.\r\nLaugh.\r\n\r\nBe kind.").location
    page = owner.get(address)
    assert headline(page) == "All 2 rows can be taken in"
    assert "It is cut at its blank lines." in words(page)
    assert "<bdi>answer</bdi>" not in page.text, "a list has no column names"
    looked = look(owner, address, separator="line")
    assert headline(looked) == "All 3 rows can be taken in"
    assert confirm(owner, address, looked).status_code == 303
    assert texts(app) == ["Listen.", "Laugh.", "Be kind."]
    assert headline(owner.get(send(owner, b"answer\nListen.\nNew.\n").location)) == "1 of 2 are here already"


def test_a_table_pasted_from_a_spreadsheet_is_read_as_a_table(app: Flask, owner: FlaskClient) -> None:
    lines = ["When\tWho\tWhat keeps you together?", "2026-03-01\tAda\tListen.", "2026-03-02\tBo\tLaugh a lot."]
    address = send(owner, pasted="\r\n".join(lines)).location
    page = owner.get(address)
    assert headline(page) == "All 2 rows can be taken in"
    assert "a pasted table" in words(page)
    assert confirm(owner, address, page).status_code == 303
    assert texts(app) == ["Listen.", "Laugh a lot."]


def test_a_list_of_many_megabytes_can_be_pasted(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    lines = [f"Wish {n} " + "of many words " * 300 for n in range(1_500)]
    assert headline(client.get(send(client, pasted="\n".join(lines)).location)) == "All 1,500 rows can be taken in"
    assert send(client, pasted="\n".join(lines * 5)).status_code == 413


def test_something_must_be_sent_and_one_thing_at_a_time(owner: FlaskClient) -> None:
    assert "Choose a file, or paste a list." in send(owner).text
    assert "Send one after the other." in send(owner, b"answer\nhi\n", pasted="hi").text


def test_a_name_or_a_cell_that_is_markup_stays_text(owner: FlaskClient) -> None:
    address = send(owner, b"<b>answer</b>,x\n2 <script>alert(1)</script>,<u>\n", name="<i>x</i>.csv").location
    page = owner.get(address).text
    for tag in ("<script>alert", "<i>x", "<b>answer", "<u>"):
        assert tag not in page


def test_characters_that_cannot_be_kept_are_dropped(app: Flask, owner: FlaskClient) -> None:
    fine = b"The buses should run later in the evening\n" * 20
    take_in(owner, b"answer\n" + fine + b"b\0d\n")
    assert texts(app)[-1] == "bd"


def test_a_process_makes_one_plan_of_a_large_file_at_a_time(
    app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(owner, b"answer\nQuiet\n")
    monkeypatch.setattr(routes, "WAIT_SECONDS", 0.01)
    with routes._planning:
        assert owner.get(sent.location).status_code == 200
        monkeypatch.setattr(routes, "LARGE_BYTES", 5)
        assert owner.get(sent.location).status_code == 503
    assert owner.get(sent.location).status_code == 200
