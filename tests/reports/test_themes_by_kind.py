"""The section "Is it universal?": its numbers add up, and what it says follows from them."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask

from survey.answers import moderation
from survey.core.database import db
from survey.core.models import Answer, Run, Survey, ThemeResult
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG

KINDS = {"partner": 57, "family": 32, "friend": 26, "colleague": 16, "customer": 13}
ELSEWHERE = 9
OVERALL = ("needed", "points")


def compared(app: Flask, groups: dict[str, int], **changes: Any) -> Filled:
    """A survey whose run compared these kinds; `changes` are of its first row, or of the comparison."""
    said = [
        Says(f"We listen {kind} {n}", [("listen", "Listening")], kind) for kind, n_ in groups.items() for n in range(n_)
    ]
    said += [Says(f"We listen, all of us {n}", [("listen", "Listening")]) for n in range(ELSEWHERE)]
    filled = fill(app, said, published={"Listening": dict.fromkeys(groups, 5)}, groups=groups)
    with app.app_context():
        run = db.session.get_one(Run, filled.run_id)
        found = deepcopy(run.comparison or {})
        found["themes"][0] |= {name: value for name, value in changes.items() if name not in OVERALL}
        run.comparison = found | {name: value for name, value in changes.items() if name in OVERALL}
        db.session.query(ThemeResult).update({"mentions": len(said)})
        db.session.commit()
    return filled


def section(app: Flask) -> str:
    page = app.test_client().get(f"/s/{SLUG}/themes").text
    words = re.search(r'aria-labelledby="universal-title">(.*?)</section>', page, re.DOTALL)
    assert words
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", words[1], flags=re.DOTALL).split())


@pytest.mark.parametrize("groups", [KINDS, {"partner": 6, "friend": 5}, {"partner": 600, "friend": 1200}])
def test_its_numbers_add_up(sqlite_app: Flask, groups: dict[str, int]) -> None:
    compared(sqlite_app, groups)
    found = re.search(r"([\d,]+) of ([\d,]+) people said a kind that is shown: (.*?)\. (\d+) more", section(sqlite_app))
    assert found
    grouped, people = (int(number.replace(",", "")) for number in found.groups()[:2])
    listed = [int(number.replace(",", "")) for number in re.findall(r"(\d[\d,]*) \w+", found[3])]
    assert listed == list(groups.values())
    assert sum(listed) == grouped
    assert grouped + int(found[4]) == people == sum(groups.values()) + ELSEWHERE


def test_who_is_enough_is_not_called_too_few(sqlite_app: Flask) -> None:
    """57 + 32 + 26 + 16 + 13 people are more than the 133 it takes."""
    compared(sqlite_app, KINDS, reason="The groups may differ; more answers would tell.")
    said = section(sqlite_app)
    assert "Too few people" not in said
    assert "Of none of these themes can it be told yet" in said
    assert "The kinds may differ; more answers would tell." in said
    assert "twice as often as the others, or 20 percentage points more often, would have shown in four cases" in said


def test_who_are_too_few_read_how_many_it_takes(sqlite_app: Flask) -> None:
    compared(sqlite_app, {"partner": 6, "friend": 5}, needed=88)
    said = section(sqlite_app)
    assert "Too few people have said a kind to tell whether a theme belongs to one or to all." in said
    assert "With 2 kinds, shares are shown from 88 people on, or as soon as it can be told of one theme." in said
    assert "11 of 20 people said a kind that is shown: 6 partner, 5 friend." in said


def test_an_old_result_names_no_number_it_does_not_have(sqlite_app: Flask) -> None:
    compared(sqlite_app, KINDS, needed=None, points=None)
    said = section(sqlite_app)
    assert "people on" not in said and "percentage points" not in said
    assert "144 of 153 people" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "leans", "leans_to": ["friend"]}, "Leans to friend"),
        ({"verdict": "universal"}, "Shared by all"),
    ],
)
def test_what_a_verdict_takes_stands_below_the_verdicts(sqlite_app: Flask, changes: dict[str, Any], words: str) -> None:
    compared(sqlite_app, KINDS, **changes)
    said = section(sqlite_app)
    assert words in said
    assert "A kind is shown once five people have chosen it." in said
    assert "“Leans to” is said where" in said
    assert "“Shared by all” is said where" in said


def test_who_left_since_is_not_in_a_sum_that_was_made_before(sqlite_app: Flask) -> None:
    compared(sqlite_app, KINDS)
    with sqlite_app.app_context():
        ids = [answer_id for (answer_id,) in db.session.query(Answer.id).limit(20)]
        moderation.set_status(db.session.query(Survey).one(), ids, "hidden")
    said = section(sqlite_app)
    assert "144 of 153 people said a kind" in said
    assert "Counted anew after every ten answers" in said
