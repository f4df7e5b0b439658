"""The pages of blind checks: nothing of the machine's on them, what a click does, what two windows do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.checks import drawing
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Theme
from survey.curation import theme_edits
from survey.imports import importer
from survey.runs import lifecycle as runs
from tests.checks.test_services import said
from tests.support.checks import as_machine, read_all, start, survey_of
from tests.support.filled_survey import Filled, Says, fill
from tests.support.site import queries
from tests.support.visitors import SLUG, field, owned_survey, sign_in, without_tokens

M = f"/manage/{SLUG}/check"
ROWS = "answer\nHonesty\nBe honest\nTrust\nTrust me\nPatience\nZebra quagga okapi\n"


@pytest.fixture
def filled(app: Flask) -> Filled:
    return fill(app, said(), is_owned=True)


@pytest.fixture
def owner(app: Flask, filled: Filled) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


def send(client: FlaskClient, address: str, **form: str | list[str]) -> tuple[int, str, str]:
    """Post a form and follow it: its status, where it leads, and the page there."""
    token = field(client.get("/manage/new"), "csrf_token")
    response = client.post(address, data={"csrf_token": token, **form})
    if response.status_code != 303:
        return response.status_code, address, response.text
    return 303, response.location, client.get(response.location).text


def begun(client: FlaskClient) -> tuple[str, str]:
    """Start a check: the address of its page, and that of reading it."""
    status, reading, _ = send(client, M, size="30")
    assert status == 303
    return reading.rpartition("/read/")[0], reading


def test_the_page_of_an_answer_says_nothing_of_the_machines(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    """The same page, but for its token, wherever the machine has put the answer."""
    _, reading = begun(owner)
    here = f"{reading}?at=3"
    before = without_tokens(owner.get(here).text)
    assert before.count('name="theme"') == 4
    assert "checked" not in before
    themes = re.findall(r"<bdi>(\w+)</bdi></span></label>", before)
    assert themes == sorted(filled.themes)
    with app.app_context(), write_transaction() as session:
        session.query(Placement).delete()
        session.query(Idea).update({"status": "unplaced", "suggested_id": None})
        for checked in session.query(CheckedAnswer):
            checked.themes, checked.is_silent = [], not checked.is_silent
    assert without_tokens(owner.get(here).text) == before


@pytest.mark.slow
def test_reading_thirty_answers(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    check, reading = begun(owner)
    address, page = reading, owner.get(reading).text
    for place in range(1, 31):
        assert f"Check {place} of 30" in page
        words = re.search(r"“(\w+)", page)
        name = words[1] if words and words[1] in filled.public else None
        form = {"theme": filled.public[name]} if name else {"say": "none"}
        _, address, page = send(owner, reading, place=str(place), note="Hm" if place == 2 else "", **form)
    assert address == check
    assert "The machine agrees with you at 1.00" in page
    assert "You do not differ" in page
    with app.app_context():
        assert db.session.query(Reading).filter_by(note="Hm").count() == 1
    listed = owner.get(M).text
    assert "after 30 answers" in listed
    status, _, page = send(owner, reading, place="1", say="none")
    assert status == 303
    assert "finished, so nothing was changed" in page


def test_back_skip_stop_and_go_on(owner: FlaskClient, filled: Filled) -> None:
    check, reading = begun(owner)
    _, address, page = send(owner, reading, place="1", say="skip")
    assert address.endswith("?at=2")
    assert f'href="{reading}?at=1"' in page
    _, address, page = send(owner, reading, place="2", theme=[filled.public["Honesty"], filled.public["Humour"]])
    back = owner.get(f"{reading}?at=2").text
    assert len(re.findall(r"value=\"\w{16}\" checked", back)) == 2
    stopped = owner.get(check).text
    assert "You have read 2 of 30" in stopped
    assert "agrees with you" not in stopped
    assert "See the result" not in stopped
    assert "Check 3 of 30" in owner.get(reading).text
    _, _, page = send(owner, f"{reading}/finish")
    assert "Read 5 answers at least" in page
    for place in range(3, 8):
        send(owner, reading, place=str(place), say="none")
    assert "See the result of these 6" in owner.get(check).text
    _, address, page = send(owner, f"{reading}/finish")
    assert address == check
    assert "23 were not read" in page


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"place": "1"}, 422, "Tick a theme, or choose “None of these”."),
        ({"place": "1", "theme": "0" * 16}, 303, "merged or hidden meanwhile"),
        ({"place": "99", "say": "none"}, 303, "left out of the check"),
        ({"place": "x", "say": "none"}, 303, "left out of the check"),
        ({"place": "1", "say": "none", "note": "n" * 1001}, 303, "Keep the note to 1,000 characters"),
    ],
)
def test_what_a_reading_refuses(app: Flask, owner: FlaskClient, form: dict[str, str], status: int, words: str) -> None:
    _, reading = begun(owner)
    found, _, page = send(owner, reading, **form)
    assert found == status
    assert words in page
    with app.app_context():
        assert db.session.query(Reading).count() == 0


def test_a_note_is_kept_where_nothing_was_ticked(owner: FlaskClient) -> None:
    _, reading = begun(owner)
    status, _, page = send(owner, reading, place="4", note="I wonder")
    assert status == 422
    assert "Check 4 of 30" in page
    assert "I wonder</textarea>" in page


@pytest.mark.parametrize("size", ["", "7", "-30", "1000", "30.0", "x"])
def test_sizes_that_are_not_offered(app: Flask, owner: FlaskClient, size: str) -> None:
    _, _, page = send(owner, M, size=size)
    assert "Choose how many answers you want to read" in page
    with app.app_context():
        assert db.session.query(Check).count() == 0


def test_a_survey_without_themes_says_so(app: Flask) -> None:
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    page = client.get(M).text
    assert "There are no themes yet that readers see" in page
    assert "Start reading" not in page


def test_every_answer_gone_while_reading(app: Flask, owner: FlaskClient) -> None:
    check, reading = begun(owner)
    with app.app_context(), write_transaction() as session:
        session.query(Answer).update({"status": "hidden"})
    page = owner.get(reading)
    assert page.location == check
    assert "Nothing is left to read" in owner.get(check).text


@pytest.mark.slow
def test_a_second_person_sees_nothing_of_the_first(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        check_id, address = check.id, f"{M}/{check.public_id}"
        read_all(check)
    _, reading, page = send(owner, f"{address}/readers", name="Zoë 🐈")
    assert "Zoë 🐈" in page
    assert "checked" not in page
    _, _, page = send(owner, f"{address}/readers", name="zoë 🐈")
    assert "reads this check already" in page
    for place in range(1, 31):
        _, _, page = send(owner, reading, place=str(place), say="none")
    assert "Thank you, Zoë 🐈. That is all." in page
    assert "Between people" in page
    with app.app_context():
        assert db.session.query(CheckReader).filter_by(check_id=check_id).count() == 2
        assert "agree at alpha" in owner.get(address).text


# ---------- mending ----------


def differing(app: Flask, filled: Filled) -> tuple[str, str]:
    """A check in which the owner calls patience humour: its address, and an answer that differs."""
    with app.app_context():
        check = start(filled.survey_id)
        address = f"{M}/{check.public_id}"
        check_id = check.id
        read_all(check, lambda text, machine: ["Humour" if theme == "Patience" else theme for theme in machine])
        patience = [filled.themes["Patience"]]
        rows = db.session.execute(
            select(Answer.public_id, CheckedAnswer.themes)
            .join(CheckedAnswer, CheckedAnswer.answer_id == Answer.id)
            .where(CheckedAnswer.check_id == check_id)
        ).all()
        return address, next(public_id for public_id, themes in rows if themes == patience)


def themes_of(app: Flask, answer: str) -> set[str]:
    with app.app_context():
        return set(
            db.session.scalars(
                select(Theme.name)
                .join(Placement, Placement.theme_id == Theme.id)
                .join(Idea, Idea.id == Placement.idea_id)
                .join(Answer, Answer.id == Idea.answer_id)
                .where(Answer.public_id == answer)
            )
        )


def test_use_mine_moves_the_idea(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    address, answer = differing(app, filled)
    before = owner.get(address).text
    figure = re.search(r"agrees with you at [\d.]+", before)
    _, _, page = send(owner, f"{address}/mend", answer=answer, use="mine")
    assert "It is where you saw it, and stays there." in page
    assert "Yours is used" in page
    assert "before the latest changes to the themes" in page
    assert figure
    assert figure[0] in page, "the figure is of what was read blind"
    assert themes_of(app, answer) == {"Humour"}


def test_use_mine_is_offered_where_the_machine_named_a_theme_too_few(
    app: Flask, owner: FlaskClient, filled: Filled
) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        address = f"{M}/{check.public_id}"
        read_all(check, lambda text, machine: [*machine, "Patience"] if "Honesty" in text else machine)
        drawn = select(Answer.public_id).join(CheckedAnswer, CheckedAnswer.answer_id == Answer.id)
        answer = db.session.scalars(drawn.where(Answer.text.startswith("Honesty"))).first() or ""
    assert owner.get(address).text.count('value="mine">Use mine</button>') > 1
    _, _, page = send(owner, f"{address}/mend", answer=answer, use="mine")
    assert "It is where you saw it, and stays there." in page
    assert themes_of(app, answer) == {"Honesty", "Patience"}
    history = owner.get(f"/manage/{SLUG}/themes/history").text
    assert "An idea in <em><bdi>Honesty</bdi></em> is also in <em><bdi>Patience</bdi></em>." in history


def test_of_several_parts_each_is_ticked_for_its_themes(app: Flask) -> None:
    text = "Honesty first. Then humour."
    two = Says(text, [("Honesty first", "Honesty"), ("Then humour", "Humour")])
    filled = fill(app, [two, *said(8, silent=0)], is_owned=True)
    client = app.test_client()
    sign_in(client)
    with app.app_context():
        check = start(filled.survey_id)
        address = f"{M}/{check.public_id}"
        read_all(check, lambda words, machine: ["Honesty", "Humour", "Patience"] if words == text else machine)
        answer = db.session.scalars(select(Answer.public_id).where(Answer.text == text)).one()
    ticks = re.findall(r'name="belongs" value="([^"]+)"( checked)?', client.get(address).text)
    assert [bool(checked) for _, checked in ticks] == [True, False, False, False, True, False]
    ticked = [value for value, checked in ticks if checked]
    _, _, page = send(client, f"{address}/mend", answer=answer, use="mine", belongs=ticked)
    assert "Say which part of the answer belongs to which theme." in page
    odd = ["", ":", f"0-13:{'0' * 16}", "x:none"]
    _, _, page = send(client, f"{address}/mend", answer=answer, use="mine", belongs=[*ticked, ticks[5][0], *odd])
    assert "Yours is used" in page
    with app.app_context():
        rows = db.session.execute(
            select(Idea.starts, Theme.name)
            .join(Placement, Placement.idea_id == Idea.id)
            .join(Theme, Theme.id == Placement.theme_id)
            .join(Answer, Answer.id == Idea.answer_id)
            .where(Answer.public_id == answer)
        )
        assert sorted(map(tuple, rows)) == [(0, "Honesty"), (15, "Humour"), (15, "Patience")]


def test_use_mine_for_all_that_are_plain(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    address, answer = differing(app, filled)
    count = owner.get(address).text.count('value="mine">Use mine</button>')
    assert count > 1
    _, _, page = send(owner, f"{address}/mend", answer="all", use="mine")
    assert f"{count} answers are where you saw them." in page
    assert page.count("Yours is used") == count
    assert themes_of(app, answer) == {"Humour"}


def test_keep_the_machines(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    address, answer = differing(app, filled)
    _, _, page = send(owner, f"{address}/mend", answer=answer, use="machine")
    assert "You kept the machine’s" in page
    assert themes_of(app, answer) == {"Patience"}


@pytest.mark.parametrize(
    "form", [{}, {"answer": "0" * 16, "use": "mine"}, {"use": "mine"}, {"answer": "all", "use": "both"}]
)
def test_what_cannot_be_mended(app: Flask, owner: FlaskClient, filled: Filled, form: dict[str, str]) -> None:
    address, _ = differing(app, filled)
    status, _, _ = send(owner, f"{address}/mend", **form)
    assert status == 404


def test_an_answer_that_is_gone_cannot_be_mended(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    address, answer = differing(app, filled)
    with app.app_context(), write_transaction() as session:
        session.query(Answer).filter_by(public_id=answer).update({"status": "hidden"})
    assert send(owner, f"{address}/mend", answer=answer, use="mine")[0] == 404


def test_nothing_is_mended_before_the_result(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        answer = db.session.scalars(select(Answer.public_id).join(CheckedAnswer).limit(1)).one()
        address = f"{M}/{check.public_id}"
    assert send(owner, f"{address}/mend", answer=answer, use="mine")[0] == 404


def test_deleting_a_check_asks_first(app: Flask, owner: FlaskClient) -> None:
    check, _ = begun(owner)
    assert "Delete this check?" in owner.get(f"{check}/delete").text
    _, address, page = send(owner, f"{check}/delete")
    assert (address, "The check is deleted." in page) == (M, True)
    assert owner.get(check).status_code == 404


# ---------- what readers see ----------


def test_the_theme_page_and_its_file_say_how_right_it_is(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    with app.app_context():
        read_all(start(filled.survey_id, 60), lambda text, machine: [] if "Patience" in text else machine)
    words = "The machine agrees with the owner at .76 (.61 to .87 after 42 answers)."
    pages = (f"/s/{SLUG}/themes", f"/manage/{SLUG}/export/theme-page.html")
    assert not any("agrees with the owner" in owner.get(page).text for page in pages)
    assert "This would stand" in owner.get(M).text
    send(owner, f"{M}/shown", shown="yes")
    for page in pages:
        assert words in owner.get(page).text
        assert "Without the answers that both put in no theme, it is .75. Two trained people" in owner.get(page).text
        assert "Two trained people who code the same answers agree at .74–.75." in owner.get(page).text
    spanish = app.test_client().get(pages[0], headers={"Accept-Language": "es"}).text
    assert "0,76 (de 0,61 a 0,87" in spanish
    send(owner, f"{M}/shown", shown="no")
    assert not any("agrees with the owner" in owner.get(page).text for page in pages)


def test_the_statement_says_that_the_themes_changed_since(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        check_id = check.id
        read_all(check)
        drawing.set_shown(survey_of(filled.survey_id), True)
        with write_transaction() as session:
            check = session.get_one(Check, check_id)
            check.started_at -= timedelta(days=5)
            reader = session.query(CheckReader).one()
            assert reader.finished_at is not None
            reader.finished_at -= timedelta(days=5)
    page = app.test_client().get(f"/s/{SLUG}/themes").text
    assert "before the themes changed" not in page
    with app.app_context():
        theme_edits.rename(db.session.get_one(Theme, filled.themes["Humour"]), "Laughing")
    words = re.sub("<[^>]*>", "", app.test_client().get(f"/s/{SLUG}/themes").text)
    assert re.search(r"Checked on [\w ]+, before the themes changed on [\w ]+\.", words)


def test_a_theme_page_that_says_nothing_of_it_asks_nothing_more(app: Flask, filled: Filled) -> None:
    with app.app_context():
        read_all(start(filled.survey_id), as_machine)
    client = app.test_client()
    client.get(f"/s/{SLUG}/themes")
    with queries(app) as statements:
        client.get(f"/s/{SLUG}/themes")
    assert not [statement for statement in statements if "blind_check" in statement]


def test_the_number_of_queries_does_not_grow_with_a_check(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    counts = []
    for size in (30, 60):
        with app.app_context():
            check = start(filled.survey_id, size)
            address = f"{M}/{check.public_id}"
            read_all(check, lambda text, machine: [])
        with queries(app) as statements:
            assert owner.get(address).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_what_is_mended_holds_in_the_next_run(app: Flask, perform: Callable[[Flask], None]) -> None:
    """With real runs: import, run, check, use mine, more answers, run."""
    survey_id = owned_survey(app)
    with app.app_context():
        importer.import_answers(survey_of(survey_id), ROWS.encode())
    perform(app)
    client = app.test_client()
    sign_in(client)
    with app.app_context():
        check = start(survey_id)
        address = f"{M}/{check.public_id}"
        read_all(check, lambda text, machine: ["Trust"] if text == "Be honest" else machine)
        answer = db.session.scalars(select(Answer.public_id).where(Answer.text == "Be honest")).one()
    _, _, page = send(client, f"{address}/mend", answer=answer, use="mine")
    assert "Yours is used" in page
    with app.app_context():
        importer.import_answers(survey_of(survey_id), b"answer\nTrust above all\nHonesty first\n")
        runs.request_run_now(survey_id)
    perform(app)
    assert themes_of(app, answer) == {"Trust"}
    page = client.get(address).text
    assert "Yours is used" in page
    assert "before the latest changes to the themes" in page
    exported = client.get(f"/manage/{SLUG}/export/readings.json").json
    assert exported is not None
    [row] = [row for row in exported if row["answer"] == "Be honest"]
    assert (row["said"], row["themes"], row["machine_themes"], row["f1"], row["mended"]) == (
        "themes",
        "Trust",
        "Honesty",
        0,
        "mine",
    )
    [figures] = client.get(f"/manage/{SLUG}/export/checks.json").json or []
    assert (figures["compared"], figures["same"], figures["drawn"], figures["alpha"]) == (6, 5, 6, None)
    assert figures["themes_changed_at"] is not None
