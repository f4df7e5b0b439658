"""What an owner splits off stays apart from what it was split off, in every run; teaching empties no theme."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Run, Theme
from survey.curation import edit_history, idea_edits
from survey.edits.decisions import Decisions, Split, read_decisions
from survey.edits.models import Edit
from survey.findings.learn import Ideas, _left_by_splits
from survey.findings.read_lessons import lessons_of
from tests.findings.test_finding_again import BOATS, SNOW, TRAINS, site, span, theme_of, themes
from tests.support.only_survey import own, send

__all__ = ["site"]  # the fixture

FERRIES, REST = set(BOATS[:4]), set(BOATS[4:])


def split_off(texts: list[str], name: str) -> int:
    return idea_edits.split(own(), [span(text) for text in texts], theme_of(texts[0]), name)


def said_right(text: str) -> None:
    """Decide once more: a single edit teaches nothing."""
    idea_edits.confirm(own(), [span(text)], theme_of(text))


def name_and_id(text: str) -> tuple[str, str]:
    return theme_of(text).name, theme_of(text).public_id


@pytest.mark.both_databases
def test_a_split_stays_a_split_whatever_answers_come(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        before = name_and_id(BOATS[7])
        split_off(BOATS[:4], "Ferries")
        ferries = name_and_id(BOATS[0])
        said_right(TRAINS[0])
    for number in range(3):
        with site.app_context():
            send([SNOW[number]])
        perform(site)
        with site.app_context():
            assert themes()["Ferries"] == FERRIES
            assert (name_and_id(BOATS[0]), name_and_id(BOATS[7])) == (ferries, before)
            assert themes()[before[0]] == REST


def test_what_a_split_left_does_not_follow_to_what_is_split_off_that(
    site: Flask, perform: Callable[[Flask], None]
) -> None:
    with site.app_context():
        rest = theme_of(BOATS[7]).name
        split_off(BOATS[:4], "Ferries")
        split_off(BOATS[:3], "Night ferries")
    for _ in range(2):
        perform(site)
        with site.app_context():
            assert themes()["Night ferries"] == set(BOATS[:3])
            assert themes()["Ferries"] == {BOATS[3]}
            assert themes()[rest] == REST
            send([SNOW[0]])


def test_what_a_split_left_goes_where_the_owner_moves_it_and_back_when_the_split_is_undone(
    site: Flask, perform: Callable[[Flask], None]
) -> None:
    with site.app_context():
        rest = theme_of(BOATS[7]).name
        edit_id = split_off(BOATS[:4], "Ferries")
        idea_edits.move(own(), [span(BOATS[7])], theme_of(BOATS[7]), theme_of(BOATS[0]))
    perform(site)
    with site.app_context():
        assert themes()["Ferries"] == FERRIES | {BOATS[7]}
        assert themes()[rest] == REST - {BOATS[7]}
        assert edit_history.undo(own(), edit_id)
    perform(site)
    with site.app_context():
        assert set(BOATS[:7]) <= themes()[rest]


def test_answers_that_come_after_a_split_may_follow_it(site: Flask, perform: Callable[[Flask], None]) -> None:
    later = "boats float far z"
    with site.app_context():
        split_off(BOATS[:7], "Ferries")
        said_right(TRAINS[0])
    perform(site)
    with site.app_context():
        send([later])
    perform(site)
    with site.app_context():
        there = theme_of(later).name
        send([SNOW[0]])
    perform(site)
    with site.app_context():
        assert there == theme_of(later).name == "Ferries"
        assert BOATS[7] not in themes()["Ferries"]


def test_what_came_before_a_split_is_left_by_it_and_kept_from_all_that_came_of_it() -> None:
    split_at, places = datetime(2026, 3, 2, tzinfo=UTC), [(answer, 0, 5) for answer in range(1, 5)]
    ideas = Ideas(places, [0, 1, 2, 3], [*"wxyz"], [{3}, {1}, {1}, {2}], [{1: 0.5}, {1: 0.5}, {1: 0.5}, {2: 0.5}])
    first, second = Split(1, "boats", "ferries", split_at), Split(2, "ferries", "night", split_at)
    decisions = Decisions(by_hand={places[0]: 2}, splits=[first, second])
    came = {3: split_at + timedelta(hours=1), 4: split_at - timedelta(hours=1)}
    found = _left_by_splits(ideas, {1: "boats", 2: "ferries", 3: "night"}, decisions, came)
    assert found == [(first, {1}, {2, 3}), (second, {3}, {3})]
    decisions.merged["night"] = "boats"
    assert _left_by_splits(ideas, {1: "boats", 2: "ferries"}, decisions, came) == [
        (first, {1}, {2}),
        (second, {3}, {1}),
    ]


def test_a_split_teaches_also_when_its_ideas_were_decided_about_again(
    site: Flask, perform: Callable[[Flask], None]
) -> None:
    with site.app_context():
        split_off(BOATS[:4], "Ferries")
        idea_edits.confirm(own(), [span(text) for text in BOATS[:4]], theme_of(BOATS[0]))
        said_right(TRAINS[0])
    perform(site)
    with site.app_context():
        run = db.session.get_one(Run, own().current_run_id)
        assert lessons_of(run, read_decisions(own().id)).head is not None


def test_teaching_empties_no_theme(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        boats, trains = theme_of(BOATS[0]), theme_of(TRAINS[0])
        name = boats.name
        for text in BOATS[:6]:
            idea_edits.move(own(), [span(text)], boats, trains)
    for number in range(3):
        perform(site)
        with site.app_context():
            assert themes()[name] == set(BOATS[6:])
            send([SNOW[number]])


def test_a_theme_that_its_owner_emptied_stays_empty(site: Flask, perform: Callable[[Flask], None]) -> None:
    with site.app_context():
        boats, trains = theme_of(BOATS[0]), theme_of(TRAINS[0])
        idea_edits.move(own(), list(map(span, BOATS)), boats, trains)
        said_right(TRAINS[0])
        name = boats.name
    for number in range(2):
        perform(site)
        with site.app_context():
            assert name not in themes()
            assert theme_of(BOATS[0]).id == theme_of(TRAINS[0]).id
            send([SNOW[number]])
    with site.app_context():
        assert db.session.scalars(select(Edit.action)).all() == ["move", "confirm"]
        assert db.session.scalar(select(Theme.id).where(Theme.name == name)) is not None
