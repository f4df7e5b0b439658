"""What the pages say of other languages and of scripts that the model cannot read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Run, Survey
from survey.imports import importer
from survey.manage import surveys
from survey.results import languages
from tests.support.filled_once import filled_once
from tests.support.visitors import SLUG, owned_survey, sign_in

ENGLISH = [f"We really need more zebra crossings on this road, said number{n}" for n in range(14)]
SPANISH = [f"La liebre está en el bosque con el zorro, tarde{n}" for n in range(5)]
ROMANISED = ["mujhe lagta hai ki pul sabse zaroori hai", "yahan bas khush rehna chahiye yaar"]
THAI = ["ม้าลายข้ามถนน", "นกบินสูง", "ปลาว่ายน้ำ"]


def three_languages(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = owned_survey(app)
    with app.app_context():
        content = "answer\n" + "\n".join([*ENGLISH, *SPANISH, *ROMANISED, *THAI])
        survey = db.session.get_one(Survey, survey_id)
        survey.codebook = "none"
        db.session.commit()
        importer.import_answers(survey, content.encode())
    perform(app)
    with app.app_context():
        surveys.set_published(survey_id, True)


@pytest.fixture
def filled(sqlite_app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A published survey in three languages, read by a model of English."""
    monkeypatch.setattr("analysis.answer_languages.reads", lambda model, language: language == "en")
    filled_once(sqlite_app, three_languages, perform)
    return sqlite_app


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_readers_are_told_in_words_and_see_no_name_of_a_setting(filled: Flask) -> None:
    page = words(filled.test_client().get(f"/s/{SLUG}/themes").text)
    assert "5 answers are in languages that the model here reads less well: Spanish." in page
    assert "2 answers are in a language that was not recognised. What was found in them may be wrong." in page
    assert page.count("The answers are in English, Spanish and 1 more language.") == 2
    assert "3 answers are written in a script that it cannot read: nothing was looked for in them." in page
    assert "3 answers are in a script that could not be read here, and follow no thread for that." in page
    for name in ("other_languages", "unknown_languages", "unreadable_answers", "Thai"):
        assert name not in page
    spanish = words(filled.test_client().get(f"/s/{SLUG}/themes", headers={"Accept-Language": "es"}).text)
    assert "3 respuestas están en una escritura que no puede leer" in spanish
    assert "Las respuestas están en inglés, español y 1 idioma más." in spanish


def test_the_owner_is_told_where_answers_wait(filled: Flask) -> None:
    owner = filled.test_client()
    sign_in(owner)
    today = words(owner.get(f"/manage/{SLUG}").text)
    assert "3 are written in a script that the model here cannot read: nothing was looked for in them." in today
    assert "The answers are in English, Spanish and Thai." in today
    assert "5 answers are in languages that the model here reads less well: Spanish." in today
    inbox = words(owner.get(f"/manage/{SLUG}/themes/inbox").text)
    assert "3 answers are written in a script that the model here cannot read" in inbox


def test_an_answer_in_such_a_script_is_in_no_theme(filled: Flask) -> None:
    page = filled.test_client().get(f"/s/{SLUG}/answers?theme=none").text
    for text in THAI:
        assert text in page


@pytest.mark.parametrize(
    ("counts", "readers", "owner"),
    [
        ({"de": 40}, None, None),
        ({"de": 400, "fr": 2}, None, None),
        ({}, None, None),
        ({"de": 40, "fr": 2}, "German and 1 more language", "German and French"),
        ({"de": 4, "fr": 2}, "2 languages", "German and French"),
        (
            {"en": 9, "de": 8, "es": 7, "fr": 6},
            "English, German, Spanish and French",
            "English, German, Spanish and French",
        ),
        (
            {"en": 9, "de": 8, "es": 7, "fr": 6, "it": 5},
            "English, German, Spanish and 2 more languages",
            "English, German, Spanish and 2 more languages",
        ),
    ],
)
def test_the_languages_of_most_answers_are_named(
    sqlite_app: Flask, counts: dict[str, int], readers: str | None, owner: str | None
) -> None:
    run = Run(settings={"languages": counts})
    with sqlite_app.app_context():
        for names, for_owner in ((readers, False), (owner, True)):
            said = languages.of_answers(run, for_owner=for_owner)
            assert said == (f"The answers are in {names}." if names else None)


def test_no_language_of_a_few_people_is_named_to_readers(sqlite_app: Flask) -> None:
    run = Run(settings={"other_languages": {"cy": 2}})
    with sqlite_app.app_context():
        (said,) = languages.notices(run)
        assert said == "2 answers are in languages that the model here reads less well."
        (said,) = languages.notices(run, for_owner=True)
        assert said.endswith("reads less well: Welsh.")


def test_a_language_of_so_few_that_it_may_be_a_mistake_is_counted_and_not_named(sqlite_app: Flask) -> None:
    run = Run(settings={"languages": {"en": 300, "de": 40, "cy": 1}, "other_languages": {"de": 40, "cy": 1}})
    with sqlite_app.app_context():
        (said,) = languages.notices(run, for_owner=True)
        assert said == "41 answers are in languages that the model here reads less well: German."
        assert languages.of_answers(run, for_owner=True) == "The answers are in English and German."


def test_an_old_result_says_nothing(sqlite_app: Flask) -> None:
    run = Run(settings={"other_languages": 3})
    with sqlite_app.app_context():
        assert languages.of_answers(run) is None
        assert languages.notices(run) == languages.notices(None) == []
