"""How sure a theme is: drawn from the re-runs there were, and said in the same words on every page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from analysis.certainty import MIN_RE_RUNS
from survey.core.database import db
from survey.core.models import Answer, Survey, Theme, ThemeResult
from survey.curation import edit_history, idea_edits, theme_edits
from survey.edits.idea_spans import IdeaSpan
from survey.publication import rows as published_rows
from survey.tables import rows
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG, sign_in

NAMES = ("Listening", "Honesty", "Patience")
ALL_NAMES = (*NAMES, "Trust")


def stitched(app: Flask, came_back: int, re_runs: int) -> str:
    with app.app_context():
        macros = app.jinja_env.get_template("macros/threads.html").make_module({})
        return str(macros.stitches(came_back, re_runs))  # type: ignore[attr-defined]


def tried(app: Flask, filled: Filled, counts: dict[str, tuple[int, int, bool]]) -> None:
    """Give each theme the re-runs in which it came back, of how many, and whether it is tentative."""
    with app.app_context():
        for name, (came_back, re_runs, tentative) in counts.items():
            values: dict[Any, int] = {"came_back": came_back, "re_runs": re_runs, "tentative": tentative}
            db.session.query(ThemeResult).filter_by(theme_id=filled.themes[name]).update(values)
        db.session.commit()


@pytest.fixture
def filled(sqlite_app: Flask) -> Filled:
    said = [Says(f"{name} {n}", [(name, name)]) for name in NAMES for n in range(5)]
    return fill(sqlite_app, said)


@pytest.mark.parametrize(("came_back", "re_runs"), [(12, 19), (20, 20), (10, 10), (9, 10), (0, 20), (3, 3), (25, 30)])
def test_there_is_a_stitch_for_each_re_run_and_no_other(sqlite_app: Flask, came_back: int, re_runs: int) -> None:
    drawn = stitched(sqlite_app, came_back, re_runs)
    assert (drawn.count("<line"), drawn.count("<circle")) == (came_back, re_runs - came_back)
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn)
    assert box
    ends = (
        [float(x) for x in re.findall(r'(?:x2|cx)="(\d+)"', drawn)],
        [float(y) for y in re.findall(r'y1="(\d+)"', drawn)],
    )
    assert all(0 < x < float(box[1]) for x in ends[0])
    assert all(0 < y < float(box[2]) for y in ends[1])


def test_twelve_of_nineteen_does_not_look_like_twenty_of_twenty(sqlite_app: Flask) -> None:
    drawn = {stitched(sqlite_app, *counts) for counts in ((12, 19), (20, 20), (10, 10), (19, 19), (12, 20))}
    assert len(drawn) == 5


def test_every_theme_that_is_counted_is_listed(sqlite_app: Flask) -> None:
    """Beyond the largest and the tentative ones in a list that opens, and that says how long it is."""
    names = [f"Reason {n}" for n in range(17)]
    filled = fill(sqlite_app, [Says(f"{name} {n}", [(f"{name} {n}", name)]) for name in names for n in range(2)])
    tried(sqlite_app, filled, dict.fromkeys(names, (20, 20, False)) | {"Reason 15": (9, 20, True)})
    page = sqlite_app.test_client().get(f"/s/{SLUG}/themes").text
    section = page.partition('aria-labelledby="sure-title"')[2].partition("</section>")[0]
    assert "16 of 17 themes come back almost every time" in section
    listed, _, further = section.partition("and 4 more themes")
    assert (listed.count("<li "), further.count("<li ")) == (13, 4)
    assert "Reason 15" in listed
    assert further.count("20 of 20") == 4


def test_the_theme_page_draws_and_says_the_same(sqlite_app: Flask, filled: Filled) -> None:
    tried(sqlite_app, filled, {"Listening": (20, 20, False), "Honesty": (12, 19, True)})
    page = sqlite_app.test_client().get(f"/s/{SLUG}/themes").text
    sure = page[page.index('id="sure-title"') :]
    drawn = re.findall(r"<bdi>(\w+)</bdi></span> (<svg.*?</svg>) <span class=\"num\">(.*?)</span>", sure, re.DOTALL)
    assert [(name, svg.count("<line"), svg.count("<circle"), words) for name, svg, words in drawn] == [
        ("Listening", 20, 0, "20 of 20"),
        ("Honesty", 12, 7, "12 of 19"),
    ]
    assert "1 of 2 themes comes back" in sure
    assert "1 more could not be tried again." in sure
    assert "Tentative: it came back in 12 of 19 re-runs." in page


def test_the_page_of_a_theme_draws_it_too(sqlite_app: Flask, filled: Filled) -> None:
    tried(sqlite_app, filled, {"Listening": (12, 19, True), "Honesty": (10, 10, False), "Patience": (0, 0, True)})
    client = sqlite_app.test_client()
    pages = {name: client.get(filled.page(name)).text for name in NAMES}
    drawn = {name: (page.count("s-stitch"), page.count('r="3"')) for name, page in pages.items()}
    assert drawn == {"Listening": (12, 7), "Honesty": (10, 0), "Patience": (0, 0)}
    assert "Tentative: it came back in 12 of 19 re-runs." in pages["Listening"]
    assert "Firm: it came back in 10 of 10 re-runs." in pages["Honesty"]
    assert "Too few answers to try it again" in pages["Patience"]


def test_a_theme_that_comes_back_and_holds_unlike_answers_says_so(sqlite_app: Flask, filled: Filled) -> None:
    tried(sqlite_app, filled, {"Listening": (20, 20, True), "Honesty": (12, 19, True), "Patience": (10, 10, False)})
    client = sqlite_app.test_client()
    page = client.get(f"/s/{SLUG}/themes").text
    sure = page[page.index('id="sure-title"') :]
    assert "2 of 3 themes come back" in sure
    told = re.sub(r"<[^>]*>", "", sure)
    assert "Honesty is tentative." in told
    assert "Some of the answers under Listening may not belong there." in told
    assert "Tentative: some of its answers may not belong." in client.get(filled.page("Listening")).text
    assert "Tentative: it came back in 12 of 19 re-runs." in client.get(filled.page("Honesty")).text
    assert "may not belong" not in client.get(filled.page("Patience")).text


def test_four_themes_that_hold_unlike_answers_are_counted(sqlite_app: Flask) -> None:
    names = [f"Reason {n}" for n in range(6)]
    filled = fill(sqlite_app, [Says(f"{name} {n}", [(f"{name} {n}", name)]) for name in names for n in range(3)])
    tried(sqlite_app, filled, {name: (20, 20, n < 4) for n, name in enumerate(names)})
    page = sqlite_app.test_client().get(f"/s/{SLUG}/themes").text
    assert "6 of 6 themes come back" in page
    assert "Some of the answers under 4 themes may not belong there." in page


@pytest.mark.parametrize("re_runs", [1, MIN_RE_RUNS - 1, MIN_RE_RUNS])
def test_a_few_re_runs_make_nothing_firm(sqlite_app: Flask, filled: Filled, re_runs: int) -> None:
    tried(sqlite_app, filled, {"Listening": (re_runs, re_runs, re_runs < MIN_RE_RUNS)})
    page = sqlite_app.test_client().get(filled.page("Listening")).text
    assert ("Firm" in page) is (re_runs >= MIN_RE_RUNS)
    assert ("which is too few" in page) is (re_runs < MIN_RE_RUNS)


def put_together(app: Flask, filled: Filled) -> int:
    """Split one idea of Listening off, merge Patience into Honesty and rename Trust; return the edit that merged."""
    with app.app_context():
        survey = db.session.query(Survey).one()
        listening, honesty, patience, trust = (db.session.get_one(Theme, filled.themes[name]) for name in ALL_NAMES)
        texts = [f"Listening {n}" for n in range(2)]
        answers = [db.session.query(Answer).filter_by(text=text).one() for text in texts]
        spans = [IdeaSpan(answer.public_id, 0, len(answer.text)) for answer in answers]
        idea_edits.split(survey, spans, listening, "Nodding")
        merged = theme_edits.merge(patience, honesty)
        theme_edits.rename(trust, "Reliance")
        values: dict[Any, int] = {"came_back": 1, "re_runs": 20, "tentative": True}
        db.session.query(ThemeResult).update(values)
        db.session.commit()
        filled.public["Nodding"] = str(db.session.query(Theme.public_id).filter_by(name="Nodding").scalar())
        return merged


def test_what_the_owner_put_together_is_not_called_tentative(sqlite_app: Flask) -> None:
    said = [Says(f"{name} {n}", [(f"{name} {n}", name)]) for name in ALL_NAMES for n in range(5)]
    filled = fill(sqlite_app, said, is_owned=True)
    merged = put_together(sqlite_app, filled)
    client = sqlite_app.test_client()
    pages = {name: client.get(filled.page(name)).text for name in ("Nodding", "Honesty", "Trust", "Listening")}
    tentative = "Tentative: it came back in 1 of 20 re-runs."
    assert {name: tentative in page for name, page in pages.items()} == {
        "Nodding": False,
        "Honesty": False,
        "Trust": True,
        "Listening": True,
    }
    for name in ("Nodding", "Honesty"):
        assert "Put together by the asker." in pages[name]
        assert "s-stitch" not in pages[name]
        assert "Found in the answers." not in pages[name]
        assert "Too few answers to try it again" not in pages[name]
    page = client.get(f"/s/{SLUG}/themes").text
    assert page.count(tentative) == 2
    assert page.count("Put together by the asker.") == 2
    sure = page[page.index('id="sure-title"') :]
    assert "None of the 2 themes comes back almost every time" in sure and "all are tentative." in sure
    assert "The others" not in sure and "<em" not in sure[: sure.index("</p>")]
    assert "2 more were put together by the asker." in sure
    assert "could not be tried again" not in sure

    sign_in(client)
    listed = client.get(f"/manage/{SLUG}/themes").text
    marks = dict(re.findall(r'<bdi class="title">(.*?)</bdi>.*?<span class="marks">(.*?)</span>', listed))
    assert marks == {"Nodding": "by hand", "Honesty": "by hand", "Reliance": "tentative", "Listening": "tentative"}
    for name, is_own in (("Nodding", True), ("Trust", False)):
        shown = client.get(f"/manage/{SLUG}/themes/{filled.public[name]}").text
        assert ("Put together by hand" in shown) is is_own
        assert ("it came back in 1 of 20 re-runs" in shown) is not is_own

    with sqlite_app.test_request_context():
        survey = db.session.query(Survey).one()
        measured = {row[1]: row[7:10] for row in rows.theme_rows(survey)}
        own = dict.fromkeys(("Nodding", "Honesty"), (None, None, None))
        assert measured == dict.fromkeys(marks, (1, 20, True)) | own, "files say what the page says"
        assert {row[1]: row[7:10] for row in published_rows.theme_rows(survey)} == measured
        edit_history.undo(survey, merged)
        db.session.commit()
    assert tentative in client.get(filled.page("Honesty")).text
