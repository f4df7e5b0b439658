"""Nobody's kind is read from how the comparison changes while answers come, go and move."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from survey.answers import moderation
from survey.core.database import db, now
from survey.core.models import Answer, Run, Survey
from survey.findings.comparisons import BATCH, compare_kinds
from survey.imports import importer
from survey.publication import rows as publication_rows
from tests.support.visitors import SLUG, make_survey

Perform = Callable[[Flask], None]


def published(app: Flask) -> None:
    """A survey whose theme page is public."""
    make_survey(app, None)
    with app.app_context():
        db.session.query(Survey).one().published_at = now()
        db.session.commit()


def give(app: Flask, *said: tuple[str, str, int]) -> None:
    """Give the survey answers: a text, its kind, and how many of them."""
    kinds = [(text, kind) for text, kind, count in said for _ in range(count)]
    with app.app_context():
        before = db.session.query(Answer).count()
        lines = [f"{text}{'!' * (before + at)},{kind}" for at, (text, kind) in enumerate(kinds)]
        importer.import_answers(db.session.query(Survey).one(), "\n".join(["answer,kind", *lines]).encode())


def compared(app: Flask) -> dict[str, Any]:
    """The comparison that is shown."""
    with app.app_context():
        run = db.session.get_one(Run, db.session.query(Survey).one().current_run_id)
        return deepcopy(run.comparison or {})


def public(app: Flask) -> tuple[str, list[Any]]:
    """What is public of kinds: the section of the theme page, and the file."""
    page = app.test_client().get(f"/s/{SLUG}/themes").text
    words = re.search(r'aria-labelledby="universal-title">(.*?)</section>', page, re.DOTALL)
    with app.app_context():
        rows = list(publication_rows.kind_rows(db.session.query(Survey).one()))
    return " ".join(re.sub(r"<[^>]+>", " ", words[1]).split()) if words else "", rows


def counts(app: Flask) -> dict[tuple[str, str], int | None]:
    """The count of each theme in each kind, None where it is hidden."""
    return {(row["theme"], cell["group"]): cell["count"] for row in compared(app)["themes"] for cell in row["cells"]}


def begin(app: Flask, perform: Perform) -> None:
    """A survey whose comparison is drawn: 60 friends and 52 partners, of whom 110 are counted."""
    published(app)
    give(app, ("Honesty", "friend", 40), ("Trust", "friend", 20), ("Trust", "partner", 40), ("Honesty", "partner", 12))
    perform(app)
    assert [tuple(group) for group in compared(app)["groups"]] == [("friend", 60), ("partner", 50)]


def test_one_answer_more_changes_nothing_of_the_kinds(app: Flask, perform: Perform) -> None:
    begin(app, perform)
    before = public(app)
    assert "110 of 110 people said a kind that is shown: 60 friend, 50 partner." in before[0]
    assert before[1]
    give(app, ("Honesty", "partner", 1))
    perform(app)
    assert public(app) == before


def test_ten_more_are_counted_at_once(app: Flask, perform: Perform) -> None:
    begin(app, perform)
    give(app, ("Honesty", "friend", 4), ("Honesty", "partner", 3))
    perform(app)
    assert compared(app)["people"] == 110
    give(app, ("Honesty", "partner", 1))
    perform(app)
    assert compared(app)["people"] == 120
    assert [tuple(group) for group in compared(app)["groups"]] == [("friend", 64), ("partner", 56)]


def test_who_waits_for_ten_is_not_counted_from_the_first(app: Flask, perform: Perform) -> None:
    published(app)
    give(app, ("Honesty", "friend", 5), ("Trust", "partner", 5), ("Trust", "friend", 9))
    perform(app)
    said = public(app)[0]
    assert "10 of 10 people said a kind that is shown: 5 friend, 5 partner." in said
    assert "Counted anew after every ten answers, and each theme after every ten people who name it" in said


def test_a_theme_that_few_of_the_ten_name_stays_as_it_was_counted(app: Flask, perform: Perform) -> None:
    """Of twenty new people one names Trust: its count by kind would say of which kind they are."""
    begin(app, perform)
    before = counts(app)
    give(app, ("Trust", "partner", 1), ("Honesty", "friend", 17))
    perform(app)
    after = counts(app)
    assert compared(app)["people"] == 130
    assert {cell: after[cell] for cell in after if cell[0] == "trust"} == {
        cell: before[cell] for cell in before if cell[0] == "trust"
    }
    assert after["honesty", "friend"] == 57
    give(app, ("Trust", "partner", 9), ("Honesty", "friend", 1))
    perform(app)
    assert counts(app)["trust", "partner"] == 50


def test_what_an_older_version_called_shared_by_all_is_judged_anew(app: Flask, perform: Perform) -> None:
    """Ten more do not count Trust anew, so it would be called so for as long as few name it."""
    begin(app, perform)
    before = counts(app)
    with app.app_context():
        run = db.session.get_one(Run, db.session.query(Survey).one().current_run_id)
        rows = [row | {"verdict": "universal", "reason": ""} for row in compared(app)["themes"]]
        run.comparison = compared(app) | {"themes": rows}
        db.session.commit()
    give(app, ("Honesty", "friend", 17), ("Trust", "partner", 1), ("Honesty", "partner", 2))
    perform(app)
    after = {row["theme"]: (row["verdict"], row["reason"]) for row in compared(app)["themes"]}
    assert after["trust"] == ("too few to tell", "Too few people answered to see a difference if there were one.")
    assert {cell: count for cell, count in counts(app).items() if cell[0] == "trust"} == {
        cell: count for cell, count in before.items() if cell[0] == "trust"
    }


def test_who_goes_does_not_show_before_ten_more_have_come(app: Flask, perform: Perform) -> None:
    begin(app, perform)
    before = public(app)
    with app.app_context():
        own = db.session.query(Survey).one()
        moderation.set_status(own, [db.session.query(Answer.id).order_by(Answer.id).limit(1).scalar()], "hidden")
    give(app, ("Honesty", "partner", 1))
    perform(app)
    assert public(app) == before


def test_a_kind_that_comes_later_is_hidden_where_a_theme_was_counted_before(app: Flask, perform: Perform) -> None:
    begin(app, perform)
    give(app, ("Honesty", "family", BATCH))
    perform(app)
    cells = {row["theme"]: [cell["group"] for cell in row["cells"]] for row in compared(app)["themes"]}
    assert cells["trust"] == cells["honesty"] == ["friend", "partner", "family"]
    assert counts(app)["trust", "family"] is None


@pytest.mark.slow
def test_no_kind_of_a_made_up_survey_is_told_by_subtraction() -> None:
    """While answers come one by one, no change of a theme's numbers is of people who are all of one kind."""
    chance, weights = Random(0), (9, 5, 3, 2, 1, 1)
    kinds: list[str | None] = list(chance.choices(("friend", "partner", "family"), (4, 3, 3), k=200))
    themes = [set(chance.choices(range(6), weights, k=chance.choice((1, 1, 2)))) for _ in kinds]
    told, changes, before = set(), 0, None
    for people in range(150, 201):
        after = compare_kinds(range(1, people + 1), kinds[:people], analysis_of(themes[:people]), before)
        rows: dict[str, Any] = {row["theme"]: row for row in before["themes"]} if before else {}
        for row in after["themes"]:
            if (old := rows.get(row["theme"])) is None or old["upto"] == row["upto"]:
                continue
            who = [at for at in range(old["upto"], row["upto"]) if int(row["theme"]) in themes[at]]
            more = [
                new["count"] - cell["count"]
                for cell, new in zip(old["cells"], row["cells"], strict=True)
                if cell["count"] is not None and new["count"] is not None
            ]
            changes += 1
            if len(who) in more or len(who) == 1:
                told.update(who)
        before = after
    assert changes >= 3
    assert told == set()


def analysis_of(themes: list[set[int]]) -> Any:
    """What is read of a result: an idea for each person, in the themes they named."""
    placements = [SimpleNamespace(theme=str(theme), idea=at) for at, named in enumerate(themes) for theme in named]
    return SimpleNamespace(
        nonanswers=(),
        ideas=[SimpleNamespace(answer=at) for at in range(len(themes))],
        themes=[SimpleNamespace(key=str(theme)) for theme in range(6)],
        placements=placements,
    )
