"""Sub-themes, the map and suggestions: what an analysis says beside its themes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from analysis.discovery.theme_identity import EarlierTheme
from analysis.idea_map import draw
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.pipeline import analyse
from analysis.results import Analysis
from analysis.standing.partition import Standing, StandingIdea, StandingTheme, standing_of
from analysis.text.normalise import fold
from tests.support.toy_model import ToyModel

BOOK = Codebook("pets", (KnownTheme("dogs", "Dogs", "", ("dog", "my dog", "the dog barks")),))
GARDENS = [f"the dog digs garden soil deep flower{n}" for n in range(25)]
WALKS = [f"the dog walks river path early bridge{n}" for n in range(25)]
ANSWERS = [*GARDENS, *WALKS, "purple submarine orchestra"]


def dogs_stand(answers: Sequence[str], parts: Sequence[EarlierTheme] = ()) -> Standing:
    """All about dogs in one theme, so that the toy model, which knows no meanings, need not place them."""
    ideas = {
        at: (StandingIdea(0, len(text), {"dogs": 1.0}),)
        for at, text in enumerate(answers)
        if "digs" in text or "walks" in text
    }
    return Standing((StandingTheme("dogs", "Dogs", "codebook"),), ideas, parts=tuple(parts))


def run(answers: Sequence[str], parts: Sequence[EarlierTheme] = ()) -> Analysis:
    standing = dogs_stand(answers, parts)
    return analyse(answers, codebook=BOOK, embedder=ToyModel(), standing=standing, finding="none", re_runs=0)


def words_of(answers: Sequence[str], result: Analysis, part: str) -> frozenset[str]:
    return frozenset(answers[result.ideas[p.idea].answer] for p in result.placements if p.part == part)


def test_a_large_theme_has_sub_themes_that_lie_within_it() -> None:
    result = run(ANSWERS)
    (dogs,) = result.themes
    assert sorted(part.people for part in dogs.parts) == [25, 25]
    assert dogs.people == 50
    assert {part.origin for part in dogs.parts} == {"part"}
    for part in dogs.parts:
        assert words_of(ANSWERS, result, part.key) in (frozenset(GARDENS), frozenset(WALKS))
        assert all(result.ideas[quote].answer < 50 for quote in part.quotes)
    assert len({part.name for part in dogs.parts} | {dogs.name}) == 3


def test_sub_themes_keep_their_keys() -> None:
    before = run(ANSWERS)
    parts = standing_of(before).parts
    assert len(parts) == 2
    after = run([*ANSWERS, "the dog digs garden soil deep flower77"], parts)
    assert {part.key for part in after.themes[0].parts} == {part.key for part in parts}


def test_the_order_of_the_answers_changes_neither_sub_themes_nor_the_map() -> None:
    shuffled = random.Random(3).sample(ANSWERS, len(ANSWERS))
    one, other = run(ANSWERS), run(shuffled)
    assert {(p.key, p.name, p.people) for p in one.themes[0].parts} == {
        (p.key, p.name, p.people) for p in other.themes[0].parts
    }
    places = [
        {answers[result.ideas[idea].answer]: place for idea, place in result.idea_map.places.items()}
        for answers, result in ((ANSWERS, one), (shuffled, other))
    ]
    assert places[0] == places[1]


def test_every_idea_has_a_place_in_its_themes_patch() -> None:
    result = run(ANSWERS)
    assert set(result.idea_map.places) == set(range(len(result.ideas)))
    x, y, radius = result.idea_map.patches["dogs"]
    inside = {p.idea for p in result.placements}
    for idea, place in result.idea_map.places.items():
        away = float(np.hypot(place[0] - x, place[1] - y))
        assert away <= radius + 1e-9 if idea in inside else away > radius


def test_a_map_of_the_same_answers_stays_where_it_was() -> None:
    first = run(ANSWERS)
    places: dict[str, list[tuple[float, float]]] = {}
    for idea, place in first.idea_map.places.items():
        places.setdefault(fold(first.ideas[idea].text), []).append(place)
    standing = dogs_stand(ANSWERS)
    again = analyse(
        ANSWERS, codebook=BOOK, embedder=ToyModel(), standing=standing, finding="none", places=places, re_runs=0
    )
    moved = [np.hypot(*np.subtract(first.idea_map.places[i], again.idea_map.places[i])) for i in first.idea_map.places]
    assert max(moved) < 0.05


def test_the_map_of_many_is_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "MAX_IDEAS", 200)
    answers = [f"dog number{n}" for n in range(300)]
    result = analyse(answers, codebook=BOOK, embedder=ToyModel(), re_runs=0)
    assert 0 < len(result.idea_map.places) <= 200


def test_an_unplaced_idea_is_nearest_to_the_theme_it_shares_words_with() -> None:
    answers = [*ANSWERS, "the dog hums"]
    result = run(answers)
    unplaced = {result.ideas[idea].text: result.nearest[idea] for idea in result.unplaced}
    assert set(unplaced) <= {"purple submarine orchestra", "the dog hums"}
    assert all(theme == "dogs" and 0 <= near <= 1 for theme, near in unplaced.values())
    assert set(result.nearest) == set(result.unplaced)
