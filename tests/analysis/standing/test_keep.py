"""Themes that stand: kept as they are, new answers placed among them, decisions of the owner respected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.pipeline import FindingMode, analyse
from analysis.results import Analysis
from analysis.standing.partition import Standing, StandingIdea, StandingTheme, standing_of
from analysis.text.normalise import fold
from tests.support.toy_model import ToyModel

BOOK = Codebook(
    "pets",
    (
        KnownTheme("cats", "Cats", "", ("cats purr", "cats sleep", "my cat", "cats")),
        KnownTheme("dogs", "Dogs", "", ("dogs bark", "dogs run", "my dog", "dogs")),
    ),
)
PETS = ["cats purr", "cats sleep", "my cat", "dogs bark", "dogs run", "my dog", "gold fish swim", "fish swim slowly"]
TRAVEL = [f"trains run fast {n}" for n in "abcdefgh"] + [f"boats float far {n}" for n in "abcdefgh"]


def run(
    answers: list[str], book: Codebook = BOOK, standing: Standing | None = None, finding: FindingMode = "none"
) -> Analysis:
    return analyse(answers, codebook=book, embedder=ToyModel(), standing=standing, finding=finding, re_runs=0)


def members(found: Analysis) -> dict[str, set[str]]:
    themes: dict[str, set[str]] = {}
    for placement in found.placements:
        themes.setdefault(placement.theme, set()).add(fold(found.ideas[placement.idea].text))
    return themes


def with_ideas(standing: Standing, answers: list[str], decided: Mapping[str, tuple[str, ...]]) -> Standing:
    """The same themes after the owner put the ideas of some answers where they belong."""
    ideas = dict(standing.ideas)
    for text, keys in decided.items():
        at = answers.index(text)
        ideas[at] = tuple(idea._replace(themes=dict.fromkeys(keys, 1.0), by_hand=True) for idea in ideas[at])
    return replace(standing, ideas=ideas)


def key_of(found: Analysis, text: str) -> str:
    return next(key for key, texts in members(found).items() if text in texts)


@pytest.mark.parametrize("book", [BOOK, Codebook.empty()], ids=["codebook", "without"])
def test_what_stands_is_kept_to_the_last_idea(book: Codebook) -> None:
    answers = [*PETS, *TRAVEL]
    first = run(answers, book)
    again = run([*answers, "my dog barks", "trains run fast too"], book, standing_of(first))
    before = {(first.ideas[p.idea], p.theme, p.strength) for p in first.placements}
    after = {(again.ideas[p.idea], p.theme, p.strength) for p in again.placements}
    assert before <= after
    assert {idea.answer for idea, *_ in after - before} == {len(answers), len(answers) + 1}


def test_spans_that_stand_are_not_split_again() -> None:
    answers = ["cats purr and dogs bark"]
    standing = Standing((StandingTheme("cats", "Cats", "codebook"),), {0: (StandingIdea(0, 23, {"cats": 0.5}),)})
    found = run(answers, standing=standing)
    assert [(idea.start, idea.end) for idea in found.ideas] == [(0, 23)]
    assert members(found) == {"cats": {"cats purr and dogs bark"}}


def test_a_nonanswer_stays_one() -> None:
    found = run(["cats purr", "dogs bark"], standing=Standing((), {0: (), 1: (StandingIdea(0, 9, {"dogs": 1.0}),)}))
    assert found.nonanswers == (0,)


def test_two_answers_of_the_same_words_may_be_in_different_themes() -> None:
    answers = [*PETS, "my cat"]
    standing = standing_of(run(answers))
    ideas = dict(standing.ideas)
    ideas[8] = tuple(idea._replace(themes={"dogs": 1.0}, by_hand=True) for idea in ideas[8])
    found = run(answers, standing=replace(standing, ideas=ideas))
    themes = {found.ideas[p.idea].answer: p.theme for p in found.placements if found.ideas[p.idea].text == "my cat"}
    assert themes == {2: "cats", 8: "dogs"}


@pytest.mark.parametrize("finding", ["none", "replace"])
def test_decisions_hold_when_themes_are_kept_and_when_found_again(finding: FindingMode) -> None:
    answers = [*PETS, *TRAVEL]
    first = run(answers)
    trains = key_of(first, "trains run fast a")
    decided = {"gold fish swim": ("dogs",), "cats purr": (), "my cat": (trains,)}
    again = run(answers, BOOK, with_ideas(standing_of(first), answers, decided), finding)
    themes = members(again)
    assert "gold fish swim" in themes["dogs"]
    assert not any("cats purr" in texts for texts in themes.values())
    assert [key for key, texts in themes.items() if "my cat" in texts] == [trains]


def test_a_merged_known_theme_takes_no_answer_again() -> None:
    answers = [*PETS, *TRAVEL]
    standing = standing_of(run(answers))
    merged = replace(
        standing,
        merged={"dogs": "cats"},
        ideas={
            at: tuple(
                idea._replace(themes={"cats" if key == "dogs" else key: s for key, s in idea.themes.items()})
                for idea in ideas
            )
            for at, ideas in standing.ideas.items()
        },
    )
    for finding in ("none", "replace"):
        found = run([*answers, "dogs bark loudly"], BOOK, merged, finding)
        assert "dogs" not in members(found)
        assert "dogs bark loudly" in members(found)["cats"]


def test_a_theme_the_owner_touched_is_there_when_themes_are_found_again() -> None:
    answers = [*TRAVEL, "planes fly high", "planes fly low"]
    first = run(answers, Codebook.empty())
    trains, boats = key_of(first, "trains run fast a"), key_of(first, "boats float far a")
    odd = dict.fromkeys(("planes fly high", "boats float far a"), (trains,))
    standing = with_ideas(standing_of(first), answers, odd)
    touched = tuple(replace(theme, touched=theme.key == trains) for theme in standing.themes)
    again = run(answers, Codebook.empty(), replace(standing, themes=touched), "replace")
    assert members(again)[trains] >= {"trains run fast a", "planes fly high", "boats float far a"}
    assert "boats float far b" in members(again)[boats]
