"""Which codebook fits answers: on toy vectors, and the rule on plain numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analysis.known_themes.codebook import NONE, Codebook, KnownTheme
from analysis.known_themes.place import example_texts
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.shelf.fit import (
    BADLY,
    CLEARLY,
    FITS,
    MANY_THEMES,
    MIN_PEOPLE,
    SAMPLE_ANSWERS,
    Fit,
    better_codebook,
    fit_of_result,
    fits_badly,
    measure_fit,
    sample_answers,
)
from analysis.text.parse_answers import parse_answers
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel

PETS = Codebook(
    "pets",
    tuple(
        KnownTheme(key, key.title(), "", (f"{key} purr", f"{key} sleep", f"{key} run", key))
        for key in ("cats", "dogs", "hens", "mice", "cows", "pigs", "goats", "sheep", "ducks", "bees")
    ),
)


def fit(answers: list[str], book: Codebook = PETS) -> Fit:
    parsed, model = parse_answers(answers, ignore_progress), ToyModel()
    return measure_fit(parsed, model.encode(parsed.wordings), book, model.encode(example_texts(book)))


def test_what_is_placed_in_many_themes_fits() -> None:
    found = fit(["cats run", "dogs run", "hens run", "mice run", "cats sleep", "nothing of that kind here"])
    assert (found.people, found.placed, found.sure) == (6, 5, 3)
    assert found.share == 0.5


def test_what_is_placed_in_one_theme_alone_does_not() -> None:
    found = fit(["cats run", "cats sleep", "cats purr", "cats"])
    assert (found.placed, found.sure) == (4, 0)


def test_a_person_counts_once() -> None:
    assert fit(["cats run. dogs run. hens run", "cats sleep", "cats purr"]).sure == 1


def test_of_a_codebook_with_few_themes_the_largest_counts() -> None:
    few = Codebook("few", PETS.themes[: MANY_THEMES - 1])
    assert fit(["cats run", "cats sleep", "dogs purr", "nothing like that"], few).sure == 3
    assert fit(["cats run", "cats sleep", "dogs purr", "nothing like that"]).sure == 1


def test_the_placements_of_an_analysis_tell_as_well() -> None:
    answers = ["cats run", "dogs run", "hens run", "mice run", "cats sleep", "nothing of that kind here"]
    result = analyse(answers, codebook=PETS, embedder=ToyModel(), re_runs=0)
    assert fit_of_result(result, PETS) == fit(answers)


@pytest.mark.parametrize("answers", [[], ["!"]])
def test_nobody_is_no_fit(answers: list[str]) -> None:
    assert fit(answers).share == 0
    assert fit(["cats run"], Codebook.empty()) == Fit(1, 0, 0)


def fits(**shares: float) -> Mapping[str, Fit]:
    return {name: Fit(1000, 0, round(1000 * share)) for name, share in shares.items()}


@for_each(
    ("shares", "used", "offered"),
    [
        ({"town": FITS, "course": 0.1}, NONE, "town"),
        ({"town": FITS - 0.01, "course": 0.1}, NONE, None),
        ({"town": 0.6, "course": 0.6 - CLEARLY}, NONE, "town"),
        ({"town": 0.6, "course": 0.61 - CLEARLY}, NONE, None),
        ({"town": 0.6, "course": 0.2}, "course", "town"),
        ({"town": 0.6, "course": 0.2}, "town", None),
        ({"town": 0.6, "own": 0.55}, "own", None),
        ({"town": 0.2, "course": BADLY - 0.01}, "course", NONE),
        ({"town": 0.2, "course": BADLY}, "course", None),
        ({"town": 0.1, "course": 0.1}, NONE, None),
        ({}, NONE, None),
    ],
)
def test_the_owner_is_asked_about_one_that_clearly_fits(
    shares: dict[str, float], used: str, offered: str | None
) -> None:
    assert better_codebook(fits(**shares), used) == offered


def test_of_few_people_nothing_is_said() -> None:
    few = {"town": Fit(MIN_PEOPLE - 1, 9, 9), "course": Fit(MIN_PEOPLE - 1, 0, 0)}
    assert better_codebook(few, "course") is None
    assert not fits_badly(few, "course")


def test_of_many_answers_the_same_are_looked_at_in_any_order() -> None:
    answers = [f"answer {n}" for n in range(2 * SAMPLE_ANSWERS)]
    assert sample_answers(answers) == sample_answers(answers[::-1])
    assert len(sample_answers(answers)) == SAMPLE_ANSWERS
    assert sample_answers(answers[:5]) == answers[:5]
