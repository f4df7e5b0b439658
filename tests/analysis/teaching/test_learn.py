"""What an owner's corrections teach: nothing more than they say, and the same every time."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from analysis.arrays import FloatArray, IntArray, unit
from analysis.teaching.head import Move, read_head
from analysis.teaching.learn import Decision, Examples, learn
from analysis.teaching.lessons import Lessons
from tests.support.every_case import for_each

WIDTH = 48


def survey(seed: int = 0) -> tuple[FloatArray, FloatArray, IntArray]:
    """Three groups of 30 ideas, of which the machine put the second and third into one theme; and the groups."""
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(3), 30)
    centres = generator.normal(size=(3, WIDTH))
    vectors = unit((centres[groups] + 0.4 * generator.normal(size=(90, WIDTH))).astype(np.float32))
    placed = np.zeros((90, 3), dtype=np.float32)
    placed[np.arange(90), np.minimum(groups, 1)] = 0.5
    return vectors, placed, groups


def corrected(*rows: int, to: int = 2) -> list[Decision]:
    return [Decision(row, frozenset([to])) for row in rows]


def test_a_few_corrections_move_the_others_that_are_alike() -> None:
    vectors, placed, groups = survey()
    moves = learn(vectors, placed, corrected(60, 61, 62, 63)).moves
    assert {(move.source, move.target) for move in moves} == {(1, 2)}
    assert {move.row for move in moves} <= set(np.flatnonzero(groups == 2))
    assert len(moves) > 20
    assert all(0 < move.strength <= 1 and move.because in range(4) for move in moves)


def test_ideas_like_those_in_one_theme_more_stay_where_they_are_too() -> None:
    vectors, placed, groups = survey()
    both = [Decision(row, frozenset([1, 2])) for row in range(60, 68)]
    taught = learn(vectors, placed, both)
    assert taught.moves
    assert {(move.source, move.target, move.stays) for move in taught.moves} == {(1, 2, True)}
    assert {move.row for move in taught.moves} <= set(np.flatnonzero(groups == 2))
    late = np.array([move.row for move in taught.moves])
    assert [move.stays for move in read_head(taught.head.arrays()).moves(vectors[late], placed[late])] == [True] * len(
        late
    )
    older = {name: array for name, array in taught.head.arrays().items() if name != "wanted"}
    assert not any(move.stays for move in read_head(older).moves(vectors[late], placed[late]))
    assert not any(move.stays for move in learn(vectors, placed, corrected(60, 61, 62, 63)).moves)


def test_new_ideas_like_those_in_one_theme_more_are_in_both() -> None:
    vectors, placed, _ = survey()
    taught = learn(vectors, placed, [Decision(row, frozenset([1, 2])) for row in range(60, 68)])
    lessons = Lessons({}, taught.head, ("a", "b", "c"), tuple(range(8)))
    moves = lessons.moves([str(row) for row in range(70, 90)], vectors[70:], {"b": dict.fromkeys(range(20), 0.5)})
    assert moves
    assert {(move.source, move.target, move.before) for move in moves} == {(None, "c", None)}


def test_without_a_decision_nothing_moves() -> None:
    vectors, placed, _ = survey()
    taught = learn(vectors, placed, [])
    assert taught.moves == ()
    assert taught.head.moves(vectors, placed) == []


def test_right_as_it_is_moves_nothing_and_holds_its_neighbours() -> None:
    vectors, placed, _ = survey()
    confirmed = [Decision(row, frozenset([1])) for row in range(60, 70)]
    assert learn(vectors, placed, confirmed).moves == ()
    alone = learn(vectors, placed, corrected(70)).moves
    beside = learn(vectors, placed, [*corrected(70), *confirmed]).moves
    assert len(beside) < len(alone)


def test_what_was_decided_by_hand_never_moves() -> None:
    vectors, placed, _ = survey()
    stays = [Decision(row, frozenset([1])) for row in range(75, 80)]
    moves = learn(vectors, placed, [*corrected(*range(60, 75)), *stays]).moves
    assert moves
    assert not {move.row for move in moves} & set(range(60, 80))


def test_the_order_of_rows_and_decisions_changes_no_bit() -> None:
    vectors, placed, _ = survey()
    decisions = [*corrected(60, 65, 70), Decision(5, frozenset())]
    there = learn(vectors, placed, decisions)
    order = np.random.default_rng(3).permutation(90)
    place = np.argsort(order)
    shuffled = [Decision(int(place[one.row]), one.themes) for one in reversed(decisions)]
    again = learn(vectors[order], placed[order], shuffled)
    moved = [Move(int(order[one.row]), one.source, one.target, one.strength, 3 - one.because) for one in again.moves]
    assert sorted(moved, key=lambda move: move.row) == list(there.moves)
    for name, stored in there.head.arrays().items():
        if name != "numbers":
            assert stored.tobytes() == again.head.arrays()[name].tobytes(), name


def test_taking_the_decision_out_takes_out_what_it_taught() -> None:
    vectors, placed, _ = survey()
    other = Decision(5, frozenset())
    both = learn(vectors, placed, [*corrected(60, 61), other])
    taught = {move.row for move in both.moves if move.because in (0, 1)}
    assert taught
    assert not taught & {move.row for move in learn(vectors, placed, [other]).moves}


def test_no_theme_is_learned_as_well() -> None:
    vectors, placed, groups = survey()
    moves = learn(vectors, placed, [Decision(row, frozenset()) for row in range(60, 66)]).moves
    assert {(move.source, move.target) for move in moves} == {(1, None)}
    assert {move.row for move in moves} <= set(np.flatnonzero(groups == 2))


def test_unplaced_ideas_are_placed_when_one_of_them_is() -> None:
    vectors, placed, groups = survey()
    placed[groups == 2] = 0
    moves = learn(vectors, placed, corrected(60, 61, 62)).moves
    assert {(move.source, move.target) for move in moves} == {(None, 2)}
    assert len(moves) > 20


def test_a_barred_theme_is_never_a_target() -> None:
    vectors, placed, _ = survey()
    free = learn(vectors, placed, corrected(60, 61, 62)).moves
    barred = {(free[0].row, 2), (free[1].row, 2)}
    held = learn(vectors, placed, corrected(60, 61, 62), barred=barred).moves
    assert [move for move in held if (move.row, move.target) in barred] == []
    assert [move.row for move in held if move.target == 2] == [move.row for move in free[2:]]


def test_an_idea_in_two_themes_keeps_the_other() -> None:
    vectors, placed, groups = survey()
    placed = np.column_stack([placed, np.where(groups == 2, 0.6, 0.0)]).astype(np.float32)
    moves = learn(vectors, placed, [Decision(row, frozenset([2, 3])) for row in (60, 61, 62)]).moves
    assert {(move.source, move.target) for move in moves} == {(1, 2)}


def test_an_idea_taken_out_of_one_of_two_themes_goes_nowhere_else() -> None:
    vectors, placed, groups = survey()
    placed = np.column_stack([placed, np.where(groups == 2, 0.6, 0.0)]).astype(np.float32)
    moves = learn(vectors, placed, [Decision(row, frozenset([3])) for row in (60, 61, 62, 63)]).moves
    assert {(move.source, move.target) for move in moves} == {(1, None)}


def test_examples_teach_like_decisions() -> None:
    vectors, placed, _ = survey()
    phrases = Examples(vectors[60:63], (2, 2, 2))
    moves = learn(np.delete(vectors, [60, 61, 62], 0), np.delete(placed, [60, 61, 62], 0), [], examples=phrases).moves
    assert {(move.source, move.target) for move in moves} == {(1, 2)}
    assert len(moves) > 15


def test_decisions_that_stand_for_their_theme_tell_of_ideas_in_it_that_are_unlike() -> None:
    generator = np.random.default_rng(0)
    vectors = unit(generator.normal(size=(40, WIDTH)).astype(np.float32))  # no two are alike
    placed = np.zeros((40, 3), dtype=np.float32)
    placed[np.arange(40), np.repeat([0, 1], 20)] = 0.5
    coded = corrected(*range(20, 32))
    moves = learn(vectors, placed, coded, stand_for_theme=range(12)).moves
    assert {(move.source, move.target) for move in moves} == {(1, 2)}
    assert [move.row for move in moves] == [*range(32, 40)]
    assert all(0.3 < move.strength <= 1 for move in moves)
    assert [move.row for move in learn(vectors, placed, coded).moves] != [*range(32, 40)]
    right = [Decision(row, frozenset([1])) for row in range(20, 32)]
    assert learn(vectors, placed, right, stand_for_theme=range(12)).moves == ()


def test_a_head_stored_before_decisions_stood_for_themes_is_read() -> None:
    vectors, placed, _ = survey()
    head = learn(vectors, placed, corrected(60, 61, 62)).head
    stored = head.arrays()
    del stored["beside"]
    assert read_head(stored).moves(vectors, placed) == head.moves(vectors, placed)


def test_new_answers_are_placed_by_the_stored_head() -> None:
    vectors, placed, groups = survey()
    late = np.flatnonzero(groups == 2)[10:]
    rest = np.setdiff1d(np.arange(90), late)
    head = learn(vectors[rest], placed[rest], corrected(60, 61, 62)).head
    stored = read_head(head.arrays())
    moves = stored.moves(vectors[late], placed[late])
    assert moves == head.moves(vectors[late], placed[late])
    assert len(moves) > 15
    assert {(move.source, move.target) for move in moves} == {(1, 2)}


@for_each(
    "decisions",
    [
        [*corrected(3), *corrected(3, to=1)],
        corrected(90),
        corrected(-1),
        corrected(3, to=3),
    ],
)
def test_a_decision_that_cannot_be_is_refused(decisions: list[Decision]) -> None:
    vectors, placed, _ = survey()
    with pytest.raises(ValueError, match=r"decided twice|not there"):
        learn(vectors, placed, decisions)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_surveys_of_next_to_nothing(rows: int) -> None:
    vectors, placed, _ = survey()
    decisions = [Decision(row, frozenset([2])) for row in range(rows)]
    assert learn(vectors[:rows], placed[:rows], decisions).moves == ()
    assert learn(vectors[:rows], placed[:rows, :0], []).moves == ()


def test_the_order_changes_no_bit_of_many_blocks_in_two_threads() -> None:
    generator = np.random.default_rng(1)
    groups = generator.integers(0, 8, 2500)
    vectors = unit(
        (generator.normal(size=(8, WIDTH))[groups] + generator.normal(size=(2500, WIDTH))).astype(np.float32)
    )
    placed = np.zeros((2500, 8), dtype=np.float32)
    placed[np.arange(2500), generator.integers(0, 2, 2500) * 4 + groups % 4] = 0.5
    decisions = [Decision(row, frozenset([int(groups[row])])) for row in range(0, 2500, 50)]
    there = learn(vectors, placed, decisions).moves
    order = generator.permutation(2500)
    place = np.argsort(order)
    again = learn(vectors[order], placed[order], [Decision(int(place[one.row]), one.themes) for one in decisions]).moves
    assert len(there) > 100
    assert sorted((int(order[one.row]), one.target, one.strength, one.because) for one in again) == [
        (one.row, one.target, one.strength, one.because) for one in there
    ]


def test_learning_takes_little_memory_beside_its_input() -> None:
    generator = np.random.default_rng(2)
    vectors = unit(generator.normal(size=(20_000, WIDTH)).astype(np.float32))
    placed = np.zeros((20_000, 4), dtype=np.float32)
    placed[np.arange(20_000), generator.integers(0, 4, 20_000)] = 0.5
    decisions = [Decision(row, frozenset([row % 4])) for row in range(500)]
    tracemalloc.start()
    try:
        learn(vectors, placed, decisions)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000 * 500 * 4  # what all ideas beside all decisions would take


def test_what_was_left_where_it_is_holds_its_neighbours() -> None:
    vectors, placed, _ = survey()
    alone = learn(vectors, placed, corrected(70, 71)).moves
    beside = learn(vectors, placed, corrected(70, 71), stays=[72, 73, 74, 75])
    assert len(beside.moves) < len(alone)
    assert {move.because for move in beside.moves} <= {0, 1}
    assert sorted(beside.head.numbers.tolist()) == [0, 1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="twice"):
        learn(vectors, placed, corrected(70), stays=[70])
