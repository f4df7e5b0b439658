"""Known themes that too few people name: left to discovery in a larger survey, and begun once enough name them."""

from __future__ import annotations

from dataclasses import replace

from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.new_answers import Themes, place_new_answers
from analysis.pipeline import FindingMode, analyse
from analysis.results import Analysis
from analysis.standing.few_people import SMALL_SURVEY, fewest_people
from analysis.standing.partition import Standing, standing_of
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel

BOOK = Codebook(
    "pets",
    (
        KnownTheme("cats", "Cats", "", ("cats purr", "cats sleep", "my cat", "cats")),
        KnownTheme("dogs", "Dogs", "", ("dogs bark", "dogs run", "my dog", "dogs")),
    ),
)
CATS = [f"cats sleep {word}" for word in ("long", "well", "often")]
REST = [f"word{n} other{n} third{n}" for n in range(60)]


def run(answers: list[str], standing: Standing | None = None, finding: FindingMode = "none") -> Analysis:
    return analyse(answers, codebook=BOOK, embedder=ToyModel(), standing=standing, finding=finding, re_runs=0)


def keys(found: Analysis) -> set[str]:
    return {theme.key for theme in found.themes}


@for_each(("people", "fewest"), [(0, 1), (49, 1), (50, 2), (249, 2), (1000, 10)])
def test_how_many_people_a_known_theme_needs(people: int, fewest: int) -> None:
    assert fewest_people(people) == fewest


def test_in_a_small_survey_one_person_is_enough() -> None:
    assert keys(run([*CATS, "my dog", *REST[: SMALL_SURVEY - 5]])) == {"cats", "dogs"}


def test_in_a_larger_one_it_takes_two_people() -> None:
    assert keys(run([*CATS, "my dog", *REST])) == {"cats"}
    assert keys(run([*CATS, "my dog. my dog!", *REST])) == {"cats"}
    assert keys(run([*CATS, "my dog", "dogs run", *REST])) == {"cats", "dogs"}


def test_what_is_left_out_is_unplaced() -> None:
    found = run([*CATS, "my dog", *REST])
    assert "my dog" in [found.ideas[at].text for at in found.unplaced]


def test_a_theme_that_the_owner_touched_stays() -> None:
    answers = [*CATS, "my dog", "dogs run", *REST]
    stood = standing_of(run(answers))
    touched = replace(stood, themes=tuple(replace(theme, touched=theme.key == "dogs") for theme in stood.themes))
    del answers[4]
    left = {at if at < 4 else at - 1: own for at, own in stood.ideas.items() if at != 4}
    assert keys(run(answers, replace(touched, ideas=left), "replace")) == {"cats", "dogs"}
    assert keys(run(answers, replace(stood, ideas=left), "replace")) == {"cats"}


def test_a_second_person_begins_the_theme_in_the_run_that_keeps_what_stands() -> None:
    first = run([*CATS, "my dog", *REST])
    again = run([*CATS, "my dog", *REST, "dogs run"], standing_of(first))
    assert keys(again) == {"cats", "dogs"}
    (dogs,) = (theme for theme in again.themes if theme.key == "dogs")
    assert dogs.people == 2


def test_none_begins_where_the_themes_were_found_with_another_codebook() -> None:
    stood = replace(standing_of(run([*CATS, "my dog", *REST])), codebook="another")
    again = run([*CATS, "my dog", *REST, "dogs run"], stood)
    assert keys(again) == {"cats"}
    assert again.settings["codebook"] == "another"


def test_a_new_answer_goes_into_the_known_themes_that_may_have_it() -> None:
    centres = run([*CATS, *REST]).centres
    for only, expected in ((None, ["dogs"]), ({"cats"}, [])):
        placed = place_new_answers(["my dog"], themes=Themes(BOOK, centres, only=only), embedder=ToyModel())
        assert [placement.theme for placement in placed.placements] == expected
