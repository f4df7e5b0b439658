"""New answers at once, and signs of a theme to come."""

from __future__ import annotations

from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.new_answers import PlacedAnswers, Themes, place_new_answers
from analysis.pipeline import analyse
from analysis.results import Analysis
from tests.support.toy_model import ToyModel

BOOK = Codebook("pets", (KnownTheme("cats", "Cats", "", ("cats purr", "cats sleep", "my cat", "cats")),))
ANSWERS = [f"trains run fast {n}" for n in "abcdefgh"] + [f"boats float far {n}" for n in "abcdefgh"] + ["cats purr"]


def analysed(answers: list[str] = ANSWERS) -> Analysis:
    return analyse(answers, codebook=BOOK, embedder=ToyModel())


def place(answers: list[str], found: Analysis, **merged: str) -> PlacedAnswers:
    return place_new_answers(answers, themes=Themes(BOOK, found.centres, merged), embedder=ToyModel())


def key_of(found: Analysis, text: str) -> str:
    idea = next(number for number, idea in enumerate(found.ideas) if idea.text == text)
    return next(placement.theme for placement in found.placements if placement.idea == idea)


def test_a_new_answer_joins_known_and_discovered_themes() -> None:
    found = analysed()
    trains = key_of(found, "trains run fast a")
    new = place(["cats purr", "trains run fast too", "zebras", "idk", ""], found)
    placed = {new.ideas[placement.idea].text: placement.theme for placement in new.placements}
    assert placed == {"cats purr": "cats", "trains run fast too": trains}
    assert new.nonanswers == (3, 4)
    assert [idea.answer for idea in new.ideas] == [0, 1, 2]


def test_what_an_analysis_placed_is_placed_the_same_when_it_comes_again() -> None:
    found = analysed()
    new = place(ANSWERS, found)
    before = {(found.ideas[p.idea].text, p.theme) for p in found.placements}
    after = {(new.ideas[p.idea].text, p.theme) for p in new.placements}
    assert after == before


def test_a_merged_known_theme_gets_no_new_answer() -> None:
    found = analysed()
    trains = key_of(found, "trains run fast a")
    new = place(["trains run fast too", "cats purr"], found, cats=trains)
    assert [placement.theme for placement in new.placements] == [trains, trains]


def test_before_any_analysis_found_themes_the_codebook_places_alone() -> None:
    found = analyse([], codebook=BOOK, embedder=ToyModel())
    new = place(["cats purr", "trains run fast"], found)
    assert [placement.theme for placement in new.placements] == ["cats"]


def test_ideas_that_resemble_each_other_may_be_a_theme_to_come() -> None:
    found = analysed(["cats purr", "we play chess at night", "chess at night", "a long walk", "cats sleep"])
    groups = [[found.ideas[idea].text for idea in group] for group in found.forming]
    assert groups == [["we play chess at night", "chess at night"]]


def test_one_person_who_says_it_twice_is_no_sign() -> None:
    found = analysed(["cats purr", "We play chess at night. Chess at night.", "a long walk"])
    assert found.forming == ()
