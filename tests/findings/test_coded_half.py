"""A file that codes a part of the answers: the others follow their themes to the codes, and stay there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from survey.answers.coding_models import Coding
from survey.coded_files import place
from survey.core.database import db
from survey.curation import edit_history
from survey.findings.learn import learn_from_edits
from survey.runs import lifecycle as runs
from tests.coded_files.coded import make_coding
from tests.findings.test_finding_again import BOATS, SNOW, TRAINS, site, themes
from tests.support.only_survey import own, send
from tests.support.toy_model import ToyModel

__all__ = ["site"]  # the fixture


def code(texts: list[str], name: str) -> int:
    """Place these answers by a file that gives them one code."""
    make_coding({text: [name] for text in texts})
    return place.place(own(), db.session.query(Coding).one())


def found_again(app: Flask, perform: Callable[[Flask], None]) -> None:
    with app.app_context():
        runs.request_run_now(own().id)
    perform(app)


@pytest.mark.both_databases
def test_what_was_not_coded_follows_its_theme_in_every_run(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        before = themes()
        edit_id = code(BOATS[:5], "Water")
    perform(site)
    for number in range(3):
        with site.app_context():
            held = themes()
            assert held["Water"] == set(BOATS)
            assert set(TRAINS) in held.values()
            assert len(held) == len(before)  # the theme that they left is not there, nor comes back
            send([SNOW[number]])
        found_again(site, perform)
    with site.app_context():
        edit_history.undo(own(), edit_id)
        learn_from_edits(own().id, ToyModel())
        held = themes()
        assert "Water" not in held
        assert set(BOATS) in held.values()


def test_a_theme_that_a_file_divides_stays_for_the_rest(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        name = next(name for name, texts in themes().items() if texts == set(BOATS))
        make_coding({text: ["Water" if at % 2 else name] for at, text in enumerate(BOATS[:6])})
        place.place(own(), db.session.query(Coding).one())
    perform(site)
    with site.app_context():
        assert themes()[name] >= {BOATS[0], BOATS[2], BOATS[4]}
        assert themes()["Water"] >= {BOATS[1], BOATS[3], BOATS[5]}
