"""Whose a name on the map is: it is over no other circle, nearest to its own or led to it by a line that is seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import select

from survey.core.database import db
from survey.core.models import ThemeResult
from survey.reports.map_labels import Dots, PlacedName, place_names
from tests.reports.test_map_page import Patch, boxes, laid_out
from tests.support.filled_survey import Says, fill
from tests.support.site import served
from tests.support.visitors import SLUG

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = (
    "Preço das bancas", "Geradores", "Limpeza fosse feita no próprio dia", "Está bem assim", "Estacionamento",
    "Passar a pé e de cadeira de rodas", "Nem as feirantes têm onde ir", "Casas de banho", "Sombra no verão",
    "Barulho de manhã cedo", "Mais bancos para sentar", "Fruta e legumes da terra", "Horário mais comprido",
    "Lixo no chão depois da feira", "Pagar com cartão", "Cobertura para a chuva", "Água potável",
    "Autocarro que passe à porta", "Segurança", "Peixe fresco",
)  # fmt: skip


def gap(box: tuple[float, float, float, float], patch: Patch) -> float:
    """How far a box is from the edge of a circle; less than 0 if it covers some of it."""
    left, top, right, bottom = box
    return hypot(max(left - patch.x, 0, patch.x - right), max(top - patch.y, 0, patch.y - bottom)) - patch.radius


def points(name: PlacedName) -> list[tuple[float, float]]:
    """A hundred places on the line of a name; none if it has no line."""
    if name.leader is None:
        return []
    x, y, to_x, to_y = name.leader
    return [(x + part / 100 * (to_x - x), y + part / 100 * (to_y - y)) for part in range(100)]


def mistaken(patches: Sequence[Patch], names: Sequence[PlacedName], size: float) -> list[str]:
    """What may be taken for another theme's: names and lines over its circle, its name, or nearer to it."""
    wrong = []
    found = boxes(list(names), size)
    for name, box in zip(names, found, strict=True):
        own = patches[name.patch]
        for other in patches:
            if other is own:
                continue
            if gap(box, other) < -0.2:
                wrong.append(f"{own.name} covers the circle of {other.name}")
            if name.leader is None and gap(box, other) <= gap(box, own):
                wrong.append(f"{own.name} is nearer to {other.name}")
            if any(hypot(x - other.x, y - other.y) < other.radius - 0.2 for x, y in points(name)):
                wrong.append(f"the line of {own.name} runs over {other.name}")
        for other_box in found:
            if other_box is not box and any(
                other_box[0] + 0.2 < x < other_box[2] - 0.2 and other_box[1] + 0.2 < y < other_box[3] - 0.2
                for x, y in points(name)
            ):
                wrong.append(f"the line of {own.name} runs over a name")
    return wrong


def named(patches: Sequence[Patch]) -> list[Patch]:
    """The same circles with Portuguese names."""
    return [Patch(NAMES[n % len(NAMES)], patch.x, patch.y, patch.radius) for n, patch in enumerate(patches)]


@pytest.mark.parametrize(("ideas", "themes"), [(60, 6), (400, 14), (500, 20), (600, 30)])
def test_no_name_is_taken_for_that_of_another_circle(ideas: int, themes: int) -> None:
    """While names could cover other circles, 1, 3, 16 and 67 were mistaken on these."""
    circles, dots = laid_out(ideas, themes)
    patches, spread = named(circles), Dots(dots, 4.0)
    small = place_names(patches, 1000, 30, covering=True)
    wide = place_names(patches, 1000, 21, spread, covering=True)
    narrow = place_names(patches, 1000, 40, spread)
    assert mistaken(patches, small, 30) + mistaken(patches, wide, 21) + mistaken(patches, narrow, 40) == []
    if themes <= 20:
        assert len(small) >= len(patches) - 1
        assert len(wide) == len(patches)
    assert small == place_names(patches, 1000, 30, covering=True)


def test_a_name_without_room_beside_its_circle_is_upon_it_at_the_end_of_a_line_or_left_out() -> None:
    long = "Comunicação com os feirantes"
    for name, radius, where in (("Segurança", 73, "upon"), (long, 73, "line"), (long, 76, "nowhere")):
        ring = [Patch(NAMES[n], 500 + 150 * cos(n * pi / 3), 500 + 150 * sin(n * pi / 3), radius) for n in range(6)]
        patches = [*ring, Patch(name, 500, 500, 40)]
        names = place_names(patches, 1000, 30, covering=True)
        last = next((placed for placed in names if placed.patch == 6), None)
        found = "nowhere" if last is None else "line" if last.leader else "upon"
        assert (name, found, len(names)) == (name, where, 6 + (where != "nowhere"))
        assert gap(boxes(names, 30)[-1], patches[-1]) < 0 or where != "upon"
        if radius < 75:  # else the circles themselves overlap
            assert mistaken(patches, names, 30) == []


@pytest.fixture
def fair(sqlite_app: Flask) -> Flask:
    """A site with a survey of twenty themes, on a map as the analysis lays them out."""
    circles, _ = laid_out(500, 20)
    says = [Says(f"{name} {n}", [(f"{name} {n}", name)]) for name in NAMES for n in range(2)]
    filled = fill(sqlite_app, says)
    with sqlite_app.app_context():
        for result in db.session.scalars(select(ThemeResult).where(ThemeResult.run_id == filled.run_id)):
            circle = circles[result.rank]
            result.x, result.y, result.radius = circle.x / 1000, circle.y / 1000, circle.radius / 1000
        db.session.commit()
    return sqlite_app


def test_every_circle_is_drawn_though_its_name_has_no_room(fair: Flask) -> None:
    """Of one that is not, the dots would be said to follow no thread."""
    with fair.app_context():  # a small square of small circles: those inside have no room
        for result in db.session.scalars(select(ThemeResult)):
            result.x, result.y, result.radius = 0.5 + result.rank % 5 / 60, 0.5 + result.rank // 5 / 60, 0.008
        db.session.commit()
    client = fair.test_client()
    for page in ("themes", "map"):
        html = client.get(f"/s/{SLUG}/{page}").text
        drawing = html[html.index('viewBox="0 0 1000 1000"') :].split("</svg>")[0]
        assert len(re.findall(r'class="patch[ "]', drawing)) == len(NAMES)
        assert drawing.split("names-narrow")[0].count("<text") < len(NAMES)


@pytest.mark.browser
@pytest.mark.parametrize("page_name", ["themes", "map"])
def test_the_line_from_a_name_to_its_circle_is_seen(fair: Flask, browser: Browser, page_name: str) -> None:
    with served(fair) as base:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{base}/s/{SLUG}/{page_name}")
        lines = page.locator("svg.map .leader")
        assert lines.count() > 0
        strokes = lines.evaluate_all("lines => lines.map((line) => getComputedStyle(line).stroke)")
        assert "none" not in strokes
        page.context.close()
