"""An owner's typical edits in a browser, by keyboard alone and by mouse alone: two actions each, and nothing jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Theme
from tests.support.library import COFFEE, QUIET, QUIET_IDEAS, owned_library
from tests.support.signed_in_page import signed_in_page
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

ACTIONS_MOST = 2
LONG_NAMES = (
    "Limpeza fosse feita no próprio dia", "Passar a pé e de cadeira de rodas",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
)  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """A running site with a library's survey: addresses."""

    app: Flask
    base: str
    themes: dict[str, str] = field(default_factory=dict)

    def address(self, page: str = "") -> str:
        return f"{self.base}/manage/{SLUG}/themes{page}"

    def theme(self, name: str) -> str:
        return self.address(f"/{self.themes[name]}")


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with migrated(quiet(tmp_path_factory.mktemp("bench"))) as app:
        filled = owned_library(app)
        with served(app) as base:
            yield Bench(app, base, filled.public)


def signed_in(bench: Bench, browser: Browser, width: int = 1280, **options: Any) -> Page:
    return signed_in_page(bench.app, bench.base, browser, width, 700, **options)


class Hand:
    """Counts what is done beyond typing, and looks where the page stands before and after."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    def press(self, key: str) -> None:
        self.actions += 1
        self.page.keyboard.press(key)

    def click(self, selector: str, **options: object) -> None:
        self.actions += 1
        self.page.locator(selector).first.click(**options)  # type: ignore[arg-type]

    def types(self, text: str) -> None:
        self.page.keyboard.type(text)

    def done(self, said: str) -> None:
        """The edit is made: it says so, with an undo, in no more actions than are allowed; nothing jumped."""
        self.page.locator("#told", has_text=said).wait_for()
        assert self.page.locator("#told [data-undo]").count() == 1
        assert 0 < self.actions <= ACTIONS_MOST
        assert self.scrolled() == self.before
        assert self.page.evaluate("document.activeElement !== document.body")
        self.actions = 0

    def start(self) -> None:
        self.before = self.scrolled()

    def scrolled(self) -> float:
        return float(self.page.evaluate("Math.round(window.scrollY)"))

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.id"))


def ideas(page: Page) -> list[str]:
    return [str(key) for key in page.evaluate("Array.from(document.querySelectorAll('#picks > li'), (row) => row.id)")]


def test_five_edits_by_keyboard_alone(bench: Bench, browser: Browser) -> None:
    page = signed_in(bench, browser)
    said = watch(page)
    page.goto(bench.theme(QUIET))
    hand = Hand(page)
    for _ in range(9):
        page.keyboard.press("j")
    before = ideas(page)
    assert hand.focused() == f"c{before[8]}"
    hand.start()
    assert hand.before > 100

    hand.press("m")
    hand.types("coff")
    hand.press("Enter")
    hand.done("1 idea is in Coffee now.")
    assert hand.focused() == f"c{before[9]}", "the next idea has the focus"

    hand.press("n")
    hand.types("No calls")
    hand.press("Enter")
    hand.done("in a new theme, No calls")
    assert hand.focused() == f"c{before[10]}"

    hand.press("0")
    hand.done(f"not in {QUIET} any more")
    assert hand.focused() == f"c{before[11]}"
    assert ideas(page) == [key for key in before if key not in before[8:11]]

    hand.press("u")
    page.locator("#told", has_text="taken back").wait_for()
    assert hand.scrolled() == hand.before
    assert before[10] in ideas(page)
    hand.actions = 0

    page.evaluate("window.scrollTo(0, 0)")
    hand.start()
    hand.press("e")
    hand.types("Silence, please")
    hand.press("Enter")
    hand.done("The name stays.")
    assert hand.focused() == "name"
    assert page.locator("#name").input_value() == "Silence, please"

    page.keyboard.press("Escape")
    hand.press("g")
    page.locator("#into:focus").wait_for()
    hand.types("coff")
    hand.press("Enter")
    hand.done(f"is part of {COFFEE}.")
    assert page.locator("#name").input_value() == COFFEE
    assert said == []


def test_five_edits_by_mouse_alone(bench: Bench, browser: Browser) -> None:
    page = signed_in(bench, browser)
    said = watch(page)
    page.goto(bench.theme(QUIET))
    hand = Hand(page)
    before = ideas(page)
    page.locator(f"#{before[8]}").scroll_into_view_if_needed()
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(200)
    hand.start()
    assert hand.before > 100

    hand.click(f"#c{before[8]}")
    hand.types("cof")
    hand.click("#to-offered [role=option]")
    hand.done("1 idea is in Coffee now.")

    hand.click(f"#c{before[9]}")
    hand.types("No calls")
    hand.click("#as-new")
    hand.done("in a new theme, No calls")

    hand.click(f"#{before[10]} .quick button")
    hand.done(f"not in {QUIET} any more")
    assert ideas(page) == [key for key in before if key not in before[8:11]]

    page.evaluate("window.scrollTo(0, 0)")
    hand.start()
    hand.click("#name")
    hand.types("Silence, please")
    hand.click(".naming .keep")
    hand.done("The name stays.")
    assert page.locator("#name").input_value() == "Silence, please"

    hand.click("#act-merge")
    page.locator("#into:focus").wait_for()
    hand.types("coff")
    hand.click("#into-offered [role=option]")
    hand.done(f"is part of {COFFEE}.")
    assert said == []


def test_one_more_theme_by_keyboard_and_by_mouse(bench: Bench, browser: Browser) -> None:
    page = signed_in(bench, browser)
    said = watch(page)
    page.goto(bench.theme(QUIET))
    hand = Hand(page)
    before = ideas(page)
    for _ in range(9):
        page.keyboard.press("j")
    hand.start()
    hand.press("a")
    hand.types("coff")
    hand.press("Enter")
    hand.done("1 idea is also in Coffee now. It stays here.")
    assert hand.focused() == f"c{before[8]}", "it is still there"
    assert ideas(page) == before
    assert page.locator("#picks").get_by_text("Also in").count() == 1

    page.locator(f"#c{before[8]}").focus()
    hand.press("m")
    hand.types("longer")
    hand.press("Enter")
    hand.done("1 idea is in Open longer now.")
    page.keyboard.press("u")
    page.locator("#told", has_text="taken back").wait_for()

    hand.actions = 0
    page.locator(f"#c{before[10]}").click()
    hand.start()
    hand.types("coff")
    hand.click("[data-also]")
    hand.done("1 idea is also in Coffee now. It stays here.")
    page.locator(f"#c{before[11]}").click()
    hand.start()
    hand.click("[data-also]")
    assert hand.focused() == "to", "asked where first"
    hand.types("longer")
    hand.click("#to-offered [role=option]")
    hand.done("1 idea is also in Open longer now. It stays here.")
    assert ideas(page) == before
    assert page.locator("#picks").get_by_text("Also in").count() == 3
    assert said == []


def test_several_ideas_move_at_once_and_nothing_is_chosen_for_the_owner(bench: Bench, browser: Browser) -> None:
    page = signed_in(bench, browser)
    page.goto(bench.theme(QUIET))
    before = ideas(page)
    page.locator(f"#c{before[0]}").click()
    page.locator(f"#c{before[4]}").click(modifiers=["Shift"])
    assert page.locator(".needle-count").is_visible()
    assert page.locator("#to").input_value() == ""
    page.locator("#to").press("Enter")
    page.locator("#told", has_text="Type the name of the theme").wait_for()
    assert page.locator("#picks :checked").count() == 5, "what was ticked stays ticked"
    page.locator("#to").fill("o")
    assert page.locator("#to-offered [aria-selected=true]").count() == 0
    page.locator("#to").press("ArrowDown")
    page.locator("#to").press("Enter")
    page.locator("#told", has_text="5 ideas are in").wait_for()
    assert len(ideas(page)) == QUIET_IDEAS - 5
    page.get_by_role("button", name="Undo").first.click()
    page.locator("#told", has_text="taken back").wait_for()
    assert ideas(page) == before


def test_the_list_of_themes_is_reached_by_the_keyboard(bench: Bench, browser: Browser) -> None:
    """Also where it is not folded: the browser folds it all the same, and the stylesheet shows it."""
    page = signed_in(bench, browser)
    page.goto(bench.theme(QUIET))
    page.locator("#find").fill("coff")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(bench.theme(COFFEE))


def test_the_keys_can_be_turned_off(bench: Bench, browser: Browser) -> None:
    page = signed_in(bench, browser)
    page.goto(bench.theme(QUIET))
    page.locator("#keys-off").click()
    page.keyboard.press("h")
    page.reload()
    page.keyboard.press("h")
    assert page.locator("#keys-off").inner_text() == "Turn the keys on"
    page.goto(bench.theme(COFFEE))  # whatever the key began has arrived by now
    with bench.app.app_context():
        assert not db.session.scalars(select(Theme).where(Theme.name == QUIET)).one().hidden


def test_it_works_without_scripts(bench: Bench, browser: Browser) -> None:
    page = signed_in(bench, browser, 390, java_script_enabled=False)
    page.goto(bench.theme(QUIET))
    assert fits(page)
    assert page.locator("#spools").get_attribute("open") is None
    first, second = ideas_without_scripts(page)[6:8]
    page.locator(f"#c{first}").check()
    page.locator("#to").fill("coff")
    page.get_by_role("button", name="Move", exact=True).click()
    assert "1 idea is in Coffee now." in page.locator("#told").inner_text()
    assert page.url.endswith(f"#{second}"), "the page stays at the next idea"
    page.locator(f"#c{second}").check()
    page.locator("#to").fill("coff")
    page.get_by_role("button", name="Also there").click()
    assert "1 idea is also in Coffee now." in page.locator("#told").inner_text()
    assert page.locator(f"#{second}").get_by_text("Also in").count() == 1
    page.locator("#name").fill(COFFEE)
    page.locator(".naming .keep").first.click()
    assert "Another theme is called Coffee" in page.locator("#told").inner_text()
    assert page.locator("#name").input_value() == COFFEE


def ideas_without_scripts(page: Page) -> list[str]:
    return [row.get_attribute("id") or "" for row in page.locator("#picks > li").all()]


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_the_pages_are_accessible(bench: Bench, browser: Browser, width: int, scheme: str) -> None:
    page = signed_in(bench, browser, width, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 420})  # so low that the list of themes scrolls
    said = watch(page)
    wrong: list[str] = []
    for path in (
        f"/{bench.themes[QUIET]}",
        f"/{bench.themes[QUIET]}?part=unsure&q=floor",
        "/inbox",
        "/besides",
        "/history",
    ):
        page.goto(bench.address(path))
        wrong += [f"{path}: {found}" for found in violations(page)]
        assert fits(page)
    page.goto(bench.theme(QUIET))
    page.locator(f"#c{ideas(page)[0]}").check()
    page.locator("#to").fill("o")
    page.locator("#act-more").click()
    wrong += [f"ticked: {found}" for found in violations(page)]
    assert fits(page)
    page.locator("#needle").get_by_role("button", name="Not here").click()
    page.locator("#told", has_text=f"not in {QUIET} any more").wait_for()
    wrong += [f"after an edit: {found}" for found in violations(page)]
    assert fits(page)
    assert wrong == []
    assert said == []


def test_from_right_to_left(bench: Bench, browser: Browser) -> None:
    page = signed_in(bench, browser, 390)
    page.goto(bench.address("/inbox"))
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert fits(page)
    box = page.locator("#picks input[type=checkbox]").first.bounding_box()
    assert box
    assert box["x"] > 195, "the ticks stand on the right"


@pytest.mark.parametrize("scripts", [True, False])
def test_long_names_and_words_fit_on_a_phone(bench: Bench, browser: Browser, scripts: bool) -> None:
    """The page of a theme called like the second was 509 pixels wide."""
    with bench.app.app_context():
        for theme, name in zip(db.session.scalars(select(Theme).order_by(Theme.id)), LONG_NAMES, strict=False):
            theme.name = name
        db.session.commit()
    page = signed_in(bench, browser, 320, java_script_enabled=scripts)
    for path in ("", *(f"/{key}" for key in list(bench.themes.values())[:3]), "/inbox", "/besides", "/history"):
        page.goto(bench.address(path))
        for entry in page.locator("main").locator(".named, .about-it, .field").all():
            if entry.is_visible() and entry.evaluate("entry => entry.matches('textarea, input')"):
                assert fits(page), path
                entry.fill(LONG_NAMES[2])
                assert fits(page), path
        for act in page.locator(".acts summary").all():
            act.click()
            assert fits(page), path
        assert fits(page), path
