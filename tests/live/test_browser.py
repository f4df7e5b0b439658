"""The screen and the presenter's page in a browser: answers that arrive, a quote that is hidden, a lost network.

The site has processes of its own, and a worker with the toy model. What happens to it happens over HTTP: while
playwright is open, no session of the database can be closed in this thread.
"""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.load import hidden
from tests.faults.running_site import Site, running_site, signed_in
from tests.live.rooms import PRESENTER, SCREEN, STATE
from tests.support.toy_model import EXAMPLES, short_codebook
from tests.support.visitors import OWNER, PASSWORD, SLUG
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.server]

ANSWERS, THEMES = 60, 6
POLL = 3.0
WITHIN_A_POLL = 1000 * (1.15 * POLL + 1 + 3)
"""Milliseconds: the longest pause of a screen, the second that a process keeps what it read, and a busy machine"""
ARRIVING = 120_000
FIRST = 20
"""Answers before the screen is looked at: the others come once it shows a theme, so that themes are seen to grow"""


@pytest.fixture(scope="module", autouse=True)
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with an owner and a survey nobody has answered yet. (Before the browser, by `autouse`.)"""
    with running_site(tmp_path_factory.mktemp("room"), run_delay=0) as site:
        site.start_web()
        site.start_worker()
        signed_in(site)
        yield site


@pytest.fixture(scope="module")
def owner(site: Site, browser: Browser) -> Iterator[BrowserContext]:
    """The presenter's phone, signed in."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site.base}/sign-in")
    page.get_by_label("Your name").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/manage")
    page.close()
    yield context
    context.close()


@pytest.fixture(scope="module")
def presenter(site: Site, owner: BrowserContext) -> Page:
    """The presenter's page, on which the screen was switched on."""
    page = owner.new_page()
    page.goto(site.base + PRESENTER)
    page.get_by_role("button", name="Switch the screen on").click()
    page.get_by_role("heading", name="The screen is on").wait_for()
    return page


@pytest.fixture
def screen(site: Site, presenter: Page, browser: Browser) -> Iterator[Page]:
    """A stranger's screen in the room."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page = context.new_page()
    page.goto(site.base + SCREEN)
    yield page
    context.close()


def until(page: Page, what: str, timeout: float = WITHIN_A_POLL, arg: Any = None) -> None:
    """Wait until an expression is true in a page, or a function of `arg`; at most so many milliseconds.

    (Playwright's own wait evaluates a text inside the page, which the policy forbids.)
    """
    ends = time.monotonic() + timeout / 1000
    while not page.evaluate(what, arg):
        assert time.monotonic() < ends, f"not within {timeout} ms: {what}"
        page.wait_for_timeout(100)


def arrive(site: Site, first_seen: threading.Event) -> None:
    """People in the room answer, one after the other, each something that is near to a known theme."""
    themes = short_codebook("relationships").themes[:THEMES]
    said = [theme.examples[turn] for turn in range(EXAMPLES) for theme in themes if turn < len(theme.examples)]
    for number, words in enumerate(said[:ANSWERS]):
        if number == FIRST:
            first_seen.wait()
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        visitor.addheaders = [("X-Forwarded-For", f"10.1.{number // 250}.{number % 250}")]
        with visitor.open(f"{site.base}/s/{SLUG}") as page:
            fields = hidden(page.read().decode())
        form = urllib.parse.urlencode({**fields, "text": words}).encode()
        with visitor.open(f"{site.base}/s/{SLUG}", form) as page:
            assert page.url.endswith("/thanks")


def count(page: Page) -> int:
    """The number of people on a screen."""
    return int(page.locator(".room-count b").inner_text())


def wrong(page: Page) -> list[str]:
    """What axe finds wrong with a page whose quote has come up."""
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})))")
    return violations(page)


def told(page: Page, site: Site) -> Any:
    """What a screen is told now."""
    return page.request.get(f"{site.base}{STATE}?lang=en").json()


def test_answers_arrive(site: Site, presenter: Page, screen: Page) -> None:
    complaints = watch(screen)
    assert count(screen) == 0
    assert "once 5 people have answered" in screen.locator(".room-notice").inner_text()
    first_seen = threading.Event()
    room = threading.Thread(target=arrive, args=(site, first_seen), daemon=True)
    room.start()
    screen.locator(".room-strand").first.wait_for(timeout=ARRIVING)
    first_seen.set()
    assert screen.locator(".room-notice").is_hidden()
    until(screen, "document.querySelector('.room-strand .grew:not(:empty)') !== null", timeout=ARRIVING)
    assert screen.locator(".grew:not(:empty)").first.inner_text() in ("one more, just now", "several more, just now")
    seen = count(screen)
    room.join()
    until(screen, f"document.querySelector('.room-count b').textContent === '{ANSWERS}'", timeout=ARRIVING)
    assert 5 <= seen <= ANSWERS
    screen.locator(".room-voice").wait_for()
    for _ in range(40):  # the worker may still place the last of them
        now = told(screen, site)
        rows = screen.locator(".room-strand").all()
        drawn = [[row.locator("bdi").inner_text(), row.locator("b").inner_text()] for row in rows]
        if drawn == [[theme["name"], theme["count"]] for theme in now["themes"]]:
            break
        screen.wait_for_timeout(1000)
    assert drawn == [[theme["name"], theme["count"]] for theme in now["themes"]]
    assert len(drawn) > 2
    assert screen.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    assert complaints == []
    until(presenter, f"document.getElementById('people').textContent.startsWith('{ANSWERS} ')")
    assert fits(presenter)


def test_a_quote_is_gone_from_the_screens_within_a_poll_and_comes_back(
    site: Site, presenter: Page, screen: Page
) -> None:
    complaints = watch(presenter)
    row = presenter.locator("#rows li[aria-current]")
    row.wait_for()
    answer, words = row.get_attribute("data-answer"), row.locator("blockquote p").inner_text()
    presenter.locator(f"#rows li[data-answer='{answer}'] button").click()
    presenter.get_by_text("The answer is hidden").wait_for()
    until(
        screen,
        """([words, people]) => document.querySelector('.room-voice p').textContent !== words
          && document.querySelector('.room-count b').textContent === people""",
        arg=[words, str(ANSWERS - 1)],
        timeout=WITHIN_A_POLL,
    )
    assert presenter.locator(f"#rows li[data-answer='{answer}']").count() == 0
    assert wrong(presenter) == []
    presenter.get_by_role("button", name="Show it again").click()
    presenter.get_by_text("It is as before").wait_for()
    until(screen, f"document.querySelector('.room-count b').textContent === '{ANSWERS}'", timeout=WITHIN_A_POLL)
    assert complaints == []


def test_the_screens_follow_the_presenter(site: Site, presenter: Page, screen: Page) -> None:
    first = screen.locator(".room-strand bdi").first.inner_text()
    presenter.get_by_role("button", name="Next").click()
    until(screen, "document.querySelectorAll('.room-strand').length === 1", timeout=WITHIN_A_POLL)
    assert screen.locator(".room-strand bdi").inner_text() == first
    assert wrong(screen) == []
    presenter.keyboard.press("0")
    until(screen, "document.querySelectorAll('.room-strand').length > 1", timeout=WITHIN_A_POLL)
    presenter.keyboard.press("q")
    until(screen, "document.querySelector('.room-voice').hidden", timeout=WITHIN_A_POLL)
    presenter.get_by_role("button", name="Let quotes pass by").click()
    until(screen, "!document.querySelector('.room-voice').hidden", timeout=WITHIN_A_POLL)


def test_a_second_presenter_sees_what_the_first_chose(
    site: Site, owner: BrowserContext, presenter: Page, screen: Page
) -> None:
    other = owner.new_page()
    other.goto(site.base + PRESENTER)
    presenter.get_by_role("button", name="Next").click()
    other.locator(".pick[aria-pressed=true]").wait_for(timeout=WITHIN_A_POLL)
    other.get_by_role("button", name="All themes").click()
    presenter.locator("[data-key=all][aria-pressed=true]").wait_for(timeout=WITHIN_A_POLL)
    other.close()


def test_the_keys_of_a_screen_that_a_presenter_opened(site: Site, owner: BrowserContext, presenter: Page) -> None:
    page = owner.new_page()
    complaints = watch(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(site.base + SCREEN)
    names = page.locator(".room-strand bdi").all_inner_texts()
    for name in names[:2]:  # with a clicker: the next press before the poll knows
        page.keyboard.press("PageDown")
        until(
            page,
            """(name) => document.querySelectorAll('.room-strand').length === 1
              && document.querySelector('.room-strand bdi').textContent === name""",
            arg=name,
            timeout=WITHIN_A_POLL,
        )
    page.keyboard.press("0")
    until(page, "document.querySelectorAll('.room-strand').length > 1", timeout=WITHIN_A_POLL)
    assert page.url == site.base + SCREEN
    assert complaints == []
    page.close()


def test_dark_and_light_by_a_key(site: Site, screen: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = screen.evaluate(ground)
    screen.keyboard.press("d")
    dark = screen.evaluate(ground)
    assert light != dark
    assert "look=dark" in screen.url
    screen.reload()
    assert screen.evaluate(ground) == dark
    assert wrong(screen) == []
    screen.keyboard.press("d")
    assert screen.evaluate(ground) == light


def test_a_lost_network_is_said_and_mended_by_itself(site: Site, screen: Page) -> None:
    screen.locator(".room-voice").wait_for()
    people = count(screen)
    screen.context.set_offline(True)
    screen.get_by_text("Connection lost, last heard").wait_for(timeout=30_000)
    assert re.search(r"last heard \d{2}:\d{2}", screen.locator(".room-lost").inner_text())
    assert screen.locator(".room-voice").is_hidden()  # it may be hidden meanwhile, and nobody could tell the screen
    assert count(screen) == people
    assert wrong(screen) == []
    screen.context.set_offline(False)
    screen.locator(".room-voice").wait_for(timeout=15_000)
    assert screen.locator(".room-lost").inner_text() == ""


def test_pauses_grow_to_half_a_minute_and_differ(site: Site, screen: Page) -> None:
    pauses = screen.evaluate(
        "[0, 1, 2, 3, 4, 9, 99].map((number) => { failures = number; return [...Array(50)].map(pause); })"
    )
    middles = [sum(each) / len(each) for each in pauses]
    assert middles == sorted(middles[:5]) + middles[5:]
    assert [2.5e3 < middles[0] < 3.5e3, 24e3 < middles[4] < 30e3] == [True, True]
    assert max(max(each) for each in pauses) <= 30_100
    assert all(len(set(each)) > 10 for each in pauses)


def test_a_screen_that_is_switched_off_shows_nothing_and_comes_back(site: Site, presenter: Page, screen: Page) -> None:
    screen.locator(".room-strand").first.wait_for()
    presenter.get_by_role("button", name="Switch the screen off").click()
    screen.get_by_text("This screen is switched off.").wait_for(timeout=WITHIN_A_POLL)
    assert screen.locator(".room-strand").count() == 0
    assert screen.locator(".room-voice").is_hidden()
    presenter.get_by_role("button", name="Switch the screen on").click()
    screen.locator(".room-strand").first.wait_for(timeout=20_000)
    assert screen.locator(".room-lost").inner_text() == ""


def test_a_changed_page_loads_itself_again_once(site: Site, screen: Page) -> None:
    now = told(screen, site)

    def changed(route: Route) -> None:
        route.fulfill(json={**now, "version": "another"})

    screen.route("**/live.json*", changed)
    with screen.expect_navigation(timeout=WITHIN_A_POLL):
        pass
    screen.evaluate("window.isOld = true")
    screen.evaluate("pollAndWait()")
    screen.wait_for_timeout(500)
    assert screen.evaluate("window.isOld") is True  # not again within a minute, whatever the server says


POLLS = 84
"""After so many the screen has as many themes as before them, and no quote"""


def test_it_does_not_grow(site: Site, screen: Page) -> None:
    now = told(screen, site)
    turn = 0

    def busy(route: Route) -> None:
        nonlocal turn
        turn += 1
        themes = [
            {**theme, "id": f"{(turn // 50 + place):016x}", "people": turn * 10 + place, "width": turn % 90 + place}
            for place, theme in enumerate(now["themes"])
        ]
        quote = {"text": f"“Quote {turn}”", "dir": "ltr", "by": "Somebody", "colour": 1, "long": False}
        route.fulfill(json={**now, "themes": themes[: turn % 6 + 1], "quote": quote if turn % 7 else None})

    screen.route("**/live.json*", busy)
    probe = screen.context.new_cdp_session(screen)
    probe.send("Performance.enable")

    def size() -> dict[str, float]:
        probe.send("HeapProfiler.collectGarbage")
        found = {each["name"]: each["value"] for each in probe.send("Performance.getMetrics")["metrics"]}
        return {name: found[name] for name in ("Nodes", "JSEventListeners", "JSHeapUsedSize")}

    many = "(async () => { for (let n = 0; n < %d; n += 1) await pollAndWait(); })()"
    screen.evaluate(many % POLLS)
    before = size()
    screen.evaluate(many % (5 * POLLS))  # twenty minutes of them
    after = size()
    assert turn >= 6 * POLLS
    assert after["Nodes"] <= before["Nodes"] + 200, (before, after)
    assert after["JSEventListeners"] == before["JSEventListeners"]
    assert after["JSHeapUsedSize"] < before["JSHeapUsedSize"] + 300_000, (before, after)


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
def test_it_is_calm_where_motion_is_unwanted(
    site: Site, presenter: Page, browser: Browser, wish: str, moves: bool
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion=wish)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.base + SCREEN)
    page.evaluate("drawQuote({ text: '“Another”', dir: 'ltr', by: 'Somebody', colour: 2, long: false })")
    page.evaluate("document.querySelector('.room-strand .twisted').setAttribute('width', '7%')")
    page.evaluate("document.body.getBoundingClientRect()")
    assert (page.evaluate("document.getAnimations().length") > 0) is moves
    context.close()


def test_without_scripts_it_loads_itself_again(site: Site, presenter: Page, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.goto(site.base + SCREEN)
    begun = time.monotonic()
    while len(loads) < 2 and time.monotonic() - begun < 20:
        page.wait_for_timeout(500)
    assert len(loads) >= 2
    assert fits(page)
    context.close()


@pytest.mark.parametrize(
    ("width", "height", "lang", "scheme"),
    [(1920, 1080, "ar", "dark"), (1280, 800, "es", "light"), (320, 600, "de", "dark")],
)
def test_on_all_screens(
    site: Site, presenter: Page, browser: Browser, width: int, height: int, lang: str, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    complaints = watch(page)
    page.goto(f"{site.base}{SCREEN}?lang={lang}")
    page.wait_for_timeout(1000 * POLL)
    assert fits(page)
    assert wrong(page) == []
    assert complaints == []
    if width > 1000:
        assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
        boxes = page.evaluate(
            """['.room h1', '.room-side', '.room-threads', '.room-voice'].map((name) => {
              const { left, top, right, bottom } = document.querySelector(name).getBoundingClientRect();
              return { name, left, top, right, bottom };
            })"""
        )
        for place, one in enumerate(boxes):
            assert one["bottom"] <= height, one
            for other in boxes[place + 1 :]:
                apart = (
                    one["right"] <= other["left"] + 1 or other["right"] <= one["left"] + 1
                    or one["bottom"] <= other["top"] + 1 or other["bottom"] <= one["top"] + 1
                )  # fmt: skip
                assert apart, json.dumps([one, other])
        smallest = page.evaluate(
            """Math.min(...[...document.querySelectorAll('.room-show *')].filter((each) => each.children.length === 0
              && each.textContent.trim() && each.checkVisibility() && each.getBoundingClientRect().width > 2)
              .map((each) => parseFloat(getComputedStyle(each).fontSize)))"""
        )
        assert smallest >= 27.9 * width / 1920, "readable from the last row: 28 px at 1920"
    context.close()
