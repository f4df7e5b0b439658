"""The mails that respondents get: in every public language, also where no page is being made."""

from __future__ import annotations

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.i18n import ENGLISH, PUBLIC, gettext, in_language, language
from survey.core.models import Survey
from survey.follow_up import letters
from tests.support.visitors import SLUG, make_survey


def mails(app: Flask, code: str) -> list[tuple[str, str]]:
    """The mail to confirm as the page queues it, and that of the result as the worker does, outside of a request."""
    with app.app_context():
        survey = db.session.query(Survey).one()
        with app.test_request_context():
            asked = letters.to_confirm(survey, "token", code, 7)
        return [asked, letters.result_is_out(survey, code)]


def sentences(text: str, question: str) -> list[str]:
    """The paragraphs of a mail that are neither the question nor an address."""
    return [part.strip() for part in text.split("\n\n") if part.strip() != question and "://" not in part]


@pytest.mark.parametrize("code", [code for code in PUBLIC.languages if code != ENGLISH])
def test_both_mails_are_in_the_language_of_the_page_they_were_asked_for_on(sqlite_app: Flask, code: str) -> None:
    make_survey(sqlite_app, None)
    for (subject, text), (english_subject, english) in zip(
        mails(sqlite_app, code), mails(sqlite_app, ENGLISH), strict=True
    ):
        said, in_english = (sentences(each, "What keeps you together?") for each in (text, english))
        assert len(said) == len(in_english) >= 3
        assert not set(said) & set(in_english)
        assert subject != english_subject
        assert "What keeps you together?" in text
        assert ("/tell-me/token" in text or f"/s/{SLUG}/themes" in text) and text.count("://") == 1
        assert "%(" not in subject + text


def test_a_language_holds_outside_of_a_request_and_ends_with_its_block(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        with in_language("de"):
            assert language() == "de"
            assert gettext("Search the answers") != "Search the answers"
        assert language() == ENGLISH
        assert gettext("Search the answers") == "Search the answers"
    assert language() == ENGLISH
