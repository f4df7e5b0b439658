"""A link, a handle or a number in every answer hides nothing: not the answers, not the quotes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from survey.answers import lifecycle, moderation
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.results import read_model
from tests.support.visitors import make_owner, make_survey, owned_survey

ENDINGS = (
    "see https://t.example/{}",
    "@CityHall_{}",
    "ticket {}555019",
    "(me@example.org, page {})",
    "www.t.example/{}",
)


def _send(text: str) -> Answer:
    survey = db.session.query(Survey).one()
    sent = lifecycle.receive(survey, lifecycle.NewAnswer(text, lifecycle.new_form_key()))
    return db.session.query(Answer).filter_by(public_id=sent).one()


def _decide(texts: list[str], status: str) -> None:
    survey = db.session.query(Survey).one()
    moderation.set_status(survey, [_send(text).id for text in texts], status)


@pytest.mark.both_databases
def test_where_the_owner_lets_links_in_further_ones_are_shown(app: Flask) -> None:
    owned_survey(app)
    with app.app_context():
        _decide([f"Recipe {n} of my aunt https://cook.example/{n}" for n in range(4)], "shown")
        assert _send("Soup with beans https://cook.example/soup").status == "held"
        _decide(["Bread every morning https://cook.example/bread"], "shown")
        assert (_send("A cake for two https://cook.example/cake").status) == "shown"
        answer = _send("Rice with lentils")
        lifecycle.change(db.session.query(Survey).one(), answer, "Rice, as in www.cook.example", None)
        assert answer.status == "shown"


@pytest.mark.both_databases
def test_where_the_owner_hides_some_links_wait_again(app: Flask) -> None:
    owned_survey(app)
    with app.app_context():
        _decide(["Cheap watches for all https://shop.example/watches"], "hidden")
        _decide([f"Recipe {n} of my aunt https://cook.example/{n}" for n in range(9)], "shown")
        assert _send("Soup with beans https://cook.example/soup").status == "held"
        _decide(["Bread every morning https://cook.example/bread"], "shown")
        assert _send("A cake for two https://cook.example/cake").status == "shown"
        _decide(["Cheap shoes for everybody www.shop.example/shoes"], "hidden")  # it was shown at first
        assert _send("Noodles with tofu https://cook.example/noodles").status == "held"


def test_links_that_another_survey_wants_wait_here(app: Flask) -> None:
    owner = make_owner(app)
    make_survey(app, owner)
    with app.app_context():
        _decide([f"Recipe {n} of my aunt https://cook.example/{n}" for n in range(6)], "shown")
    make_survey(app, owner, "other")
    with app.app_context():
        other = db.session.query(Survey).filter_by(slug="other").one()
        key = lifecycle.new_form_key()
        sent = lifecycle.receive(other, lifecycle.NewAnswer("Soup https://cook.example/soup", key))
        assert db.session.query(Answer).filter_by(public_id=sent).one().status == "held"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_theme_of_answers_that_all_have_one_is_quoted(
    app: Flask, perform: Callable[[Flask], None], ending: str
) -> None:
    owned_survey(app)
    with app.app_context():
        survey = db.session.query(Survey).one()
        rows = [
            lifecycle.NewAnswer(
                f"Honesty about money, always honest at home {ending.format(n)}",
                lifecycle.new_form_key(),
                import_key=str(n),
            )
            for n in range(9)
        ]
        lifecycle.receive_import(survey, rows)
    perform(app)
    with app.app_context():
        page = read_model.theme_page(db.session.query(Survey).one())
        assert page.people == 9
        assert page.themes
        assert all(theme.quotes for theme in page.themes)
        for quote in [quote for theme in page.themes for quote in theme.quotes]:
            whole = quote.before + quote.idea + quote.after
            assert whole.startswith("Honesty about money, always honest at home ")
            assert whole.endswith("]") or "[" in whole  # masked
