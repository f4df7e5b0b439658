"""The map: patches and dots of what readers may see, its words, its table; and how one moves about on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import insert

from analysis.idea_map.layout import lay_out
from survey.core.database import db
from survey.core.models import Idea, Placement, Survey
from survey.reports import map_page
from survey.reports.map_labels import Dots, PlacedName, _letters, place_names
from survey.reports.map_page import MAX_DOTS, MapPage
from survey.search.find import Found, Meant
from tests.support.filled_survey import Says, add_answers, fill
from tests.support.site import migrated, queries, quiet, served
from tests.support.visitors import SLUG
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ADDRESS = f"/s/{SLUG}/map"


@dataclass(frozen=True)
class Patch:
    name: str
    x: float
    y: float
    radius: float


def drawn(app: Flask, survey_id: int) -> MapPage:
    with app.app_context():
        return map_page.map_page(db.session.get_one(Survey, survey_id))


def test_patches_dots_and_the_table_say_the_same(app: Flask) -> None:
    says = [
        Says("Hear", [("Hear", "Listening")]),
        Says("Hear, be true", [("Hear", "Listening"), ("be true", "Honesty")]),
        Says("Zebra", [("Zebra", None)]),
        Says("Gone", [("Gone", "Listening")], status="hidden"),
    ]
    filled = fill(app, says)
    found = drawn(app, filled.survey_id)
    assert [(patch.name, patch.people, patch.neighbours) for patch in found.patches] == [
        ("Listening", 3, ["Honesty"]), ("Honesty", 1, ["Listening"]),
    ]  # fmt: skip
    assert {colour: len(dots) for colour, dots in found.dots} == {0: 1, 1: 2, 2: 1}
    page = app.test_client().get(ADDRESS).text
    assert page.count('class="patch"') == 2
    assert f'<a class="t1" href="{filled.page("Listening")}" aria-label="Listening, 3 people">' in page
    table = re.sub(r"<[^>]*>", "|", page[page.index("<tbody>") :])
    assert "Listening|" in table
    assert "|3|" in table


def test_a_hidden_theme_leaves_no_patch_and_no_colour(app: Flask) -> None:
    both = Says("Secretly true", [("Secretly", "Hidden one"), ("true", "Honesty")])
    filled = fill(app, [both], hidden=["Hidden one"])
    with app.app_context():  # the idea is in the other theme too, and less surely
        db.session.add(Placement(idea_id=1, theme_id=filled.themes["Honesty"], strength=0.1))
        db.session.commit()
    found = drawn(app, filled.survey_id)
    assert [patch.name for patch in found.patches] == ["Honesty"]
    assert {colour: len(dots) for colour, dots in found.dots} == {2: 2}
    client = app.test_client()
    assert "Hidden one" not in client.get(ADDRESS).text + client.get(f"/s/{SLUG}/themes").text


def test_the_words_are_masked_and_cut_and_found_by_place(app: Flask) -> None:
    text = "Write jo@example.com " + "and again " * 40
    filled = fill(app, [Says(text, [(text.strip(), "Listening")]), Says("Hush", [("Hush", None)])])
    words = app.test_client().get(f"{ADDRESS}/words.json").get_json()
    page = app.test_client().get(ADDRESS).text
    places = {f"{x},{y}" for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r=', page.split("dots")[1])}
    assert places <= set(words)
    assert len(words) == drawn(app, filled.survey_id).drawn == 2
    long = next(said for said in words.values() if "Write" in said)
    assert long.startswith("Write [e-mail address] and again")
    assert long.endswith(("and …", "again …"))
    assert len(long) <= map_page.MAX_IDEA_CHARACTERS + 2


def marked(app: Flask, query: str) -> list[tuple[str, str]]:
    """The dots that are marked on the page for a query: their class and what they say, sorted."""
    page = app.test_client().get(ADDRESS, query_string={"q": query}).text
    words = app.test_client().get(f"{ADDRESS}/words.json").get_json()
    groups = re.findall(r'<g class="dots (t\d+)"[^>]*>(.*?)</g>', page)
    dots = re.compile(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="[\d.]+" class="is-found"/>')
    return sorted((colour, words[f"{x},{y}"]) for colour, inside in groups for x, y in dots.findall(inside))


@pytest.mark.both_databases
def test_a_search_marks_the_ideas_that_have_the_words(app: Flask) -> None:
    says = [
        Says("Hear well, be true", [("Hear well", "Listening"), ("be true", "Honesty")]),
        Says("True to friends", [("True to friends", "Honesty")]),
        Says("A zebra. Then true rest", [("A zebra", None)]),
        Says("true and gone", [("true and gone", "Listening")], status="hidden"),
        Says("true to jo@example.com", [("true to jo@example.com", "Honesty")]),
    ]
    fill(app, says)
    true = [("t0", "A zebra"), ("t2", "True to friends"), ("t2", "be true"), ("t2", "true to [e-mail address]")]
    assert marked(app, "TRUE") == true  # the zebra, since its answer has the word between its ideas
    assert marked(app, "hear true") == [("t1", "Hear well"), ("t2", "be true")]
    assert marked(app, "example") == []
    assert marked(app, " \0 ") == marked(app, "") == []
    page = app.test_client().get(ADDRESS, query_string={"q": "true"}).text
    assert "4 of 4 answers have “<bdi>true</bdi>” in them." in page
    assert "4 dots are marked." in page
    assert f'href="/s/{SLUG}/answers?q=true"' in page
    assert page.count("is-searched") == 1
    nothing = app.test_client().get(ADDRESS, query_string={"q": "<i>"}).text
    assert "No answer has “<bdi>&lt;i&gt;</bdi>” in it." in nothing
    assert "/answers?q=" not in nothing


def test_a_search_marks_what_is_said_in_other_words(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    says = [
        Says("Hear well, be true", [("Hear well", "Listening"), ("be true", "Honesty")]),
        Says("Trust me", [("Trust me", "Honesty")]),
    ]
    fill(app, says)
    meant = Found("truth", "truth", [2], [Meant(1, ((11, 18),), 0.9)], "searched")
    monkeypatch.setattr("survey.reports.map_search.find", lambda *_, **__: meant)
    assert marked(app, "truth") == [("t2", "Trust me"), ("t2", "be true")]
    assert "1 says it in other words." in app.test_client().get(ADDRESS, query_string={"q": "truth"}).text


def test_the_theme_page_has_a_field_to_search_in(app: Flask) -> None:
    fill(app, [Says(f"Hear {n}", [(f"Hear {n}", "Listening")]) for n in range(6)])
    page = app.test_client().get(f"/s/{SLUG}/themes").text
    form = page[page.index('role="search"') - 200 : page.index("</form>", page.index('role="search"'))]
    assert f'action="/s/{SLUG}/answers" method="get"' in form
    assert 'type="search" id="q" name="q"' in form


def test_many_ideas_are_thinned_and_the_page_stays_light(sqlite_app: Flask) -> None:
    says = [Says(f"Word {n} of the many", [(f"Word {n} of the many", "Listening")]) for n in range(100)]
    filled = fill(sqlite_app, says)
    with sqlite_app.app_context():
        more = [
            {"id": 10_000 + n, "run_id": filled.run_id, "answer_id": n % 100 + 1, "starts": 0, "ends": 18,
             "status": "unplaced", "x": n % 109 / 109, "y": n // 109 / 109}
            for n in range(2 * MAX_DOTS)
        ]  # fmt: skip
        db.session.execute(insert(Idea), more)
        db.session.commit()
    assert MAX_DOTS / 2 < drawn(sqlite_app, filled.survey_id).drawn <= MAX_DOTS
    client = sqlite_app.test_client()
    page = client.get(ADDRESS)
    assert "ideas are drawn" not in page.text  # the run counts a hundred
    assert len(page.data) < 300_000
    assert len(client.get(f"{ADDRESS}/words.json").data) < 400_000


def test_without_a_map_it_says_so(sqlite_app: Flask) -> None:
    filled = fill(sqlite_app, [Says("Zebra")])
    with sqlite_app.app_context():
        db.session.get_one(Survey, filled.survey_id).current_run_id = None
        db.session.commit()
    assert "No map has been drawn yet" in sqlite_app.test_client().get(ADDRESS).text


@pytest.mark.both_databases
def test_ten_answers_and_a_thousand_take_the_same_queries(app: Flask) -> None:
    filled = fill(app, [Says(f"Word {n}", [("Word", "Listening")]) for n in range(10)])
    counted = []
    for _ in range(2):
        with queries(app) as statements:
            assert app.test_client().get(ADDRESS).status_code == 200
        counted.append(len(statements))
        with app.app_context():
            add_answers(filled, [Says(f"Word {n}", [("Word", "Listening")]) for n in range(990)])
    assert counted[0] == counted[1] <= 6


def boxes(names: list[PlacedName], size: float) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each name, by the average width of a letter."""
    found = []
    for name in names:
        width, top = max(map(_letters, name.lines)) * size / 2, name.y - 0.78 * 1.05 * size
        found.append((name.x - width / 2, top, name.x + width / 2, top + len(name.lines) * 1.05 * size))
    return found


def test_names_stand_apart_and_inside() -> None:
    patches = [Patch(f"Theme {n} of many", 100 + 160 * (n % 6), 60 + 170 * (n // 6), 50) for n in range(36)]
    names = place_names(patches, 1000, 21)
    assert len(names) > 30
    found = boxes(names, 21)
    assert all(left >= -1 and top >= -1 and right <= 1001 and bottom <= 1001 for left, top, right, bottom in found)
    for at, one in enumerate(found):
        for other in found[at + 1 :]:
            assert one[0] >= other[2] - 1 or other[0] >= one[2] - 1 or one[1] >= other[3] - 1 or other[1] >= one[3] - 1
    alone = place_names([Patch("Trust", 500, 500, 100)], 1000, 21)
    assert alone[0].x == 500
    assert abs(alone[0].y - 500) < 12
    shut_in = [Patch("Trust", 500, 500, 300), Patch("Honesty in everything", 500, 350, 5)]
    assert [name.patch for name in place_names(shut_in, 1000, 21)] == [0]
    assert [name.patch for name in place_names(shut_in, 1000, 21, covering=True)] == [0]


@pytest.mark.parametrize(("ideas", "themes", "may_cover"), [(40, 6, 0), (400, 14, 0), (4000, 30, 250)])
def test_names_cover_no_dots_and_leave_no_circle_without_one(ideas: int, themes: int, may_cover: int) -> None:
    """On maps as the analysis lays them out. Names upon their patches covered 8, 88 and 1,165 dots of these.

    Of thirty themes four lie between others: their names are upon them, where no other's circle is covered.
    """
    patches, dots = laid_out(ideas, themes)
    radius = 6.0 if ideas < 1000 else 2.7
    spread = Dots(dots, radius)
    wide = place_names(patches, 1000, 21, spread, covering=True)
    assert len(wide) == len(patches)
    assert sum(spread.covered(box, ideas) for box in boxes(wide, 21)) <= may_cover
    narrow = place_names(patches, 1000, 40, spread)
    assert len(narrow) >= min(6, themes)
    assert sum(spread.covered(box, ideas) for box in boxes(narrow, 40)) == 0


def laid_out(ideas: int, themes: int) -> tuple[list[Patch], list[tuple[float, float]]]:
    """Patches and dots of a map of random ideas: a few large themes, many small ones, an eighth in none."""
    random = np.random.default_rng(7)
    weights = 1 / np.arange(1, themes + 1) ** 0.8
    own = random.choice(themes, ideas, p=weights / weights.sum())
    own[random.random(ideas) < 0.12] = -1
    there = sorted({int(theme) for theme in own} - {-1})
    own = np.array([there.index(theme) if theme >= 0 else -1 for theme in own])
    centres, vectors = random.normal(size=(themes, 32)), random.normal(size=(ideas, 32)) * 0.7
    vectors[own >= 0] += centres[own[own >= 0]]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    layout = lay_out(vectors.astype(np.float32), own)
    words = ("Listening", "Trust", "Laughing together", "Time for each other", "Talking every evening", "Respect")
    largest = sorted(range(len(there)), key=lambda theme: -int((own == theme).sum()))
    patches = [Patch(words[n % 6], *(1000 * layout.patches[theme]).tolist()) for n, theme in enumerate(largest)]
    return patches, [(1000 * float(x), 1000 * float(y)) for x, y in layout.positions]


@pytest.mark.parametrize("name", ["Cafés, restaurantes y bares", "Menschenkenntnisse", "Kommunikationsbereitschaft"])
def test_a_word_is_broken_only_where_it_is_very_long(name: str) -> None:
    [placed] = place_names([Patch(name, 500, 500, 100)], 1000, 21)
    assert (" ".join(placed.lines) == name) == (len(name.split()[0]) < 26)
    assert all(len(line) <= 20 for line in placed.lines)


@pytest.mark.parametrize("name", ["いざというときそばにいる", "连络不断的朋友和家人", "いっしょに笑う"])
def test_names_without_spaces_are_broken_too_and_measured_as_wide_as_they_are(name: str) -> None:
    patches = [Patch(name, 100 + 200 * (n % 5), 100 + 170 * (n // 5), 60) for n in range(25)]
    names = place_names(patches, 1000, 21)
    assert names
    for placed in names:
        assert "".join(placed.lines) == name
        assert all(len(text) <= 9 and text[0] not in "っょー" for text in placed.lines)
    assert all(left >= -1 and right <= 1001 for left, _, right, _ in boxes(names, 21))


# ---------- in a browser ----------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running site with a map; gives the address of the survey."""
    with migrated(quiet(tmp_path_factory.mktemp("map"))) as app:
        says = [Says(f"Hear number {n}", [(f"Hear number {n}", "Listening")]) for n in range(12)]
        says += [Says(f"True number {n}", [(f"True number {n}", "Honesty")]) for n in range(6)]
        filled = fill(app, says)
        with app.app_context():  # each idea in its patch: Listening about (200, 200), Honesty about (500, 200)
            for idea in db.session.query(Idea):
                is_first = idea.answer_id <= 12
                idea.x = (0.2 if is_first else 0.5) + 0.02 * (idea.answer_id % 4 - 1.5)
                idea.y = 0.2 + 0.02 * (idea.answer_id // 4 % 4 - 1.5)
            db.session.commit()
        assert filled.public
        with served(app) as base:
            yield f"{base}/s/{SLUG}"


def view(page: Page) -> list[float]:
    return [float(part) for part in (page.locator("svg.map").get_attribute("viewBox") or "").split()]


def chosen(page: Page) -> tuple[float, ...]:
    """The place of the dot that is ringed; nothing if none is."""
    ring = page.locator(".chosen.is-shown .chosen-ring")
    return tuple(float(ring.get_attribute(name) or 0) for name in ("cx", "cy")) if ring.count() else ()


@pytest.mark.browser
def test_the_map_by_keyboard(site: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce").new_page()
    complaints = watch(page)
    page.goto(f"{site}/map")
    page.get_by_role("button", name="Whole map").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Listening, 12 people"
    words = page.locator(".map-words")
    assert words.inner_text() == ""
    page.keyboard.press("Space")
    words.locator(".quote").wait_for()
    first = words.inner_text()
    assert re.match(r"“Hear number \d+”\s+Listening, 12 people", first)
    page.keyboard.press("Space")
    page.wait_for_function("before => document.querySelector('.map-words').innerText !== before", arg=first)
    page.keyboard.press("Escape")
    assert words.inner_text() == ""
    seen = set()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        before = chosen(page)
        page.keyboard.press(key)
        page.wait_for_function("document.querySelector('.chosen.is-shown')")
        after = chosen(page)
        seen.add(after)
        if before:
            axis, forwards = (0, key == "ArrowRight") if key != "ArrowDown" else (1, True)
            assert (after[axis] > before[axis]) == forwards
    assert len(seen) >= 3
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.map-words').innerText.includes('True number')")
    assert (
        page.evaluate("document.activeElement.getAttribute('aria-label')") == "Honesty, 6 people"
    )  # the focus follows
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert view(page) == [0, 0, 1000, 1000]
    page.keyboard.press("+")
    page.keyboard.press("+")
    near = view(page)
    assert near[2] == pytest.approx(1000 / 1.5**2, abs=0.1)
    page.keyboard.press("-")
    assert view(page)[2] > near[2]
    page.keyboard.press("Escape")
    assert view(page) == [0, 0, 1000, 1000]
    page.keyboard.press("Enter")
    page.wait_for_url("**/themes/*")
    assert page.get_by_role("heading", level=1).inner_text() == "Honesty"
    assert complaints == []
    page.context.close()


@pytest.mark.browser
def test_the_map_by_mouse(site: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    complaints = watch(page)
    page.goto(f"{site}/map")
    page.locator("svg.map").scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the scrolling is over: the wheel is the map's
    box = page.locator("svg.map").bounding_box()
    assert box
    scale = box["width"] / 1000
    dot = page.locator(".dots circle").first
    x, y = (float(dot.get_attribute(name) or 0) for name in ("cx", "cy"))
    page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
    words = page.locator(".map-words")
    words.locator(".quote").wait_for()
    assert re.search(r"“(Hear|True) number \d+”", words.inner_text())
    assert chosen(page) == (x, y)
    ring, beside = page.locator(".chosen-ring").bounding_box(), words.bounding_box()
    assert ring
    assert beside
    assert ring["width"] >= 18
    assert 0 < beside["x"] - (ring["x"] + ring["width"] / 2) < 30  # next to it
    assert beside["y"] < ring["y"] + ring["height"] / 2 < beside["y"] + beside["height"]
    page.mouse.wheel(0, -300)
    page.wait_for_function("document.querySelector('svg.map').getAttribute('viewBox') !== '0 0 1000 1000'")
    near = view(page)
    assert near[2] < 1000
    assert near[0] + near[2] * x / 1000 == pytest.approx(x, abs=2)  # what is under the pointer stays there
    address = page.url
    page.mouse.down()
    page.mouse.move(box["x"] + x * scale - 60, box["y"] + y * scale - 30, steps=4)
    page.mouse.up()
    assert view(page)[0] > near[0] + 20
    assert page.url == address  # dragging over a patch does not open it
    page.get_by_role("button", name="Whole map").click()
    assert view(page) == [0, 0, 1000, 1000]
    page.get_by_role("button", name="Nearer").click()
    assert view(page)[2] == pytest.approx(1000 / 1.5, abs=0.1)
    assert complaints == []
    page.context.close()


@pytest.mark.browser
def test_the_map_without_scripts_is_a_picture_with_links_and_a_table(site: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False).new_page()
    page.goto(f"{site}/themes")
    page.get_by_role("link", name="Open the map").click()
    assert page.get_by_role("button").all_inner_texts() == ["Search"]
    assert fits(page)
    assert page.locator(".dots circle").count() == 18
    page.locator("table").get_by_role("link", name="Honesty").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Honesty"
    page.context.close()


@pytest.mark.browser
def test_a_tap_reads_a_dot_and_does_not_leave_the_map(site: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    complaints = watch(page)
    page.goto(f"{site}/map")
    page.locator("svg.map").scroll_into_view_if_needed()
    box = page.locator("svg.map").bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    words = page.locator(".map-words")
    words.locator(".quote").wait_for()
    assert page.url.endswith("/map")
    shown = words.bounding_box()
    assert shown
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= 390
    assert shown["y"] - (box["y"] + 0.2 * box["height"]) < 40  # below the dot, not below the picture
    words.get_by_role("link").tap()
    page.wait_for_url("**/themes/*")
    assert complaints == []
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_searched_for_is_marked_with_and_without_scripts(site: str, browser: Browser, scripts: bool) -> None:
    page = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 844}).new_page()
    complaints = watch(page)
    page.goto(f"{site}/map")
    page.get_by_label("Search the map").fill("true number")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("6 dots are marked.").wait_for()
    assert page.locator(".dots.t2 .is-found").count() == page.locator(".is-found").count() == 6
    assert fits(page)
    if scripts:  # the keyboard goes from one that was found to the next, and to no other
        page.locator(".map.is-interactive").wait_for()
        page.locator(".patches a").first.focus()
        page.keyboard.press("ArrowRight")
        page.locator(".map-words").get_by_text("True number").wait_for()
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".no-print").count() >= 3
    page.locator(".find-form").wait_for(state="hidden")
    assert page.locator(".no-print:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Open the list of answers").click()
    page.get_by_role("heading", name="18 answers").wait_for()
    assert page.locator(".all-answers").first.locator("> li").count() == 6
    assert complaints == []
    page.context.close()
