"""Which ideas say something without the rest of their answers, and which say the opposite of most of their theme."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from analysis.arrays import BoolArray
from analysis.evidence.quotes import choose_quotes, likeliest
from analysis.evidence.self_contained import opposed, worth_alone
from analysis.progress import ignore_progress
from analysis.text.parse_answers import ParsedAnswers, parse_answers


def parsed(*answers: str) -> ParsedAnswers:
    found = parse_answers(answers, ignore_progress)
    assert [idea.answer for idea in found.ideas] == sorted(idea.answer for idea in found.ideas)
    return found


def best(found: ParsedAnswers, name: str) -> str:
    worth = worth_alone(found, range(len(found.ideas)), name)
    return found.ideas[int(worth.argmax())].text


@pytest.mark.parametrize(
    ("answers", "name", "quoted"),
    [
        (
            ["The ferry was late. Typical", "We waited at the ferry for hours"],
            "Late",
            "We waited at the ferry for hours",
        ),
        (["she sang too", "the organist never smiles"], "Choir", "the organist never smiles"),
        (["the organist never smiles", "the choir rehearses on Mondays"], "Choir", "the choir rehearses on Mondays"),
        (["wir sagen das auch", "der Chor probt montags"], "Probe", "der Chor probt montags"),
    ],
)
def test_an_idea_that_says_something_alone_is_worth_more(answers: list[str], name: str, quoted: str) -> None:
    found = parsed(*answers)
    assert best(found, name) == quoted
    turned = parsed(*answers[::-1])
    assert best(turned, name) == quoted


def test_what_the_same_person_says_again_is_not_said_by_others() -> None:
    found = parsed("the ferry leaves early, the ferry smells", "an organist smiles")
    worth = worth_alone(found, range(len(found.ideas)), "Music")
    assert len(worth) == 3
    assert worth.tolist() == pytest.approx([-0.1, -0.1, 0.0])


def test_writing_without_spaces_is_not_taken_for_one_word() -> None:
    found = parsed("合唱团排练太晚", "合唱团排练太早")
    assert worth_alone(found, range(2), "合唱团").min() >= 0


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (["more ferries", "we need ferries", "no more ferries"], [False, False, True]),
        (["a ferry would be nice", "ferry", "please no ferry"], [False, False, True]),
        (["please no ferry", "less ferries", "more ferries"], [False, False, True]),
        (["more ferries", "no more ferries"], [False, False]),
        (["more ferries", "ferries", "the ferry is blue"], [False, False, False]),
    ],
)
def test_who_wants_the_opposite_of_most(answers: list[str], found: list[bool]) -> None:
    assert opposed(parsed(*answers), range(len(answers))).tolist() == found


def test_what_is_opposed_to_most_is_not_quoted_first() -> None:
    found = parsed("please no more ferries in the morning", "more ferries in the evening", "ferries")
    vectors = np.array([[1, 0.1], [1, 0.7], [1, -0.4]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = range(3)
    assert choose_quotes(found.ideas, numbers, vectors, [0.9, 0.5, 0.5])[0] == 0
    with_sides = choose_quotes(found.ideas, numbers, vectors, [0.9, 0.5, 0.5], opposed=lambda own: opposed(found, own))
    assert with_sides[0] == 1
    assert 0 in with_sides


def test_what_is_just_the_name_is_not_quoted_first_where_anything_else_can_be() -> None:
    found = parsed("Later ferries!", "ferries that run until eleven", "please no later ferries")
    vectors = np.array([[1, 0], [1, 0.5], [1, -0.5]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers, strengths = range(3), [0.9, 0.5, 0.6]
    assert choose_quotes(found.ideas, numbers, vectors, strengths)[0] == 0
    assert choose_quotes(found.ideas, numbers, vectors, strengths, name="Later ferries")[0] == 2

    def last_is_opposed(own: Sequence[int]) -> BoolArray:
        return np.array([number == 2 for number in own])

    sides = partial(choose_quotes, found.ideas, opposed=last_is_opposed, name="Later ferries")
    assert sides(numbers, vectors, strengths)[0] == 1
    assert sides([0, 1], vectors[:2], strengths[:2])[0] == 1


def test_a_person_with_several_ideas_is_not_typical_of_them_alone() -> None:
    several = "cold ferries every morning; wet ferries every evening; slow ferries every night"
    found = parsed(several, "bright lamps at night", "bright lamps in winter")
    assert len(found.ideas) == 5
    vectors = np.array([[1, 0], [1, 0], [1, 0], [0.3, 1], [0.3, 1]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    quoted = choose_quotes(found.ideas, range(5), vectors, [0.5] * 5)[0]
    assert found.ideas[quoted].answer in (1, 2)


def test_what_may_be_wrongly_placed_is_quoted_only_where_too_little_is_sure() -> None:
    found = parsed(
        "bright lamps at night", "lamps in winter too", "lamps by the harbour", "a longer pier", "cheaper ham"
    )
    vectors = np.array([[1, 0.1], [1, -0.4], [1, 0.6], [1, 1.2], [1, -1.2]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    quoted = partial(choose_quotes, found.ideas, range(5), vectors)
    assert {*quoted([0.9, 0.8, 0.72, 0.5, 0.4])} <= {0, 1, 2}
    assert {*quoted([0.5, 0.8, 0.9, 0.6, 0.4])} <= {1, 2, 3}
    assert {*quoted([0.4, 0.5, 0.5, 0.5, 0.4])} <= {1, 2, 3}
    assert likeliest([7, 8, 9, 4], [0.4, 0.9, 0.8, 0.75]) == [8, 9, 4]
    assert likeliest([7], [0.1]) == [7]
