"""Read these next: what teaches most, no two alike, nothing decided."""

from __future__ import annotations

import numpy as np

from analysis.teaching.learn import Decision, learn
from analysis.teaching.read_next import read_next
from tests.analysis.teaching.test_learn import survey


def test_the_list_goes_through_the_groups_and_never_asks_twice() -> None:
    vectors, placed, groups = survey()
    head = learn(vectors, placed, []).head
    first = read_next(head, vectors, placed, [], most=6)
    assert set(groups[first[:3]]) == {0, 1, 2}
    rest = read_next(head, vectors, placed, first.tolist(), most=90)
    assert sorted([*first, *rest]) == list(range(90))


def test_of_two_that_say_the_same_one_is_asked_about() -> None:
    vectors, placed, _ = survey()
    vectors[1::2] = vectors[::2]
    placed[1::2] = placed[::2]
    listed = read_next(learn(vectors, placed, []).head, vectors, placed, [], most=20)
    assert len(set((listed // 2).tolist())) == 20


def test_what_decided_ones_already_say_comes_later() -> None:
    vectors, placed, groups = survey()
    decided = np.flatnonzero(groups == 0)[:10].tolist()
    decisions = [Decision(row, frozenset([0])) for row in decided]
    listed = read_next(learn(vectors, placed, decisions).head, vectors, placed, decided, most=10)
    assert (groups[listed[:2]] != 0).all()


def test_the_order_of_rows_changes_nothing() -> None:
    vectors, placed, _ = survey()
    order = np.random.default_rng(5).permutation(90)
    there = read_next(learn(vectors, placed, []).head, vectors, placed, [7], most=12)
    head = learn(vectors[order], placed[order], []).head
    again = read_next(head, vectors[order], placed[order], [int(np.argsort(order)[7])], most=12)
    assert order[again].tolist() == there.tolist()


def test_nothing_to_read() -> None:
    vectors, placed, _ = survey()
    head = learn(vectors, placed, []).head
    assert read_next(head, vectors, placed, range(90), most=5).tolist() == []
    assert read_next(head, vectors[:0], placed[:0], [], most=5).tolist() == []
