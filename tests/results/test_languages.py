"""What the pages say of other languages and of scripts that the model cannot read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from analysis.embedding.models import INT8_NAME, PACKAGED_NAME
from survey.core.database import db
from survey.core.models import Survey
from survey.imports import importer
from survey.manage import surveys
from survey.results.languages import COUNTS, ENGLISH_MODELS
from tests.support.toy_model import ToyModel
from tests.support.visitors import SLUG, make_owner, make_survey, sign_in

ENGLISH = [f"Zebra number{n} at the crossing" for n in range(14)]
SPANISH = ["El zorro es muy feo pero la liebre no", "La liebre está en el bosque con el zorro"]
THAI = ["ม้าลายข้ามถนน", "นกบินสูง", "ปลาว่ายน้ำ"]


@pytest.fixture
def filled(sqlite_app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A published survey in three languages, as the 8-bit model would have read it."""
    monkeypatch.setattr(ToyModel, "model", INT8_NAME)
    survey_id = make_survey(sqlite_app, make_owner(sqlite_app))
    with sqlite_app.app_context():
        content = "answer\n" + "\n".join([*ENGLISH, *SPANISH, *THAI])
        survey = db.session.get_one(Survey, survey_id)
        survey.codebook = "none"
        db.session.commit()
        importer.import_answers(survey, content.encode())
    perform(sqlite_app)
    with sqlite_app.app_context():
        surveys.set_published(survey_id, True)
    return sqlite_app


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_readers_are_told_in_words_and_see_no_name_of_a_setting(filled: Flask) -> None:
    page = words(filled.test_client().get(f"/s/{SLUG}/themes").text)
    assert "2 answers seem to be in another language than English, which it understands less well." in page
    assert "3 answers are written in a script that it cannot read: nothing was looked for in them." in page
    assert "3 answers are in a script that could not be read here, and follow no thread for that." in page
    for name in COUNTS:
        assert name not in page
    spanish = words(filled.test_client().get(f"/s/{SLUG}/themes", headers={"Accept-Language": "es"}).text)
    assert "3 respuestas están en una escritura que no puede leer" in spanish


def test_the_owner_is_told_where_answers_wait(filled: Flask) -> None:
    owner = filled.test_client()
    sign_in(owner)
    today = words(owner.get(f"/manage/{SLUG}").text)
    assert "3 are written in a script that the model here cannot read: nothing was looked for in them." in today
    inbox = words(owner.get(f"/manage/{SLUG}/themes/inbox").text)
    assert "3 answers are written in a script that the model here cannot read" in inbox


def test_an_answer_in_such_a_script_is_in_no_theme(filled: Flask) -> None:
    page = filled.test_client().get(f"/s/{SLUG}/answers?theme=none").text
    for text in THAI:
        assert text in page


def test_the_models_are_called_what_the_analysis_calls_them() -> None:
    assert {PACKAGED_NAME, INT8_NAME} == set(ENGLISH_MODELS)
