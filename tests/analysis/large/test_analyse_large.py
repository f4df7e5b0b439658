"""Themes of many answers, found in a sample of them."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pytest

from analysis.known_themes.codebook import Codebook
from analysis.large.analyse_large import analyse_large
from analysis.large.sample import choose_sample
from analysis.pipeline import analyse
from analysis.results import Analysis
from tests.support.large_survey import said
from tests.support.toy_model import ToyModel

TEXTS = said(900)


@cache
def large() -> Analysis:
    return analyse_large(TEXTS, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0, whole=100, size=200)


def by_answer(result: Analysis, texts: list[str]) -> dict[str, set[frozenset[str]]]:
    """The keys of the themes of each text, however often it was given."""
    themes: dict[int, set[str]] = {}
    for placement in result.placements:
        themes.setdefault(result.ideas[placement.idea].answer, set()).add(placement.theme)
    found: dict[str, set[frozenset[str]]] = {}
    for number, text in enumerate(texts):
        found.setdefault(text, set()).add(frozenset(themes.get(number, ())))
    return found


def test_few_answers_are_analysed_as_a_whole() -> None:
    some = TEXTS[:150]
    found = analyse_large(some, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0)
    whole = analyse(some, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0)
    assert (found.themes, found.placements, found.settings) == (whole.themes, whole.placements, whole.settings)


def test_every_answer_is_in_the_result_and_every_count_is_of_all() -> None:
    found = large()
    assert found.settings["sample"] == 200
    for idea in found.ideas:
        assert TEXTS[idea.answer][idea.start : idea.end] == idea.text
    assert [idea.answer for idea in found.ideas] == sorted(idea.answer for idea in found.ideas)
    assert {idea.answer for idea in found.ideas} | set(found.nonanswers) == set(range(len(TEXTS)))
    assert not {idea.answer for idea in found.ideas} & set(found.nonanswers)
    placed = {placement.idea for placement in found.placements}
    assert placed | set(found.unplaced) == set(range(len(found.ideas)))
    assert not placed & set(found.unplaced)
    for theme in found.themes:
        own = [placement.idea for placement in found.placements if placement.theme == theme.key]
        assert theme.mentions == len(own)
        assert theme.people == len({found.ideas[idea].answer for idea in own})
        assert set(theme.quotes) <= set(own)
    assert [theme.people for theme in found.themes] == sorted((theme.people for theme in found.themes), reverse=True)
    assert len(placed) > 0.9 * len(found.ideas)


def test_the_same_answers_in_another_order_have_the_same_themes() -> None:
    shuffled = random.Random(3).sample(TEXTS, len(TEXTS))
    again = analyse_large(shuffled, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0, whole=100, size=200)
    assert [(theme.key, theme.people, theme.name) for theme in again.themes] == [
        (theme.key, theme.people, theme.name) for theme in large().themes
    ]
    assert by_answer(again, shuffled) == by_answer(large(), TEXTS)


def test_a_sample_has_what_many_say_as_often_as_all_answers() -> None:
    answers = ["love"] * 3000 + [f"answer {number}" for number in range(7000)]
    chosen = Counter(answers[at] for at in choose_sample(answers, 1000).tolist())
    assert chosen["love"] == pytest.approx(300, abs=60)
    assert chosen.total() == 1000
    assert len(choose_sample(answers, 20_000)) == len(answers)
