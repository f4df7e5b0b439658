"""A survey's language: guessed from its question in the ten languages, chosen from a list, and shown by its name."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from analysis.languages import FIRST, choices, direction, guess_language, is_language, language_name
from survey.core.database import db, migrations
from survey.core.models import Survey
from tests.support.every_case import for_each
from tests.support.visitors import SLUG, field, make_owner, make_survey, owned_survey, sign_in

QUESTIONS = {
    "en": "What would you change about our school?",
    "de": "Was würden Sie an unserer Schule ändern?",
    "fr": "Que changeriez-vous dans notre école ?",
    "es": "¿Qué cambiarías de nuestra escuela?",
    "it": "Cosa cambieresti della nostra scuola?",
    "pt": "O que você mudaria na nossa escola?",
    "nl": "Wat zou u veranderen aan onze school?",
    "ar": "ماذا تغير في مدرستنا؟",
    "zh": "你想改变我们学校的什么？",
    "ja": "私たちの学校で変えたいことは何ですか？",
    "pl": "Co zmieniłbyś w naszej szkole?",
}


@for_each("language", QUESTIONS)
def test_the_language_of_a_question_is_guessed(language: str) -> None:
    assert guess_language(QUESTIONS[language], "", "xx") == language


@for_each(
    ("language", "question"),
    [
        ("de", "Was würde unser Schwimmbad besser machen?"),
        ("de", "Was wünschst du dir?"),
        ("de", "Was braucht unser Verein?"),
        ("nl", "Wat mis je in de wijk?"),
        ("pt", "Como foi?"),
        ("en", "How was it?"),
    ],
)
def test_a_short_question_is_told_by_its_stop_words(language: str, question: str) -> None:
    assert guess_language(question, "", "xx") == language


def test_where_it_cannot_be_told_it_is_the_one_of_who_asks() -> None:
    assert guess_language("Wi-Fi?", "", "it") == "it"
    assert guess_language("🎈?", "", "ja") == "ja"
    assert guess_language("Wi-Fi?", "Wir möchten das Netz in unserem Haus verbessern.", "it") == "de"


@for_each(
    ("code", "name", "written"),
    [("ar", "árabe", "rtl"), ("de-CH", "alemán (Suiza)", "ltr"), ("fa", "persa", "rtl"), ("xx", "xx", "ltr")],
)
def test_a_language_has_a_name_and_a_direction(code: str, name: str, written: str) -> None:
    assert (language_name(code, "es"), direction(code)) == (name, written)


@for_each("code", ["", "english", "d", "DE", "qq", "de_CH", "de-", "zh-Hant-" + "x" * 40, "<b>"])
def test_what_is_no_code_of_a_language_is_refused(code: str) -> None:
    assert not is_language(code)


def test_the_ten_come_first() -> None:
    listed = [code for code, _ in choices("en")]
    assert sorted(listed[:10]) == sorted(FIRST)
    assert len(listed) == len(set(listed)) > 100
    assert all(map(is_language, listed))


def test_a_new_survey_has_the_language_of_its_question_and_the_owner_may_choose_another(sqlite_app: Flask) -> None:
    make_owner(sqlite_app)
    owner = sqlite_app.test_client()
    sign_in(owner)
    form = {"csrf_token": field(owner.get("/manage/new"), "csrf_token"), "codebook": "none", "slug": "schule"}
    owner.post("/manage/new", data=form | {"question": QUESTIONS["de"], "language": ""})
    page = owner.get("/manage/schule/settings")
    assert '<option selected value="de">German</option>' in page.text
    form |= {"csrf_token": field(page, "csrf_token"), "question": QUESTIONS["de"]}
    assert owner.post("/manage/schule/settings", data=form | {"language": "klingon"}).status_code == 422
    for chosen in ("nl", "pl"):
        assert owner.post("/manage/schule/settings", data=form | {"language": chosen}).status_code == 303
        with sqlite_app.app_context():
            assert db.session.query(Survey.language).scalar() == chosen
    owner.post("/manage/schule/settings", data=form | {"question": QUESTIONS["fr"], "language": ""})
    with sqlite_app.app_context():
        assert db.session.query(Survey.language).scalar() == "fr"


def test_a_language_that_is_not_in_the_list_stays(sqlite_app: Flask) -> None:
    survey_id = owned_survey(sqlite_app)
    with sqlite_app.app_context():
        db.session.get_one(Survey, survey_id).language = "de-CH"
        db.session.commit()
    owner = sqlite_app.test_client()
    sign_in(owner)
    assert '<option selected value="de-CH">German (Switzerland)</option>' in owner.get(f"/manage/{SLUG}/settings").text


def test_surveys_that_were_there_get_the_language_of_their_question(app: Flask) -> None:
    make_survey(app, None, question=QUESTIONS["ja"])
    with app.app_context():
        db.session.close()
        migrations.downgrade("0012")
        migrations.upgrade()
        assert db.session.execute(text("SELECT language FROM survey")).scalar() == "ja"
