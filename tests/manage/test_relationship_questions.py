"""A new survey starts with what belongs to a question about relationships only if it asks about them."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.database import db
from survey.core.models import Survey
from survey.manage.relationship_questions import ABOUT_RELATIONSHIPS, asks_about_relationships
from survey.manage.survey_templates import STARTING_POINTS
from tests.manage.test_manage import post
from tests.support.every_case import for_each
from tests.support.visitors import field, owned_survey, sign_in


@pytest.fixture
def owner(sqlite_app: Flask) -> FlaskClient:
    """Somebody signed in who has a survey already."""
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    return client


ABOUT_THEM = [
    "What's your secret to a lasting relationship?",
    "What keeps a COUPLE together?",
    "How did you meet your husband?",
    "Was ist euer Geheimnis einer langen Ehe?",
    "Wie hält eine Freundschaft ein Leben lang?",
    "¿Cuál es tu secreto para una relación duradera?",
    "¿Qué mantiene unida a una pareja?",
    "Qu’est-ce qui fait durer votre mariage ?",
    "Qual è il segreto di un matrimonio felice?",
    "Qual é o segredo do vosso casamento?",
    "O que faz durar uma relação?",
    "Wat houdt een vriendschap in leven?",
    "ما سر العلاقة التي تدوم؟",
    "长久的婚姻靠什么？",
    "長続きする関係の秘訣は何ですか？",
    "良いパートナーとは？",
]
ABOUT_OTHER_THINGS = [
    "What would make our pool better?",
    "What would you do with a couple of hours in our town?",
    "What do you love about the library?",
    "Was würde unser Schwimmbad besser machen, ehemals Stadtbad?",
    "Sagt uns in ein paar Worten, was fehlt",
    "¿Qué mejorarías del parque?",
    "Qu’est-ce qui vous manque dans le quartier ?",
    "Cosa manca alla nostra scuola?",
    "O que falta na nossa rua?",
    "Wat kan er beter op school?",
    "ماذا ينقص حديقتنا؟",
    "图书馆还缺什么？",
    "図書館に何が足りませんか？",
    "",
]


@for_each("question", ABOUT_THEM)
def test_a_question_about_relationships_is_known_in_each_language(question: str) -> None:
    assert asks_about_relationships(question)


@for_each("question", ABOUT_OTHER_THINGS)
def test_other_questions_are_not_taken_for_it(question: str) -> None:
    assert not asks_about_relationships(question)


def test_the_pattern_has_no_letter_that_is_taken_off_before() -> None:
    assert not any("\u0300" <= letter <= "\u036f" for letter in ABOUT_RELATIONSHIPS.pattern)


@pytest.mark.parametrize(
    ("changes", "codebook", "kinds"),
    [
        ({}, "none", False),
        ({"question": "What keeps friends together in a marriage?"}, "relationships", True),
        ({"codebook": "town"}, "town", True),
        ({"kinds": "Child\nGrown-up"}, "none", True),
    ],
)
def test_what_belongs_to_relationships_goes_with_the_question(
    owner: FlaskClient, changes: dict[str, str], codebook: str, kinds: bool
) -> None:
    start = STARTING_POINTS[0]
    form = {
        "question": "What would make our pool better?",
        "codebook": start.codebook,
        "kinds_asked": "y",
        "slug": "pool",
    }
    assert post(owner, "/manage/new", "/manage/new", **form | changes) == (303, "/manage/pool")
    with owner.application.app_context():
        survey = db.session.query(Survey).filter_by(slug="pool").one()
        assert (survey.codebook, bool(survey.kinds_asked)) == (codebook, kinds)
    told = "Your question is not about relationships" in owner.get("/manage/pool").text
    assert told == (codebook == "none")


def test_a_question_of_ones_own_speaks_of_no_relationships(owner: FlaskClient) -> None:
    blank = owner.get("/manage/new?start=blank")
    assert "what relationship people have in mind" in owner.get("/manage/new").text
    assert "what relationship people" not in blank.text
    form = {"csrf_token": field(blank, "csrf_token"), "question": "What helps you learn?", "kinds_asked": "y"}
    form |= {"codebook": "none", "language": "en"}
    refused = owner.post("/manage/new?start=blank", data=form)
    assert refused.status_code == 422
    assert "Write the list first, one kind a line" in refused.text
    assert owner.post("/manage/new?start=blank", data=form | {"kinds": "Pupil"}).status_code == 303
