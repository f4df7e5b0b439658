"""Kinds: the site's six or a survey's own, the same everywhere they are named."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from flask import Flask

from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.imports import importer
from survey.looks import change
from survey.manage import surveys
from survey.manage.surveys import Fields
from survey.results import read_model
from tests.support.visitors import SLUG, field, make_survey, owned_survey, send_answer, sign_in

OWN = ("First-time customer", "Regular customer", "Former customer")


def fields(*labels: str) -> Fields:
    return Fields("Why us?", "", "", SLUG, True, "none", labels)


def keys(app: Flask, survey_id: int) -> dict[str, str]:
    """The keys of a survey's own kinds by label, of those that are asked."""
    with app.app_context():
        return {kind.label: kind.key for kind in respondent_kinds.offered(db.session.get_one(Survey, survey_id))}


def test_a_survey_without_its_own_asks_the_sites_six(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    assert list(keys(sqlite_app, survey_id).values()) == ["partner", "family", "friend", "colleague", "customer", "any"]
    assert respondent_kinds.SITE_QUESTION in sqlite_app.test_client().get(f"/s/{SLUG}").text


def test_own_kinds_are_asked_instead_and_stored_by_key(app: Flask) -> None:
    survey_id = make_survey(app, None, kinds=OWN)
    own = keys(app, survey_id)
    assert list(own) == list(OWN)
    assert all(re.fullmatch("own-[0-9a-f]{8}", key) for key in own.values())
    page = app.test_client().get(f"/s/{SLUG}").text
    assert respondent_kinds.OWN_QUESTION in page
    assert all(label in page for label in OWN)
    assert "Colleague" not in page
    send_answer(app.test_client(), "You know my name", kind=own["Regular customer"])
    with app.app_context():
        assert db.session.query(Answer.kind).scalar() == own["Regular customer"]


def test_a_label_that_stays_keeps_its_key_and_one_taken_out_comes_back_as_itself(app: Flask) -> None:
    survey_id = make_survey(app, None, kinds=OWN)
    before = keys(app, survey_id)
    send_answer(app.test_client(), "Gone", kind=before["Former customer"])
    with app.app_context():
        surveys.change(survey_id, fields("regular customer", "Supplier"))
    after = keys(app, survey_id)
    assert list(after) == ["regular customer", "Supplier"]
    assert after["regular customer"] == before["Regular customer"]
    assert after["Supplier"] not in before.values()
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        assert respondent_kinds.by_key(survey)[before["Former customer"]].label == "Former customer"
        surveys.change(survey_id, fields("Former customer"))
    assert keys(app, survey_id) == {"Former customer": before["Former customer"]}
    with app.app_context():
        surveys.change(survey_id, fields())
    assert "Partner" in keys(app, survey_id)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("\n".join(f"Kind {n}" for n in range(9)), "These are 9 kinds, and 8 fit."),
        ("x" * 41, "Keep each kind to 40 characters"),
        ("Regular\nregular", "“Regular” is there twice."),
        ("a\0b", "NUL"),
    ],
)
def test_a_list_that_cannot_be_says_why(sqlite_app: Flask, typed: str, message: str) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    page = client.get("/manage/new")
    form = {"csrf_token": field(page, "csrf_token"), "question": "Q?", "codebook": "none", "kinds": typed}
    refused = client.post("/manage/new", data=form)
    assert refused.status_code == 422
    assert message in refused.text


def test_eight_lines_with_blank_ones_between_are_eight_kinds() -> None:
    lines = respondent_kinds.split_lines("\r\n".join(f"  Kind   {n} \r\n" for n in range(8)))
    assert lines == [f"Kind {n}" for n in range(8)]
    assert respondent_kinds.label_problem(lines) is None
    assert respondent_kinds.label_problem(["x" * 40]) is None


def test_a_kind_of_another_survey_is_refused(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    other = make_survey(sqlite_app, None, "other", kinds=OWN)
    key = keys(sqlite_app, other)["Regular customer"]
    assert send_answer(sqlite_app.test_client(), "x", kind=key).status_code == 422
    assert send_answer(sqlite_app.test_client(), "x", "other", kind=key).status_code == 303


def test_a_form_that_was_open_when_a_kind_was_taken_out_is_still_taken(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None, kinds=OWN)
    key = keys(sqlite_app, survey_id)["Former customer"]
    with sqlite_app.app_context():
        surveys.change(survey_id, fields("Regular customer"))
    assert send_answer(sqlite_app.test_client(), "x", kind=key).status_code == 303


def test_a_file_names_kinds_by_label_or_key_and_exports_say_the_label(sqlite_app: Flask) -> None:
    survey_id = owned_survey(sqlite_app, kinds=OWN)
    key = keys(sqlite_app, survey_id)["Former customer"]
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        importer.import_answers(survey, f"answer,kind\nA,REGULAR customer\nB,{key}\nC,Partner\nD,\n".encode())
        importer.import_answers(survey, b"answer,kind\nE,Martian\n")
    client = sqlite_app.test_client()
    sign_in(client)
    text = client.get(f"/manage/{SLUG}/export/answers.csv").data.decode("utf-8-sig")
    rows = {row["answer"]: row["kind"] for row in csv.DictReader(io.StringIO(text))}
    assert rows == {"A": "Regular customer", "B": "Former customer", "C": "partner", "D": "", "E": ""}
    listed = client.get(f"/manage/{SLUG}/answers").text
    assert "Regular customer" in listed
    assert f">{key}<" not in listed  # where it is a value, programs alone read it


def test_own_kinds_stand_in_the_comparison(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(app, None, kinds=OWN)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        said = [f"Honesty,{label}" for label in OWN[:2] for _ in range(6)] + ["Trust,Former customer"] + ["Trust,"] * 7
        importer.import_answers(survey, ("answer,kind\n" + "\n".join(said)).encode())
    perform(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        page = read_model.theme_page(survey)
        assert sorted(page.groups) == [("First-time customer", 6), ("Regular customer", 6)]
        assert {cell.label for row in page.universal for cell in row.cells} == set(OWN[:2])


def test_any_kind_is_no_group_of_its_own(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        said = [f"Honesty,{kind}" for kind in ("any", "friend", "partner", "any") for _ in range(5)]
        importer.import_answers(survey, ("answer,kind\n" + "\n".join(said)).encode())
    perform(app)
    with app.app_context():
        page = read_model.theme_page(db.session.get_one(Survey, survey_id))
    assert sorted(page.groups) == [("Friend", 5), ("Partner", 5)]


def test_kinds_that_no_answer_has_are_kept_up_to_what_an_archive_takes(sqlite_app: Flask) -> None:
    survey_id = owned_survey(sqlite_app)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        survey.own_kinds = respondent_kinds.update_own_kinds([], ["First"])
        db.session.add(Answer(survey_id=survey_id, form_key="k", text="Tea", kind=survey.own_kinds[0]["key"]))
        db.session.commit()
        for number in range(27):
            survey = db.session.get_one(Survey, survey_id)
            labels = [f"Kind {number} {place}" for place in range(8)]
            change.change(survey_id, {}, asked=True, kinds=labels, seen=change.state(survey))
        kept = [kind["label"] for kind in db.session.get_one(Survey, survey_id).own_kinds]
    assert len(kept) == respondent_kinds.MAX_KEPT
    assert kept[:9] == [*labels, "Kind 25 0"]
    assert "First" in kept
    assert "Kind 0 0" not in kept
