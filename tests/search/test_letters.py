"""Letters with accents, which are left out on phones and written in two ways: as one character, or as two."""

from __future__ import annotations

import re
import unicodedata

import pytest
from flask import Flask

from survey.answer_desk import matching
from survey.answer_desk.answer_filter import AnswerFilter
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.reports.search import search
from survey.runs.lookups import shown_run
from survey.search.by_word import Scope, matching_ids, spans_of
from survey.search.letters import bare, expression
from survey.workbench import idea_list
from survey.workbench.list_filter import ListFilter
from tests.support.every_case import for_each
from tests.support.filled_survey import Says, fill

ONE, TWO = "caf\u00e9", "cafe\u0301"
SAME = (
    "élèves eleves ÉLÈVES élèVes", "contrôle controle", "vidéo video", "cœur coeur COEUR Cœur", "mañana manana",
    "Straße strasse STRASSE", "Ångström angstrom", "søster soster", "Łódź lodz", "ışık isik IŞIK İSIK",
    "được duoc đuoc", "ærlig aerlig", "über uber", "καφές καφες ΚΑΦΕΣ ΚΑΦΈΣ", "ёлка елка ЁЛКА", "за\u0301мок замок",
    "شُكْرًا شكرا شــكرا", "أحمد احمد", "مسؤول مسوول", "مدرسة مدرسه", "שָׁלוֹם שלום", "100% 100%", "[a_b] [A_B]",
)  # fmt: skip
OTHERS = (("мой", "мои"), ("її", "іі"), ("ўсё", "усе"), ("か", "が"), ("はん", "ばん"), ("ハ", "パ"), ("a_b", "axb"))


@pytest.mark.both_databases
@pytest.mark.parametrize("typed", [ONE, TWO, "CAF\u00c9", "Cafe\u0301", "cafe"])
def test_all_ways_are_found_by_each(app: Flask, typed: str) -> None:
    texts = (f"{ONE} au lait", f"A {TWO} with you", "Tea", "cafeteria", "Càfx")
    filled = fill(app, [Says(text, [(text, "Drinks")]) for text in texts])
    with app.test_request_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        scope = Scope((Answer.survey_id == survey.id,))
        assert matching_ids([typed], scope) == [4, 2, 1]
        shown = search(survey, {"q": typed}).answers
        assert [piece.text for answer in shown for piece in answer.text.whole if piece.marked] == ["cafe", TWO, ONE]
        page = matching.page(survey, AnswerFilter(words=typed), 9, after=None, before=None)
        assert sorted(answer.id for answer in page.answers) == [1, 2, 4]
        listed = ListFilter(words=typed)
        rows = idea_list.ideas_of_theme(shown_run(survey), filled.themes["Drinks"], listed, {}).rows
        assert len(rows) == 3
    assert spans_of([typed], texts[0]) == [(0, 4)]
    assert spans_of([typed], texts[1]) == [(2, 7)]


@pytest.mark.both_databases
def test_databases_find_what_is_the_same_in_many_languages_and_no_more(app: Flask) -> None:
    forms = {
        unicodedata.normalize(form, word)
        for word in (*(word for row in SAME for word in row.split()), *(word for pair in OTHERS for word in pair))
        for form in ("NFC", "NFD")
    }
    texts = [f"… {word}." for word in sorted(forms)]
    fill(app, [Says(text, []) for text in texts])
    with app.app_context():
        scope = Scope((Answer.survey_id == 1,))
        by_id = {answer.id: answer.text for answer in db.session.query(Answer)}
        for word in sorted(forms):
            expected = {text for text in texts if re.search(expression(word), text)}
            assert {by_id[number] for number in matching_ids([word], scope)} == expected, word


@for_each("row", SAME)
def test_a_word_is_found_with_its_accents_and_without(row: str) -> None:
    words = [unicodedata.normalize(form, word) for word in row.split() for form in ("NFC", "NFD")]
    assert len({bare(word) for word in words}) == 1
    for typed in words:
        for said in words:
            assert spans_of([typed], f"({said})") == [(1, 1 + len(said))], (typed, said)


@for_each(("one", "other"), OTHERS)
def test_a_letter_that_only_looks_like_another_is_not_found_for_it(one: str, other: str) -> None:
    for typed, said in ((one, other), (other, one)):
        for form in ("NFC", "NFD"):
            assert spans_of([typed], unicodedata.normalize(form, said)) == []


def test_signs_of_expressions_and_of_the_database_are_themselves() -> None:
    for sign in "%_[]^-\\*?(){}|.+$":
        assert spans_of([f"a{sign}b"], f"x a{sign}b") == [(2, 5)]
        assert not spans_of([f"a{sign}b"], "x ab acb")
