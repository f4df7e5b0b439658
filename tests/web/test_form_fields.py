"""What is typed into forms is kept without what nobody sees or what turns the page round."""

from __future__ import annotations

from flask import Flask

from survey.core.database import db
from survey.core.models import Survey
from survey.web.form_fields import stripped
from tests.support.every_case import every_case
from tests.support.visitors import field, make_owner, sign_in

UNSEEN = (" ", "\u200b", "\u202e", " \u2066\u2069 ", "\u3164", "\u2800\ufe0f")


def test_a_question_that_nobody_sees_is_none(app: Flask) -> None:
    make_owner(app)
    client = app.test_client()
    sign_in(client)
    token = field(client.get("/manage/new"), "csrf_token")
    with every_case() as case:
        for question in UNSEEN:
            with case(repr(question)):
                page = client.post("/manage/new", data={"csrf_token": token, "question": question, "codebook": "none"})
                assert "Write the question you want to ask." in page.text
    with app.app_context():
        assert db.session.query(Survey).count() == 0


def test_what_turns_the_direction_round_is_left_out_and_what_joins_letters_stays() -> None:
    kept = {
        " \u202egnihton ": "gnihton",
        "a\u2067b\u2069\nc": "ab\nc",
        "می\u200cخواهم": "می\u200cخواهم",
        "👩\u200d🔬": "👩\u200d🔬",
        **dict.fromkeys(UNSEEN, ""),
    }
    assert {typed: stripped(typed) for typed in kept} == kept
