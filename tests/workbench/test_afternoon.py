"""An owner's afternoon in a browser: import, edit, check, accept half a proposal, publish; then read from the export.

The worker runs when the test lets it, with a toy model, so that each step begins where the one before ended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from survey.worker.worker import Worker
from tests.support import office
from tests.support.site import migrated, quiet, served
from tests.support.toy_model import use_axes, use_toy_model
from tests.support.visitors import OWNER, PASSWORD, SLUG, owned_survey
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

COFFEE, WINDOWS, CHAIRS, MEETINGS, BICYCLES, NICE = (
    "Better coffee", "Open window", "Chairs for my back", "Fewer, shorter meetings", "Bicycles shed",
    "Something nice",
)  # fmt: skip
WAIT_MS = 60_000  # for a machine that does much else
BELONGS = {"coffee|espresso": COFFEE, "window": WINDOWS, "chairs|back": CHAIRS, "meetings": MEETINGS, "shed": BICYCLES}
"""Words of an answer, and the theme an owner sees in it"""


@dataclass
class Afternoon:
    """An owner who is signed in and has a survey without answers; what they did, as the export should tell it."""

    app: Flask
    base: str
    page: Page
    done: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    """Action, theme and target of each edit"""

    def goes(self, place: str = "") -> None:
        self.page.goto(f"{self.base}/manage/{SLUG}{place}")

    def worker_runs(self) -> None:
        """Do all work that waits. (In a thread of its own: the event loop of the browser runs in this one.)"""

        def work() -> None:
            Worker(self.app).sweep()

        thread = Thread(target=work)
        thread.start()
        thread.join()

    def pastes(self, texts: Sequence[str]) -> None:
        """Import answers, after a look at what was understood."""
        self.goes("/import")
        self.page.get_by_label("Or a pasted list").fill("\n".join(texts))
        self.page.get_by_role("button", name="Look at it").click()
        self.sees(f"All {len(texts)} rows can be taken in")
        self.page.get_by_role("button", name=f"Take in {len(texts)} answers").first.click()
        self.page.get_by_text(f"{len(texts)} answers are here").first.wait_for()

    def sees(self, heading: str) -> None:
        """Wait for the page with these words in its heading: a click returns before the next page is there."""
        self.page.locator("h1", has_text=heading).wait_for()

    def opens(self, theme: str) -> None:
        """Choose a theme in the list of the workbench."""
        if "/themes" not in self.page.url or "/history" in self.page.url:
            self.goes("/themes")
        with self.page.expect_navigation():
            self.link(theme).click()

    def link(self, theme: str) -> Locator:
        return self.page.locator("#theme-list a", has=self.page.locator(".title", has_text=re.compile(f"^{theme}$")))

    def people(self) -> dict[str, int]:
        """The themes of the workbench with the people, or ideas in none."""
        lines = self.page.locator("#theme-list a").all()
        counted = [(line.locator(".title").inner_text(), line.locator(".num").inner_text()) for line in lines]
        return {name: int(re.findall(r"\d+", number)[0]) for name, number in counted}

    def ideas(self) -> list[str]:
        return self.page.locator("#picks mark").all_inner_texts()

    def row(self, words: str) -> Locator:
        idea = self.page.locator("mark", has_text=re.compile(f"^{re.escape(words)}$"))
        return self.page.locator("#picks > li", has=idea)

    def ticks(self, *ideas: str) -> None:
        for words in ideas:
            self.row(words).locator("input[type=checkbox]").check()

    def presses(self, button: str, *, within: str = "main") -> None:
        self.page.locator(within).get_by_role("button", name=button, exact=True).first.click()

    def fills(self, field_id: str, words: str) -> None:
        self.page.locator(f"#{field_id}").fill(words)
        self.page.locator(f"#{field_id}").press("Enter")

    def is_told(self, said: str, action: str, theme: str | None = None, target: str | None = None) -> None:
        """Wait until an edit is made; it is one of those that the export has to tell."""
        self.page.locator("#told", has_text=said).wait_for()
        self.done.append((action, theme, target))


@pytest.fixture
def afternoon(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Afternoon]:
    use_toy_model(monkeypatch)
    use_axes(monkeypatch)
    with migrated(quiet(tmp_path_factory.mktemp("afternoon"))) as app:
        owned_survey(app, question=office.QUESTION, introduction="", codebook="none")
        with served(app) as base:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
            context.set_default_timeout(WAIT_MS)
            page = context.new_page()
            page.goto(f"{base}/sign-in")
            page.get_by_label("Your name").fill(OWNER)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button").last.click()
            page.wait_for_url("**/manage")
            yield Afternoon(app, base, page)
            context.close()


def test_an_afternoon(afternoon: Afternoon, browser: Browser, tmp_path: Path) -> None:
    said = watch(afternoon.page)
    for step in STEPS:
        step(afternoon)
        assert fits(afternoon.page), step.__name__
    visitor = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    a_visitor_reads(afternoon, visitor)
    the_export_tells(afternoon, tmp_path)
    assert said == []


def imports(own: Afternoon) -> None:
    own.pastes(office.FIRST)
    own.worker_runs()
    own.goes()
    assert "The themes are ready. Their page is not public yet." in own.page.locator("h1").inner_text()
    people = len(office.FIRST) - len(office.SILENT)
    assert f"{people} people have answered, {people} today." in own.page.locator("main").inner_text()
    own.goes("/themes")
    found = own.people()
    assert {"Coffee machine": 8, "Chairs": 7, WINDOWS: 8, BICYCLES: 4}.items() <= found.items()
    assert found["No theme"] == 1


def names_and_merges(own: Afternoon) -> None:
    own.opens("Coffee machine")
    own.fills("name", COFFEE)
    own.is_told("The name stays.", "rename", COFFEE)
    own.fills("about", "The machine, the beans, and the queue.")
    own.is_told("The description stays.", "describe", COFFEE)

    own.opens("No theme")
    own.row("plants").get_by_role("button", name="Leave out").click()
    own.is_told("1 idea is left out, and not waiting any more.", "dismiss")

    own.opens("Espresso")
    assert {*own.ideas()} == {*office.ESPRESSO}
    own.page.locator("#act-merge").click()
    own.fills("into", "better")
    own.is_told(f"Espresso is part of {COFFEE}.", "merge", "Espresso", COFFEE)
    assert own.people()[COFFEE] == 11

    own.opens("Free parking")
    own.ticks("free parking")
    own.presses("Not here", within="#needle")
    own.is_told("1 idea is not in Free parking any more", "move", "Free parking")
    own.page.locator("#act-merge").click()
    own.fills("into", "No meetings")
    own.is_told("Free parking is part of No meetings.", "merge", "Free parking", MEETINGS)
    own.opens("No meetings")
    own.fills("name", MEETINGS)
    own.is_told("The name stays.", "rename", MEETINGS)
    own.worker_runs()


def sorts_ideas(own: Afternoon) -> None:
    own.opens(WINDOWS)
    own.ticks("an open window")
    own.fills("to", "fewer")
    own.is_told(f"1 idea is in {MEETINGS} now.", "move", WINDOWS, MEETINGS)
    own.opens(MEETINGS)
    own.ticks("an open window")
    own.fills("to", "open win")
    own.is_told(f"1 idea is in {WINDOWS} now.", "move", MEETINGS, WINDOWS)
    assert own.people()[WINDOWS] == 8
    own.ticks("I sit in meetings all day", "meetings with an agenda")
    own.presses("Right", within="#needle")
    own.is_told("2 ideas are right here, and stay.", "confirm", MEETINGS, MEETINGS)

    own.opens("Chairs")
    own.fills("name", CHAIRS)
    own.is_told("The name stays.", "rename", CHAIRS)
    before = own.people()
    own.ticks("new chairs", "good chairs")
    own.page.locator("#to").fill("New furniture")
    own.presses("New theme", within="#needle")
    own.is_told("2 ideas are in a new theme, New furniture.", "split", CHAIRS, "New furniture")
    assert own.people() == before | {"New furniture": 2}
    own.presses("Undo", within="#told")
    own.page.locator("#told", has_text="It is taken back").wait_for()
    assert own.people() == before

    own.opens("A dog")
    own.row("lunch together once a week").get_by_role("button", name="Not here").click()
    own.is_told("1 idea is not in A dog any more", "move", "A dog")
    own.opens("No theme")
    own.page.get_by_role("link", name="Left out").click()
    own.page.get_by_role("heading", name="3 ideas left out").wait_for()
    assert {*own.ideas()} == {"plants", "free parking", "lunch together once a week"}
    own.ticks("plants", "lunch together once a week")
    own.page.locator("#to").fill(NICE)
    own.presses("New theme", within="#needle")
    own.is_told(f"2 ideas are in a new theme, {NICE}.", "split", None, NICE)
    assert own.ideas() == ["free parking"]
    own.worker_runs()


def puts_in_order(own: Afternoon) -> None:
    own.opens("A dog")
    own.presses("Hide")
    own.is_told("Readers do not see it any more.", "hide", "A dog")
    own.opens(WINDOWS)
    own.page.locator("#act-more").click()
    own.presses("First")
    own.is_told("The order stays.", "order", WINDOWS)
    assert [*own.people()][:2] == [WINDOWS, COFFEE]
    own.opens(BICYCLES)
    own.presses("Show it first")
    own.is_told("It stands first now.", "pin", BICYCLES)
    assert next(iter(own.people())) == BICYCLES
    own.opens(COFFEE)
    own.page.locator("#act-more").click()
    own.fills("phrase", "a good cup in the morning")
    own.is_told("The example is kept.", "example", COFFEE)
    own.presses("Make it a known theme")
    own.is_told("It is a known theme now", "promote", COFFEE)

    own.goes("/themes/history?of=themes")
    assert own.page.locator(".history > li").count() == len(own.done)
    pinned = own.page.locator(".history > li", has_text=f"{BICYCLES} stands first.")
    pinned.get_by_role("button", name="Undo").click()
    own.page.locator("#told", has_text="It is taken back").wait_for()
    own.goes("/themes")
    assert next(iter(own.people())) == WINDOWS
    own.goes("/themes/history")
    pinned.get_by_role("button", name="Redo").click()
    own.page.locator("#told", has_text="It holds again: ").wait_for()
    own.worker_runs()
    own.goes("/themes")
    assert next(iter(own.people())) == BICYCLES
    assert {COFFEE: 11, NICE: 2, "A dog": 1}.items() <= own.people().items()


def checks_blind(own: Afternoon) -> None:
    own.page.get_by_role("link", name="How right is it?").click()
    own.presses("Start reading")
    for place in range(1, 31):
        own.page.get_by_text(f"Check {place} of 30.").wait_for()
        answer = own.page.locator(".reads p").inner_text()
        themes = [theme for words, theme in BELONGS.items() if re.search(words, answer)]
        assert "machine says is hidden" in own.page.locator(".sewn-words").inner_text()
        for theme in themes:
            own.page.locator(".picker .choice", has_text=theme).locator("input").check()
        own.presses("Next" if themes else "None of these")
    own.page.get_by_role("heading", name="The machine agrees with you at").wait_for()
    agreed = float(re.findall(r"\.\d+|1\.0", own.page.locator("h1").inner_text())[0])
    assert agreed > 0.8


def accepts_half_a_proposal(own: Afternoon) -> None:
    own.pastes(office.LATER)
    own.worker_runs()
    own.goes()
    own.page.get_by_role("link", name="ideas on no theme").click()
    own.row(office.ODD).get_by_role("button", name="Leave out").click()
    own.is_told("1 idea is left out, and not waiting any more.", "dismiss")
    assert not own.row(office.ODD).count()
    own.goes()
    with own.page.expect_navigation():
        own.presses("Find themes again")
    own.worker_runs()
    own.goes()
    assert "Desk lamp" not in own.page.locator("main").inner_text(), "nothing changes before it is accepted"
    own.page.get_by_role("link", name="Look at the proposal").click()
    own.sees("three changes")
    for refused in ("Kitchen sink begins", "comes out of A dog"):
        own.page.locator(".turns-list > li", has_text=refused).locator("input").uncheck()
    own.presses("Accept 1 of 3")
    own.sees("1 of 3 changes accepted")
    own.done.append(("accept", None, None))
    own.worker_runs()
    own.goes("/themes")
    assert own.people()["Desk lamp"] >= 4
    assert "Kitchen sink" not in own.people()
    assert {COFFEE: 11, NICE: 2, WINDOWS: 8}.items() <= own.people().items(), "all else is as it was"


def publishes(own: Afternoon) -> None:
    own.goes()
    own.presses("Publish the theme page")
    own.page.get_by_role("button", name="Make the theme page private").wait_for()


def a_visitor_reads(own: Afternoon, visitor: Page) -> None:
    said = watch(visitor)
    visitor.goto(f"{own.base}/s/{SLUG}/themes")
    read = visitor.locator("main").inner_text()
    assert f"{len(office.FIRST + office.LATER) - len(office.SILENT)} people answered" in read
    assert all(name in read for name in (COFFEE, WINDOWS, CHAIRS, MEETINGS, BICYCLES, "Desk lamp"))
    assert not any(name in read for name in ("A dog", "Coffee machine", "Kitchen sink", "New furniture"))
    assert BICYCLES in visitor.locator("main details summary").first.inner_text(), "what was pinned stands first"
    assert fits(visitor)
    assert said == []


def the_export_tells(own: Afternoon, folder: Path) -> None:
    """Whoever has the file alone knows what was done, in which order, and what of it holds."""
    own.goes("/export")
    with own.page.expect_download() as download:
        own.page.locator("[href$='/export/edits.json']").click()
    download.value.save_as(folder / "edits.json")
    told: list[dict[str, Any]] = json.loads((folder / "edits.json").read_text("utf-8"))
    assert [(line["action"], line["theme"], line["target"]) for line in told] == own.done
    assert len(told) > 20
    assert [line["target"] for line in told if line["undone_at"]] == ["New furniture"]
    named = {line["before"]: line["after"] for line in told if line["action"] == "rename"}
    assert named == {"Coffee machine": COFFEE, "No meetings": MEETINGS, "Chairs": CHAIRS}
    merged = {line["theme"]: line["ideas"] for line in told if line["action"] == "merge"}
    assert merged == {"Espresso": 3, "Free parking": 2}
    assert told[-1]["action"] == "accept"
    assert (told[-1]["changes_accepted"], told[-1]["changes_offered"], told[-1]["themes_new"]) == (1, 3, 1)
    moments = [line["made_at"] for line in told]
    assert moments == sorted(moments)


STEPS: tuple[Callable[[Afternoon], None], ...] = (
    imports,
    names_and_merges,
    sorts_ideas,
    puts_in_order,
    checks_blind,
    accepts_half_a_proposal,
    publishes,
)
