"""Two people at the same themes: what one has just done is not done over by the other's older page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from survey.core.account_models import READER
from tests.support.colleague import colleague
from tests.support.library import COFFEE, LONGER, QUIET, QUIET_IDEAS, members, span
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
    assert told(bench.act(f"{hers}")) == f"What Olga did is taken back: {COFFEE} is hidden.", (
        "in the history, by choice"
    )
    assert told(olga.act(f"{hers}".replace("undo", "redo"))) == f"It holds again: {COFFEE} is hidden."


def form(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the first form of a page that leads to an address."""
    own = re.search(rf'<form[^>]*action="[^"]*{action}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert own
    return dict(re.findall(r'type="hidden" name="(as_of|list)" value="([^"]*)"', own[1]))


@pytest.mark.both_databases
def test_what_somebody_else_decided_since_is_told_before_it_is_decided_over(bench: Bench, olga: Bench) -> None:
    idea, here = span(bench.app, "floor 2"), f"/{bench.filled.public[QUIET]}"
    older = form(bench.theme(QUIET), f"{here}/move")
    olga.on(QUIET, "confirm", idea=idea)
    for verb, fields in (("move", {"out": "1"}), ("split", {"name": "Hush"}), ("mark", {"says": "opposite"})):
        refused = bench.post(f"{here}/{verb}", idea=[idea, span(bench.app, "floor 3")], **older, **fields)
        assert refused.status_code == 409, verb
        assert f"Olga has decided since you opened this page: An idea is right in {QUIET}." in refused.text, verb
        assert refused.text.count(" checked ") == 2, verb
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS
    assert "right here" in bench.act(f"{here}/confirm", idea=idea, **older), "what agrees is no dispute"
    olga.on(QUIET, "confirm", idea=idea)
    fresh = form(bench.post(f"{here}/move", idea=idea, out="1", **older).text, f"{here}/move")
    assert "any more" in bench.act(f"{here}/move", idea=idea, out="1", **fresh), "said again, it is done"
    refused = olga.post(f"{here}/move", idea=idea, target=COFFEE, **older)
    assert "Ruth has decided since you opened this page: An idea was taken out of" in refused.text


def test_words_that_somebody_else_changed_since_are_asked_about(bench: Bench, olga: Bench) -> None:
    here = f"/{bench.filled.public[COFFEE]}"
    older = form(bench.theme(COFFEE), f"{here}/rename")
    olga.on(COFFEE, "rename", name="Hot drinks")
    olga.on(COFFEE, "describe", about="All that is hot")
    olga.on(QUIET, "rename", name="Silence")
    assert "The name stays." in bench.act(f"{here}/rename", name="Hot drinks", **older)
    for verb, field, typed, kept in (
        ("rename", "name", "Coffee and tea", "Hot drinks"),
        ("describe", "about", "Coffee, and what goes with it", "All that is hot"),
    ):
        refused = bench.post(f"{here}/{verb}", **{field: typed}, **older)
        assert refused.status_code == 409, verb
        assert f"It is now: “{kept}”." in refused.text, verb
        assert f">{typed}</textarea>" in refused.text, verb
        fresh = form(refused.text, f"{here}/{verb}")
        assert typed in bench.act(f"{here}/{verb}", **{field: typed}, **fresh), verb


def test_what_others_did_is_not_said_to_be_ones_own(bench: Bench, olga: Bench) -> None:
    rolf = replace(bench, client=colleague(bench.app, "Rolf", READER))
    olga.on(QUIET, "rename", name="Silence")
    olga.on(QUIET, "confirm", idea=span(bench.app, "floor 2"))
    olga.act("/inbox/dismiss", idea=span(bench.app, "roof"))
    for page in (bench, rolf):
        shown = page.theme(QUIET)
        assert "Named by <bdi>Olga</bdi>, " in shown
        assert "Placed by hand" in shown
        assert "1 idea left out" in page.get("/inbox?part=hand")
        for path in (f"/{bench.filled.public[QUIET]}", "/inbox", "/inbox?part=hand"):
            words = re.sub(r"<[^>]*>", "", page.get(path))
            assert not re.search(r"by you\b|your (hand|move)|\byours\b", words, re.IGNORECASE), path
