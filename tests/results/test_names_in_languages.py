"""Known themes are called what they are in the visitor's language; stored, and in files, in the survey's."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask

from survey.accounts import api_tokens
from survey.core.database import db
from survey.core.models import Survey, Theme
from survey.curation import theme_edits
from survey.imports import importer
from survey.manage import surveys
from tests.support.filled_once import filled_once
from tests.support.visitors import SLUG, field, owned_survey, sign_in

ANSWERS = ["listen", "really listen to what they are saying", "honesty", "always tell the truth", "never lie"]


def german_survey(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = owned_survey(app, question="Was hält euch schon so lange zusammen?")
    with app.app_context():
        importer.import_answers(db.session.get_one(Survey, survey_id), ("answer\n" + "\n".join(ANSWERS)).encode())
    perform(app)
    with app.app_context():
        surveys.set_published(survey_id, True)


@pytest.fixture
def german(sqlite_app: Flask, perform: Callable[[Flask], None]) -> Flask:
    """A published survey asked in German, with known themes."""
    filled_once(sqlite_app, german_survey, perform)
    return sqlite_app


def page(app: Flask, language: str) -> str:
    return app.test_client().get(f"/s/{SLUG}/themes", headers={"Accept-Language": language}).text


def names(app: Flask) -> set[str]:
    with app.app_context():
        return {theme.name for theme in db.session.query(Theme)}


def test_readers_see_known_themes_in_their_language(german: Flask) -> None:
    for language, name, description in (
        ("en", "Honesty", "Telling the truth"),
        ("es", "Honestidad", "Decir la verdad"),
    ):
        shown = page(german, language)
        assert name in shown
        assert description in shown
        assert "Ehrlichkeit" not in shown


def test_stored_names_are_in_the_language_of_the_survey_and_so_are_files(german: Flask) -> None:
    assert names(german) == {"Zuhören", "Ehrlichkeit"}
    owner = german.test_client()
    sign_in(owner)
    themes = owner.get(f"/manage/{SLUG}/export/themes.csv").text
    assert "Ehrlichkeit" in themes
    assert "Honesty" not in themes
    with german.app_context():
        token = api_tokens.create(db.session.query(Survey).one(), "a program")
    told = german.test_client().get("/api/v1/themes", headers={"Authorization": f"Bearer {token}"}).text
    assert "Ehrlichkeit" in told
    survey = german.test_client().get("/api/v1/survey", headers={"Authorization": f"Bearer {token}"}).json
    assert survey is not None
    assert survey["language"] == "de"


def test_the_owner_keeps_their_own_words(german: Flask) -> None:
    with german.app_context():
        honesty = db.session.query(Theme).filter_by(key="honesty").one()
        theme_edits.rename(honesty, "Klartext")
        theme_edits.describe(db.session.get_one(Theme, honesty.id), "Auch wenn es weh tut")
    for language in ("en", "es"):
        shown = page(german, language)
        assert "Klartext" in shown
        assert "Auch wenn es weh tut" in shown


def test_another_language_of_the_survey_renames_what_its_owner_did_not(german: Flask) -> None:
    owner = german.test_client()
    sign_in(owner)
    with german.app_context():
        theme_edits.rename(db.session.query(Theme).filter_by(key="listening").one(), "Ganz Ohr")
    form = {name: field(owner.get(f"/manage/{SLUG}/settings"), name) for name in ("csrf_token", "question", "slug")} | {
        "codebook": "relationships",
        "kinds_asked": "y",
    }
    assert owner.post(f"/manage/{SLUG}/settings", data=form | {"language": "nl"}).status_code == 303
    assert names(german) == {"Ganz Ohr", "Eerlijkheid"}
    assert owner.post(f"/manage/{SLUG}/settings", data=form | {"language": "pl"}).status_code == 303
    assert names(german) == {"Ganz Ohr", "Honesty"}


def test_what_is_in_the_language_of_the_survey_says_so(german: Flask) -> None:
    question = "Was hält euch schon so lange zusammen?"
    for language, attribute in (("en", ' lang="de"'), ("es", ' lang="de"')):
        assert f"<bdi{attribute}>{question}</bdi>" in page(german, language)
        form = german.test_client().get(f"/s/{SLUG}", headers={"Accept-Language": language}).text
        assert f'<h1 dir="auto"{attribute}>{question}</h1>' in form
    shown = page(german, "en")
    assert '<p dir="ltr" lang="de">' in shown, "quotes"
    assert "<bdi>Honesty</bdi>" in shown, "its name is in the language of the page"


def test_the_owner_takes_pages_and_charts_away_in_the_language_of_the_survey(german: Flask) -> None:
    with german.app_context():
        survey = db.session.query(Survey).one()
        survey.language = "es-MX"
        db.session.commit()
    owner = german.test_client()
    sign_in(owner)
    page = owner.get(f"/manage/{SLUG}/export/theme-page.html").text
    assert '<html lang="es">' in page
    assert "Cómo se hizo" in page
    chart = owner.get(f"/manage/{SLUG}/export/charts/themes.svg").text
    assert 'xml:lang="es"' in chart


def test_the_preview_image_is_the_same_whoever_reads_the_page(german: Flask) -> None:
    addresses = {
        re.findall(r'property="og:image" content="([^"]+)"', page(german, language))[0] for language in ("en", "es")
    }
    assert len(addresses) == 1
    image = german.test_client().get(urlsplit(addresses.pop()).path)
    assert (image.status_code, image.mimetype) == (200, "image/png")


def test_what_else_people_say_of_a_theme_is_said_in_the_language_of_the_page(german: Flask) -> None:
    with german.app_context():
        theme = db.session.query(Theme).filter_by(key="honesty").one()
        theme.origin, theme.description = "discovered", "Also said: \u201cnever lie\u201d, \u201ctruth\u201d"
        db.session.commit()
    assert "Also said: “never lie”, “truth”" in page(german, "en")
    assert "También dicen: «never lie», «truth»" in page(german, "es")
    owner = german.test_client()
    sign_in(owner)
    assert "Auch gesagt: „never lie“, „truth“" in owner.get(f"/manage/{SLUG}/export/theme-page.html").text
    with german.app_context():
        db.session.query(Theme).filter_by(key="honesty").one().name = "Never lie"
        db.session.commit()
    assert "Also said: “truth”" in page(german, "en")  # what is its name by now is said once
