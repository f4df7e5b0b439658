"""Two people at the same themes: what one has just done is not done over by the other's older page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.support.colleague import colleague
from tests.support.library import COFFEE, LONGER, QUIET, members
from tests.workbench.conftest import Bench


@pytest.fixture
def olga(bench: Bench) -> Bench:
    """The workbench of Olga, an editor."""
    return replace(bench, client=colleague(bench.app))


EDITS = {
    "rename": {"name": "Coffee and cake"},
    "describe": {"about": "What there is to drink"},
    "hide": {},
    "show": {},
    "pin": {},
    "unpin": {},
    "promote": {},
    "example": {"phrase": "a cup of something hot"},
    "order": {"to": "first"},
    "merge": {"target": QUIET},
    "split": {"name": "Cake"},
}


@pytest.mark.both_databases
def test_no_edit_of_a_theme_that_was_merged_away_seems_to_work(bench: Bench, olga: Bench) -> None:
    gone, there = (f"/{bench.filled.public[name]}" for name in (COFFEE, QUIET))
    olga.on(COFFEE, "merge", target=LONGER)
    olga.on(LONGER, "merge", target=QUIET)
    before = bench.get("/history")
    for verb, form in EDITS.items():
        refused = bench.post(f"{gone}/{verb}", **form)
        assert refused.status_code == 409, verb
        said = re.sub(r"\s+", " ", refused.text)
        link = rf'<a href="[^"]*{there}"><bdi>{QUIET}</bdi></a>'
        assert re.search(rf"<bdi>{COFFEE}</bdi> was merged into {link}. Nothing was changed.", said), verb
    assert "What there is to drink" in bench.post(f"{gone}/describe", about="What there is to drink").text
    assert bench.get("/history").count("<li") == before.count("<li"), "and nothing is in the history"
    page = bench.get(gone)
    assert 'id="name"' not in page
    assert "It is part of <" in page
    assert members(bench.app, bench.filled.themes[COFFEE]) == 0


def test_no_edit_of_a_theme_that_is_empty_seems_to_work(bench: Bench, olga: Bench) -> None:
    olga.on("Room for children", "move", all="1", target=QUIET)
    for verb, form in EDITS.items():
        refused = bench.post(f"/{bench.filled.public['Room for children']}/{verb}", **form)
        assert refused.status_code == 409, verb
        assert "That theme is not there any more" in refused.text, verb


def undo_key(page: str) -> str | None:
    """Which edit the key U takes back, as an address under the workbench's."""
    found = re.search(r'id="undo-last" action="/manage/[^/]+/themes(/undo/\d+)"', page)
    return found and found[1]


def told(page: str) -> str:
    """What the page says was done, as plain text."""
    return " ".join(re.sub(r"<[^>]*>", "", page.partition('id="told" role="status">')[2].partition("</p>")[0]).split())


def test_undo_takes_back_what_one_did_oneself_and_says_what_that_was(bench: Bench, olga: Bench) -> None:
    assert undo_key(bench.get()) is None
    mine = undo_key(bench.on(QUIET, "rename", name="Silence & peace"))
    hers = undo_key(olga.on(COFFEE, "hide"))
    assert undo_key(bench.get()) == mine != hers, "not what Olga did since"
    assert told(bench.act(f"{mine}")) == f"It is taken back: {QUIET} is called Silence &amp; peace."
    assert undo_key(bench.get()) is None
    assert told(bench.act(f"{mine}".replace("undo", "redo"))).startswith("It holds again: A quiet floor is called")
    assert told(bench.act(f"{hers}")) == f"What Olga did is taken back: {COFFEE} is hidden.", "in the history, by choice"
    assert told(olga.act(f"{hers}".replace("undo", "redo"))) == f"It holds again: {COFFEE} is hidden."
