"""The answers coded by hand for the packaged codebooks, and how they are counted."""

import pytest

from analysis.known_themes.codebook import Codebook
from benchmarks.data import TEXTS, read_csv
from benchmarks.packaged_codebooks import BY_HAND, WORKPLACE80, coded, scores
from tests.support.every_case import for_each


@for_each("name", BY_HAND)
def test_answers_are_coded_with_the_themes_of_the_codebook_and_name_nearly_each(name: str) -> None:
    themes = {theme.key for theme in Codebook.load(name).themes}
    codes = {code for _, code in coded(read_csv(TEXTS / f"{name}_by_hand.csv"))}
    assert codes <= themes
    assert len(themes - codes) <= 3


@for_each("name", BY_HAND)
def test_no_answer_coded_by_hand_is_an_example(name: str) -> None:
    examples = {example.casefold() for theme in Codebook.load(name).themes for example in theme.examples}
    answers = {row["answer"].casefold().strip(".! ") for row in read_csv(TEXTS / f"{name}_by_hand.csv")}
    assert {answer for answer in answers & examples if len(answer.split()) > 3} == set()


def test_the_codes_of_the_other_survey_are_given_to_themes_there_are() -> None:
    assert WORKPLACE80.keys() <= {theme.key for theme in Codebook.load("workplace").themes}


def test_codes_are_told_apart_and_none_is_none() -> None:
    table = [{"codes": "pay|food"}, {"codes": "none"}, {"codes": ""}]
    assert coded(table) == {(0, "pay"), (0, "food")}


def test_scores_of_two_right_of_three_found_and_four_wanted() -> None:
    wanted = {(0, "pay"), (1, "food"), (2, "quiet"), (3, "space")}
    assert scores({(0, "pay"), (1, "food"), (2, "space")}, wanted) == pytest.approx((2 / 3, 1 / 2, 4 / 7))
    assert scores(set(), wanted) == (0.0, 0.0, 0.0)
