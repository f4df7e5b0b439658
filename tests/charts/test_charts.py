"""Charts: what they say is what the theme page says, and other programs open them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from flask import Flask
from PIL import Image, ImageColor
from playwright.sync_api import Browser

from survey.charts import figure as figures
from survey.charts.figure import MARGIN, PAPER, Bar, Figure, Words
from survey.charts.files import chart, drawn, tag
from survey.charts.page_frame import dye
from survey.charts.png import SCALE, as_png
from survey.charts.svg import as_svg
from survey.core.database import db, write_transaction
from survey.core.models import Run, Survey, Theme, ThemeResult
from survey.results.read_model import ThemePage, theme_page
from survey.sharing import preview_image
from tests.support.filled_survey import Filled, Says, fill

ARABIC, CHINESE, LONG = "الثقة والصدق", "互相尊重", "Time for each other " * 9
NAMES = ["Trust", ARABIC, CHINESE, "<b>Humour & \x01wit</b>", LONG.strip()[:119], "Secret"]
SVG = "{http://www.w3.org/2000/svg}"


def said() -> list[Says]:
    """45 people: so many name each theme that all counts differ, over a hundred days."""
    answers = [
        Says(f"{name}.", [(name, name)], kind="partner" if number % 2 else "friend", days=3 * number)
        for place, name in enumerate(NAMES)
        for number in range(12 - 2 * place + (1 if name == "Secret" else 0))
    ]
    return [*answers, Says("rain", [("rain", None)], days=99)]


@pytest.fixture
def filled(sqlite_app: Flask) -> Filled:
    made = fill(
        sqlite_app,
        said(),
        hidden=["Secret"],
        groups={"partner": 22, "friend": 21},
        published={"Trust": {"partner": 6, "friend": 6}, ARABIC: {"partner": 5}},
    )
    with sqlite_app.app_context(), write_transaction() as session:
        session.get_one(ThemeResult, (made.run_id, made.themes[CHINESE])).tentative = True
        run = session.get_one(Run, made.run_id)
        run.placed, run.comparison = 43, {**(run.comparison or {}), "needed": 40}
    return made


@pytest.fixture
def page(sqlite_app: Flask, filled: Filled) -> Iterator[ThemePage]:
    with sqlite_app.app_context():
        yield theme_page(db.session.get_one(Survey, filled.survey_id))


def drawing(page: ThemePage, name: str) -> Figure:
    made = chart(page, name)
    assert made is not None
    return made


def texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_bars_are_as_long_as_their_people_are_many(page: ThemePage) -> None:
    made = drawing(page, "themes")
    bars = {mark.colour: mark.width for mark in made.marks if isinstance(mark, Bar) and mark.colour != PAPER}
    longest = max(bars.values())
    for theme in page.themes:
        if not theme.tentative:
            assert bars[dye(theme.colour)] == pytest.approx(longest * theme.people / page.themes[0].people, rel=0.01)
    assert dye(next(theme.colour for theme in page.themes if theme.tentative)) not in bars


@pytest.mark.parametrize("name", ["themes", "kinds", "time"])
def test_what_is_hidden_on_the_page_is_in_no_chart(page: ThemePage, name: str) -> None:
    svg = as_svg(drawing(page, name))
    assert b"Secret" not in svg
    assert b"Trust" in svg


def test_numbers_of_small_groups_are_in_no_chart(page: ThemePage) -> None:
    made = drawing(page, "kinds")
    assert f"{ARABIC}: Partner 10%, Friend < 5." in made.description
    written = texts(as_svg(made))
    assert written.count("< 5") == 1
    assert not {"1", "2", "3", "4"} & set(written)


def test_the_description_says_all_that_the_bars_say(page: ThemePage) -> None:
    said = drawing(page, "themes").description
    for theme in page.themes:
        assert re.search(rf"{re.escape(theme.name[:4])}[^.]*: {theme.people} people, \d+%", said.replace("\x01", ""))
    assert "4 answers follow no thread yet." in said
    assert "Trust: 12." in drawing(page, "time").description


def test_without_themes_there_is_no_chart(sqlite_app: Flask) -> None:
    made = fill(sqlite_app, [Says("rain", [("rain", None)])])
    with sqlite_app.app_context():
        assert drawn(theme_page(db.session.get_one(Survey, made.survey_id))) == []


def test_a_chart_is_named_anew_when_it_changes(sqlite_app: Flask, page: ThemePage, filled: Filled) -> None:
    before = tag(drawing(page, "themes"))
    assert tag(drawing(theme_page(page.survey), "themes")) == before
    with write_transaction() as session:
        session.get_one(Theme, filled.themes["Trust"]).name = "Faith"
    db.session.expire_all()
    assert tag(drawing(theme_page(page.survey), "themes")) != before


# ---------- as files ----------


@pytest.mark.parametrize("name", ["themes", "kinds", "time"])
def test_an_svg_is_whole_and_asks_nobody(page: ThemePage, name: str) -> None:
    """Read by Python's XML parser: no script, no address but the name space, a title and a description."""
    svg = as_svg(drawing(page, name))
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("aria-labelledby") == "title description"
    assert [root[0].get("id"), root[1].get("id")] == ["title", "description"]
    assert (root[1].text or "").count(".") > 3
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "rect",
        "line",
        "text",
    }
    assert svg.count(b"http") == 1
    assert b"url(" not in svg
    assert b"style" not in svg
    assert len(svg) < 30_000
    assert "<b>Humour & wit</b>" in texts(svg) or name == "kinds"


def test_a_name_from_right_to_left_keeps_its_place(page: ThemePage) -> None:
    root = ElementTree.fromstring(as_svg(drawing(page, "themes")))
    arabic = next(element for element in root.iter(f"{SVG}text") if element.text == ARABIC)
    latin = next(element for element in root.iter(f"{SVG}text") if element.text == "Trust")
    assert (arabic.get("direction"), arabic.get("text-anchor")) == ("rtl", "end")
    assert (latin.get("direction"), latin.get("text-anchor")) == (None, None)
    assert arabic.get("x") == latin.get("x") == f"{MARGIN:.1f}"


@pytest.mark.parametrize("name", ["themes", "kinds", "time"])
def test_a_png_opens_and_has_the_colours_of_the_themes(page: ThemePage, name: str) -> None:
    made = drawing(page, name)
    with Image.open(io.BytesIO(as_png(made))) as image:
        image.load()
        assert image.format == "PNG"
        assert image.size == (figures.WIDTH * SCALE, round(made.height * SCALE))
        pixels = image.convert("RGB")
    bars = [mark for mark in made.marks if isinstance(mark, Bar)]
    for bar in bars[1:]:
        middle = round((bar.x + bar.width / 2) * SCALE), round((bar.y + bar.height / 2) * SCALE)
        assert near(pixels.getpixel(middle), bar.colour)  # type: ignore[arg-type]


def near(pixel: tuple[int, int, int], colour: str) -> bool:
    return all(abs(a - b) < 6 for a, b in zip(pixel, ImageColor.getrgb(colour), strict=False))


@pytest.mark.parametrize("name", [ARABIC, CHINESE, "Trust"])
def test_names_in_any_script_are_drawn_where_they_belong(page: ThemePage, name: str) -> None:
    """Ink begins at the margin, and there is as much of it as the name is long."""
    made = drawing(page, "themes")
    words = next(mark for mark in made.marks if isinstance(mark, Words) and mark.text == name)
    with Image.open(io.BytesIO(as_png(made))) as image:
        top, bottom = round((words.baseline - 18) * SCALE), round((words.baseline + 6) * SCALE)
        strip = image.convert("L").crop((0, top, figures.WIDTH * SCALE // 2, bottom))
    left, _, right, _ = strip.point(lambda value: 255 if value < 160 else 0).getbbox() or (0, 0, 0, 0)
    assert abs(left - MARGIN * SCALE) < 12
    assert 20 * SCALE < right - left < 200 * SCALE


def test_letters_that_no_font_has_are_not_drawn_as_boxes(sqlite_app: Flask) -> None:
    cherokee = "ᎠᏂᏴᏫᏯ"
    made = fill(sqlite_app, [Says(cherokee, [(cherokee, cherokee)])] * 3)
    with sqlite_app.app_context():
        drawn_figure = drawing(theme_page(db.session.get_one(Survey, made.survey_id)), "themes")
    words = next(mark for mark in drawn_figure.marks if isinstance(mark, Words) and mark.text == cherokee)
    assert words.instead == "A theme"
    assert as_png(drawn_figure)
    assert cherokee in as_svg(drawn_figure).decode()


def test_the_colours_are_those_of_the_pages() -> None:
    assert (figures.PAPER, figures.INK, figures.MUTED) == (
        preview_image.PAPER, preview_image.INK, preview_image.MUTED,
    )  # fmt: skip


@pytest.mark.browser
def test_chromium_draws_the_svg_as_pillow_draws_the_png(browser: Browser, page: ThemePage) -> None:
    """The same colour in the middle of every bar, and no request for anything else."""
    made = drawing(page, "themes")
    sheet = browser.new_page(viewport={"width": figures.WIDTH, "height": round(made.height)})
    asked: list[str] = []
    sheet.on("request", lambda request: asked.append(request.url))
    sheet.set_content(f'<body style="margin:0">{as_svg(made).decode()}</body>')
    with Image.open(io.BytesIO(sheet.screenshot())) as shot:
        pixels = shot.convert("RGB")
    for bar in [mark for mark in made.marks if isinstance(mark, Bar)][1:]:
        middle = round(bar.x + bar.width / 2), round(bar.y + bar.height / 2)
        assert near(pixels.getpixel(middle), bar.colour)  # type: ignore[arg-type]
    assert asked == []
    assert sheet.get_by_role("img", name=made.title).count() == 1
    sheet.close()
