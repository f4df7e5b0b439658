"""Things done with several answers at once: what is ticked, all that match, what came since; undone; refused."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import delete, text
from werkzeug.test import TestResponse

from survey.answer_desk.selection import MAX_TICKED
from survey.bulk_changes import changes as bulk_changes
from survey.bulk_changes import moves
from survey.bulk_changes.models import BulkChange
from survey.core.account_models import Membership
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.edits.models import Deed, Edit
from tests.support.filled_survey import Filled, Says, fill
from tests.support.site import queries
from tests.support.visitors import SLUG, make_owner, make_survey, send_answer, sign_in

LISTED = f"/manage/{SLUG}/answers"
CALM, LOUD = "Calm", "Loud"
ANSWERS = [
    *(Says(f"Quiet {n}", [(f"Quiet {n}", CALM)], kind="friend") for n in range(30)),
    *(Says(f"Singing {n} and dancing", [(f"Singing {n}", LOUD), ("dancing", None)]) for n in range(4)),
    Says("Don't know", is_silent=True),
    *(Says(f"Buy {n}", status="held") for n in range(2)),
]


@pytest.fixture
def filled(app: Flask) -> Filled:
    made = fill(app, ANSWERS, is_owned=True)
    with app.app_context():
        if db.engine.dialect.name == "postgresql":  # which did not number these rows itself
            db.session.execute(text("SELECT setval(pg_get_serial_sequence('answer', 'id'), max(id)) FROM answer"))
            db.session.commit()
    return made


@pytest.fixture
def owner(app: Flask, filled: Filled) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


def fields(page: TestResponse, form: str = "many") -> dict[str, str]:
    """The hidden fields of a form of the page."""
    found = re.search(rf'<form[^>]*(?:id="{form}"|action="[^"]*{form}")[^>]*>(.*?)</form>', page.text, re.DOTALL)
    assert found, page.text
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[1])
    return {name: unescape(value) for name, value in hidden if name != "answer"}


def do(owner: FlaskClient, page: TestResponse, what: str, **chosen: object) -> TestResponse:
    return owner.post(f"{LISTED}/many", data=fields(page) | {"do": what, **chosen})


def undo(owner: FlaskClient, page: TestResponse) -> TestResponse:
    address = re.search(rf'action="({LISTED}/changes/\w+/undo)"', page.text)
    assert address, page.text
    return owner.post(address[1], data=fields(page, "undo"), follow_redirects=True)


def ids(app: Flask, words: str) -> list[str]:
    with app.app_context():
        return [row.public_id for row in db.session.query(Answer).filter(Answer.text.contains(words)).order_by("id")]


def statuses(app: Flask) -> dict[str, int]:
    with app.app_context():
        found = [status for (status,) in db.session.query(Answer.status)]
        return {status: found.count(status) for status in set(found)}


def themes_of(app: Flask, words: str) -> list[str | None]:
    """The themes of the ideas of some answers, in their order."""
    with app.app_context():
        rows = (
            db.session.query(Theme.name)
            .select_from(Idea)
            .join(Answer, Answer.id == Idea.answer_id)
            .outerjoin(Placement, Placement.idea_id == Idea.id)
            .outerjoin(Theme, Theme.id == Placement.theme_id)
            .filter(Answer.text.contains(words))
            .order_by(Idea.id)
        )
        return [name for (name,) in rows]


@pytest.mark.both_databases
def test_ticked_answers_are_hidden_and_come_back(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(f"{LISTED}?kind=friend")
    chosen = ids(app, "Quiet")[:3]
    done = owner.get(do(owner, page, "hidden", answer=chosen).headers["Location"])
    assert "3 answers are hidden." in done.text
    assert "Kind: Friend" in done.text  # the list is the one that it was
    assert statuses(app) == {"shown": 32, "held": 2, "hidden": 3}
    back = undo(owner, done)
    assert "3 answers are back as before." in back.text
    assert statuses(app) == {"shown": 35, "held": 2}


@pytest.mark.both_databases
def test_all_that_fit_are_selected_and_no_answer_that_came_since(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(f"{LISTED}?q=quiet&state=shown")
    assert "30 of 37 answers fit." in page.text
    send_answer(app.test_client(), "Quiet as well")
    done = owner.get(do(owner, page, "hidden", all="1").headers["Location"])
    assert "30 answers are hidden. 1 more came since you looked, and is not among them." in done.text
    assert statuses(app) == {"shown": 6, "held": 2, "hidden": 30}
    assert "30 answers are back" in undo(owner, done).text


@pytest.mark.both_databases
def test_the_same_form_twice_does_it_once(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(f"{LISTED}?q=quiet&state=shown")
    first = do(owner, page, "hidden", all="1")
    with app.app_context(), write_transaction() as session:
        shown_again = session.query(Answer).filter_by(status="hidden").order_by(Answer.id).first()
        assert shown_again is not None
        shown_again.status = "shown"
    second = do(owner, page, "hidden", all="1")
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert statuses(app)["hidden"] == 29
    with app.app_context():
        assert db.session.query(BulkChange).count() == 1


def test_another_choice_from_the_same_page_is_another_change(app: Flask, owner: FlaskClient) -> None:
    """A browser shows the page that it kept when one goes back."""
    page = owner.get(LISTED)
    do(owner, page, "hidden", answer=ids(app, "Quiet")[:2])
    do(owner, page, "hidden", answer=ids(app, "Singing"))
    assert statuses(app)["hidden"] == 6


@pytest.mark.parametrize("change", ["one more", "one fewer", "one for another"])
def test_nothing_is_done_where_others_fit_than_when_it_was_shown(app: Flask, owner: FlaskClient, change: str) -> None:
    page = owner.get(f"{LISTED}?state=held")
    with app.app_context(), write_transaction() as session:
        held, shown = (session.query(Answer).filter_by(status=status).first() for status in ("held", "shown"))
        assert held is not None and shown is not None
        if change != "one more":
            held.status = "shown"
        if change != "one fewer":
            shown.status = "held"
    before = statuses(app)
    refused = do(owner, page, "hidden", all="1")
    assert refused.status_code == 409
    assert "Other answers fit now than when you looked." in refused.text
    assert statuses(app) == before


def test_an_answer_with_the_number_of_a_deleted_one_is_not_swept_in(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(f"{LISTED}?state=held")
    with app.app_context(), write_transaction() as session:
        last = session.query(Answer).order_by(Answer.id.desc()).limit(1).one()
        number, survey_id = last.id, last.survey_id
        session.delete(last)
        session.flush()
        session.add(Answer(id=number, survey_id=survey_id, form_key="new", text="New", status="held"))
    assert do(owner, page, "hidden", all="1").status_code == 409
    assert statuses(app) == {"shown": 35, "held": 2}


@pytest.mark.both_databases
def test_what_many_say_moves_to_a_theme_as_one_edit(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    page = owner.get(f"{LISTED}?theme={filled.public[LOUD]}")
    done = owner.get(do(owner, page, "move", all="1", target=CALM).headers["Location"])
    assert "4 ideas are in Calm now." in done.text
    assert themes_of(app, "Singing") == [CALM, None] * 4  # what was in no theme stays there
    with app.app_context():
        edits = db.session.query(Edit).all()
        assert [(edit.action, edit.theme_id, edit.target_id) for edit in edits] == [
            ("move", filled.themes[LOUD], filled.themes[CALM])
        ]
    again = do(owner, page, "move", all="1", target=CALM)
    assert again.status_code == 303
    back = undo(owner, done)
    assert "4 ideas are back where they were." in back.text
    assert themes_of(app, "Singing") == [LOUD, None] * 4
    assert (
        "4 ideas are in Calm now."
        in owner.get(do(owner, page, "move", all="1", target=filled.public[CALM]).headers["Location"]).text
    )


@pytest.mark.both_databases
def test_without_a_theme_in_the_filter_all_that_they_say_moves(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(LISTED)
    chosen = [*ids(app, "Singing")[:2], *ids(app, "Don't know"), *ids(app, "Buy")]
    done = owner.get(do(owner, page, "move", answer=chosen, target="calm").headers["Location"])
    assert "4 ideas are in Calm now." in done.text
    assert themes_of(app, "Singing") == [CALM] * 4 + [LOUD, None] * 2
    assert themes_of(app, "Don't know") == [None]


def test_what_is_in_no_theme_is_put_in_one_and_nothing_else(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(f"{LISTED}?theme=none")
    assert "No answer fits." in page.text  # the four are in a theme too
    with app.app_context(), write_transaction() as session:
        loud = session.query(Theme.id).filter_by(name=LOUD).scalar()
        session.execute(delete(Placement).where(Placement.theme_id == loud))
        session.query(Idea).filter(Idea.ends - Idea.starts == len("Singing 0")).update({"status": "unplaced"})
    page = owner.get(f"{LISTED}?theme=none")
    assert "Take out of" not in page.text
    done = owner.get(do(owner, page, "move", answer=ids(app, "Singing"), target=CALM).headers["Location"])
    assert "8 ideas are in Calm now." in done.text


def test_they_are_taken_out_of_a_theme_or_of_every_theme(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    page = owner.get(f"{LISTED}?theme={filled.public[CALM]}")
    assert "Take out of this theme" in page.text
    done = owner.get(do(owner, page, "out", answer=ids(app, "Quiet")[:2]).headers["Location"])
    assert "2 ideas are in no theme now" in done.text
    assert themes_of(app, "Quiet").count(None) == 2
    undo(owner, done)
    page = owner.get(LISTED)
    assert "Take out of every theme" in page.text
    done = owner.get(do(owner, page, "out", answer=ids(app, "Singing")).headers["Location"])
    assert themes_of(app, "Singing") == [None] * 8
    undo(owner, done)
    assert themes_of(app, "Singing") == [LOUD, None] * 4


REFUSED_MOVES: dict[str, tuple[str, dict[str, str], str]] = {
    "no name": ("", {"target": ""}, "Type the name of the theme"),
    "a name of none": ("", {"target": "Weather"}, "No theme is called “Weather”"),
    "an id of none": ("", {"target": "f" * 16}, "That theme is not there any more."),
    "where they are": ("?theme=CALM", {"target": CALM}, "They are in that theme already."),
    "out of none": ("?theme=none", {"do": "out"}, "They are in no theme already."),
    "what says nothing": ("?theme=silent", {"target": CALM}, "There is nothing to move in these answers."),
}


@pytest.mark.parametrize("case", REFUSED_MOVES)
def test_a_move_that_cannot_be_changes_nothing_and_says_why(
    app: Flask, owner: FlaskClient, filled: Filled, case: str
) -> None:
    query, sent, said = REFUSED_MOVES[case]
    page = owner.get(LISTED)
    chosen = ids(app, "Don't know") if "silent" in query else ids(app, "Quiet")[:2]
    form = fields(page) | {"do": "move", "list": query.replace("CALM", filled.public[CALM]), "answer": chosen} | sent
    refused = owner.post(f"{LISTED}/many", data=form)
    assert refused.status_code == 409
    assert said in unescape(refused.text)
    with app.app_context():
        assert db.session.query(Edit).count() == 0
        assert db.session.query(Survey).one().takes_findings
    if "?" not in query:
        assert refused.text.count(" checked") == 2  # what was ticked stays so


def test_a_theme_that_is_gone_since_takes_nothing(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    page = owner.get(LISTED)
    with app.app_context(), write_transaction() as session:
        session.execute(delete(Placement).where(Placement.theme_id == filled.themes[LOUD]))
    form = fields(page) | {"do": "move", "target": filled.public[LOUD], "answer": ids(app, "Quiet")[:1]}
    with app.app_context(), write_transaction() as session:
        session.execute(delete(ThemeResult).where(ThemeResult.theme_id == filled.themes[LOUD]))
    refused = owner.post(f"{LISTED}/many", data=form)
    assert refused.status_code == 409
    assert "That theme is not there any more: it has no ideas now. Nothing was changed." in refused.text


@pytest.mark.both_databases
def test_twenty_and_more_are_deleted_only_once_their_number_is_typed(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(f"{LISTED}?kind=friend")
    asked = do(owner, page, "delete", all="1")
    assert asked.status_code == 200
    assert "Delete these 30 answers?" in asked.text
    assert asked.text.count("<blockquote") == 3
    form = fields(asked, "many/delete")
    for typed in ("", "29", "thirty", "-30", "30 30"):
        wrong = owner.post(f"{LISTED}/many/delete", data=form | {"typed": typed})
        assert wrong.status_code == 422
        assert "That is not the number of answers." in wrong.text
    assert statuses(app) == {"shown": 35, "held": 2}
    done = owner.post(f"{LISTED}/many/delete", data=form | {"typed": " 30 "})
    assert "30 answers are deleted for good." in owner.get(done.headers["Location"]).text
    assert statuses(app) == {"shown": 5, "held": 2}
    again = owner.post(f"{LISTED}/many/delete", data=form | {"typed": "30"})
    assert again.headers["Location"] == done.headers["Location"]
    assert statuses(app) == {"shown": 5, "held": 2}


def test_a_few_are_deleted_after_a_question_or_hidden_instead(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(LISTED)
    chosen = ids(app, "Singing")
    asked = do(owner, page, "delete", answer=chosen)
    assert "Delete these 4 answers?" in asked.text
    assert 'name="typed"' not in asked.text
    form = fields(asked, "many/delete")
    owner.post(f"{LISTED}/many", data=form | {"answer": chosen[:1], "do": "hidden"})
    assert statuses(app)["hidden"] == 1
    owner.post(f"{LISTED}/many/delete", data=form | {"answer": chosen})
    assert statuses(app) == {"shown": 31, "held": 2}


def test_those_selected_are_taken_away_as_a_file(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(f"{LISTED}?q=singing")
    sent = do(owner, page, "csv", all="1")
    assert sent.headers["Content-Disposition"] == f'attachment; filename="{SLUG}-answers-4.csv"'
    rows = list(csv.DictReader(io.StringIO(sent.text.removeprefix("\ufeff"))))
    assert [row["answer"] for row in rows] == [f"Singing {n} and dancing" for n in range(4)]
    assert {row["themes"] for row in rows} == {LOUD}
    sent = do(owner, page, "xlsx", answer=ids(app, "Quiet")[:2])
    sheet = load_workbook(io.BytesIO(sent.data)).worksheets[0]
    assert [row[1] for row in sheet.iter_rows(values_only=True)][1:] == ["Quiet 0", "Quiet 1"]


def test_a_reader_takes_away_those_that_fit(app: Flask, filled: Filled) -> None:
    rita = make_owner(app, "Rita")
    with app.app_context(), write_transaction() as session:
        session.add(Membership(survey_id=filled.survey_id, owner_id=rita, role="reader"))
    reader = app.test_client()
    sign_in(reader, "Rita")
    page = reader.get(f"{LISTED}?q=singing&kind=none").text
    assert 'id="many"' not in page
    address = unescape(re.findall(r'href="([^"]*those\.csv[^"]*)"', page)[0])
    assert "q=singing" in address
    sent = reader.get(address)
    assert sent.headers["Content-Disposition"] == f'attachment; filename="{SLUG}-answers-4.csv"'
    rows = list(csv.DictReader(io.StringIO(sent.text.removeprefix("\ufeff"))))
    assert [row["answer"] for row in rows] == [f"Singing {n} and dancing" for n in range(4)]
    sheet = load_workbook(io.BytesIO(reader.get(f"{LISTED}/those.xlsx?state=held").data)).worksheets[0]
    assert [row[1] for row in sheet.iter_rows(values_only=True)][1:] == ["Buy 0", "Buy 1"]
    nothing = reader.get(f"{LISTED}/those.csv?from=never")
    assert len(nothing.text.splitlines()) == 1
    assert reader.get(f"{LISTED}/those.pdf").status_code == 404


NOTHING = "Tick the answers first, or all that fit."
BAD: dict[str, tuple[dict[str, object], int, str]] = {
    "nothing ticked": ({}, 409, NOTHING),
    "no action": ({"do": "", "answer": "0" * 16}, 400, ""),
    "another action": ({"do": "burn", "answer": "0" * 16}, 400, ""),
    "an id that is none": ({"answer": "x"}, 409, "These answers are not there any more."),
    "an id of nothing": ({"answer": "f" * 16}, 409, "These answers are not there any more."),
    "201 ids": ({"answer": [f"{n:016x}" for n in range(MAX_TICKED + 1)]}, 409, "Up to 200 answers can be ticked"),
    "10,000 ids": ({"answer": [f"{n:016x}" for n in range(10_000)]}, 400, "That is far more than fits here."),
    "no seal": ({"all": "1", "fits": ""}, 409, NOTHING),
    "a seal of nonsense": ({"all": "1", "fits": "1.2.3"}, 409, NOTHING),
    "a seal of another survey": ({"all": "1", "fits": f"37.703.37.{'f' * 16}"}, 409, "Other answers fit now"),
    "a seal with a number too large": ({"all": "1", "fits": f"1.2.{2**31}.{'0' * 16}"}, 409, NOTHING),
    "another filter than the seal": ({"all": "1", "list": "?kind=friend"}, 409, "Other answers fit now"),
    "a filter of nonsense": (
        {"all": "1", "list": "?from=\x01&theme=\ud800".encode("utf-8", "replace").decode()},
        409,
        "",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_selection_that_is_none_is_refused_in_words(app: Flask, owner: FlaskClient, case: str) -> None:
    sent, status, said = BAD[case]
    page = owner.get(LISTED)
    before = statuses(app)
    for address in ("many", "many/delete") if status == 409 else ("many",):
        refused = owner.post(f"{LISTED}/{address}", data=fields(page) | {"do": "hidden"} | sent)
        assert refused.status_code == status
        assert said in refused.text
    assert statuses(app) == before


def test_answers_and_changes_of_another_owner_are_out_of_reach(app: Flask, owner: FlaskClient) -> None:
    make_survey(app, make_owner(app, "Someone else"), slug="other")
    send_answer(app.test_client(), "Honesty", slug="other")
    foreign = ids(app, "Honesty")
    page = owner.get(LISTED)
    assert do(owner, page, "hidden", answer=foreign).status_code == 409
    do(owner, page, "hidden", answer=[*foreign, *ids(app, "Buy")])
    assert statuses(app) == {"shown": 36, "hidden": 2}
    with app.app_context():
        key = db.session.query(BulkChange.key).scalar() or ""
    other = app.test_client()
    sign_in(other, "Someone else")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', other.get("/manage/other/export").text)
    assert token
    for slug in (SLUG, "other"):
        assert other.get(f"/manage/{slug}/answers/changes/{key}").status_code == 404
        sent = other.post(f"/manage/{slug}/answers/changes/{key}/undo", data={"csrf_token": token[1]})
        assert sent.status_code == 404
    assert statuses(app) == {"shown": 36, "hidden": 2}


def test_what_takes_longer_says_how_far_it_is(app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_changes, "ANSWERS_PER_PIECE", 5)
    monkeypatch.setattr(bulk_changes, "REQUEST_SECONDS", -1.0)
    page = owner.get(f"{LISTED}?kind=friend")
    sent = do(owner, page, "hidden", all="1")
    assert "/changes/" in sent.headers["Location"]
    far = owner.get(sent.headers["Location"])
    assert "5 of 30 are hidden." in far.text
    assert 'http-equiv="refresh"' in far.text
    with app.app_context():
        bulk_changes.continue_all(60)
    finished = owner.get(sent.headers["Location"], follow_redirects=True)
    assert "30 answers are hidden." in finished.text
    assert statuses(app)["hidden"] == 30
    for key in ("0" * 32, "x", "%00"):
        assert owner.get(f"{LISTED}/changes/{key}").status_code == 404


def test_a_move_of_more_than_one_transaction_bears_says_how_far_it_is(
    app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_changes, "MAX_IDEAS", 12)
    monkeypatch.setattr(moves, "MAX_IDEAS", 10)
    monkeypatch.setattr(bulk_changes, "REQUEST_SECONDS", -1.0)
    page = owner.get(f"{LISTED}?kind=friend")
    sent = do(owner, page, "move", all="1", target=LOUD)
    far = owner.get(sent.headers["Location"])
    assert "What 10 of 30 say is moved." in far.text
    assert do(owner, page, "move", all="1", target=LOUD).headers["Location"] == sent.headers["Location"]
    with app.app_context():
        bulk_changes.continue_all(60)
    finished = owner.get(sent.headers["Location"], follow_redirects=True)
    assert "30 ideas are in Loud now." in finished.text
    assert themes_of(app, "Quiet") == [LOUD] * 30
    undo(owner, finished)
    with app.app_context():
        bulk_changes.continue_all(60)
    assert themes_of(app, "Quiet") == [CALM] * 30


def test_a_long_list_makes_as_many_queries_as_a_short_one(app: Flask, owner: FlaskClient) -> None:
    counted = []
    for query in ("?q=buy", "?q=quiet", ""):
        with queries(app) as statements:
            assert owner.get(LISTED + query).status_code == 200
        counted.append(len(statements))
    assert len(set(counted)) == 1
    assert counted[0] < 20


def test_who_did_how_much_is_in_the_history_and_once(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(LISTED)
    chosen = ids(app, "Buy")
    for _ in range(2):
        do(owner, page, "hidden", answer=chosen)
    undo(owner, owner.get(LISTED))
    form = fields(do(owner, page, "delete", answer=chosen), "many/delete")
    owner.post(f"{LISTED}/many/delete", data=form | {"answer": chosen})
    with app.app_context():
        deeds = [(deed.owner_name, deed.action, deed.details) for deed in db.session.query(Deed).order_by(Deed.id)]
    assert deeds == [
        ("Ruth", "answers", {"status": "hidden", "n": 2}),
        ("Ruth", "answers", {"status": "held", "n": 2}),
        ("Ruth", "deleted", {"n": 2}),
    ]


def test_a_reader_looks_and_changes_nothing(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    reader_id = make_owner(app, "Ben")
    with app.app_context(), write_transaction() as session:
        session.add(Membership(survey_id=filled.survey_id, owner_id=reader_id, role="reader"))
    reader = app.test_client()
    sign_in(reader, "Ben")
    page = reader.get(f"{LISTED}?kind=friend")
    assert "30 of 37 answers fit." in page.text
    assert 'type="checkbox" id="a-' not in page.text
    assert 'id="many"' not in page.text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text)
    assert token
    form = {"csrf_token": token[1], "answer": ids(app, "Quiet")[:1], "do": "hidden"}
    for address in ("many", "many/delete", f"changes/{'a' * 32}/undo"):
        assert reader.post(f"{LISTED}/{address}", data=form).status_code == 403
    assert statuses(app) == {"shown": 35, "held": 2}
