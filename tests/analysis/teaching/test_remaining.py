"""How much is left: judged by what was read, and never "enough" too soon."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.teaching.learn import Decision, learn
from analysis.teaching.remaining import FEWEST_READ, remaining
from tests.analysis.teaching.test_learn import corrected, survey


def test_nothing_read_says_nothing() -> None:
    vectors, placed, _ = survey()
    found = remaining(learn(vectors, placed, []).head, vectors, placed, [])
    assert (found.read, found.unread, found.low, found.high, found.enough) == (0, 90, 0.0, 1.0, False)


def test_all_right_as_they_are() -> None:
    vectors, placed, groups = survey()
    placed = np.eye(3, dtype=np.float32)[groups]
    decisions = [Decision(row, frozenset([int(groups[row])])) for row in range(0, 90, 2)]
    found = remaining(learn(vectors, placed, decisions).head, vectors, placed, decisions)
    assert found.wrong_at_first == found.wrong_now == 0
    assert found.low < 1e-9 and 0 < found.high < 0.2
    assert found.enough
    few = remaining(learn(vectors, placed, decisions[:10]).head, vectors, placed, decisions[:10])
    assert not few.enough


def test_what_the_decisions_taught_is_no_longer_wrong() -> None:
    vectors, placed, groups = survey()
    decisions = [Decision(row, frozenset([int(groups[row])])) for row in range(0, 90, 2)]
    found = remaining(learn(vectors, placed, decisions).head, vectors, placed, decisions)
    assert found.corrected == 15
    assert found.wrong_at_first == pytest.approx(1 / 3, abs=0.1)
    assert found.wrong_now < 0.05
    assert found.low <= found.wrong_now <= found.high


def test_decisions_at_odds_with_one_another_leave_much_wrong() -> None:
    vectors, placed, _ = survey()
    themes = np.random.default_rng(0).integers(0, 3, 90).tolist()
    decisions = [Decision(row, frozenset([themes[row]])) for row in range(FEWEST_READ + 5)]
    found = remaining(learn(vectors, placed, decisions).head, vectors, placed, decisions)
    assert found.wrong_now > 0.4
    assert not found.enough


def test_when_all_is_read_it_is_enough() -> None:
    vectors, placed, _ = survey()
    decisions = corrected(*range(90))
    assert remaining(learn(vectors, placed, decisions).head, vectors, placed, decisions).enough


def test_what_was_picked_because_it_was_wrong_does_not_speak_for_the_rest() -> None:
    vectors, placed, groups = survey()
    placed = np.eye(3, dtype=np.float32)[groups]
    wrong = [Decision(row, frozenset([(int(groups[row]) + 1) % 3])) for row in range(1, 16, 2)]
    right = [Decision(row, frozenset([int(groups[row])])) for row in range(0, 90, 2)]
    decisions = [*wrong, *right]
    head = learn(vectors, placed, decisions).head
    found = remaining(head, vectors, placed, decisions, asked=range(len(wrong), len(decisions)))
    assert (found.read, found.corrected, found.unread) == (45, 0, 37)
    assert found.wrong_at_first == 0
    assert remaining(head, vectors, placed, decisions).corrected == 8
    assert remaining(head, vectors, placed, decisions, asked=()).read == 0
