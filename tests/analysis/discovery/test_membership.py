"""How surely a point belongs to its theme, and weak members."""

import numpy as np
import pytest

from analysis.arrays import unit
from analysis.discovery.grab_bags import without_grab_bags, without_strangers
from analysis.discovery.membership import (
    LIKELIHOOD_CURVE,
    MIN_COSINE,
    cosines_to_other_people,
    cosines_to_others,
    likelihood,
    said_alone,
    without_weak,
)


@pytest.mark.parametrize("rows", [7, 1500])
def test_the_cosine_is_to_the_middle_of_the_others(rows: int) -> None:
    random = np.random.default_rng(3)
    vectors, common = unit(random.normal(size=(rows, 6))), random.normal(size=6) / 9
    weights, labels = random.integers(1, 4, rows), random.integers(-1, 3, rows)
    found = cosines_to_others(vectors, common, weights, labels)
    points = unit(vectors - common)
    for row in range(0, rows, 97 if rows > 100 else 1):
        others = weights * (labels == labels[row])
        others[row] -= 1  # one idea of the point itself; more ideas of the same words support each other
        expected = unit((others @ points)[None])[0] @ points[row] if labels[row] >= 0 and others.any() else None
        if labels[row] < 0:
            assert found[row] == 0
        elif expected is not None:
            assert found[row] == pytest.approx(expected, abs=1e-6)


def test_one_idea_alone_is_all_of_its_theme() -> None:
    assert cosines_to_others(np.eye(3), np.zeros(1), np.ones(3, dtype=np.intp), np.array([0, 1, -1])).tolist() == [
        1,
        1,
        0,
    ]


def test_nearer_points_are_likelier_right() -> None:
    likely = likelihood(np.array([-1.0, 0.0, MIN_COSINE, LIKELIHOOD_CURVE[1], 0.5, 1.0]))
    assert (np.diff(likely) > 0).all()
    assert likely[3] == 0.5
    assert ((likely > 0) & (likely < 1)).all()


def test_weak_members_leave_and_a_theme_of_one_idea_goes_with_them() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2, -1])
    cosines = np.array([0.6, 0.6, 0.0, 0.6, 0.0, 0.6, 0.9])
    weights = np.array([1, 1, 5, 1, 1, 2, 3])
    assert without_weak(labels, cosines, weights).tolist() == [0, 0, -1, -1, -1, 2, -1]


def test_what_an_owner_holds_to_is_no_grab_bag() -> None:
    random = np.random.default_rng(5)
    sides = np.repeat(np.eye(2, 40) * 1.2, 8, axis=0)
    points = unit(np.concatenate([sides + random.normal(scale=0.26, size=(16, 40))]))
    labels, weights = np.zeros(16, dtype=np.intp), np.ones(16, dtype=np.intp)
    free, held = np.zeros(16, dtype=np.bool_), np.arange(16) == 3
    assert len(set(without_grab_bags(points, weights, labels, 30, free).tolist())) == 2
    assert without_grab_bags(points, weights, labels, 30, held).tolist() == labels.tolist()
    assert without_grab_bags(points, weights, labels, 1, free).max() == 0, "no more themes than people can read"


def test_what_one_person_says_besides_vouches_for_nobody() -> None:
    random = np.random.default_rng(8)
    points, weights = unit(random.normal(size=(9, 6))), random.integers(1, 3, 9)
    labels, persons = np.array([0, 0, 0, 0, 1, 1, -1, 1, 0]), np.array([4, 4, -1, 7, 4, 4, 4, 4, 7])
    found = cosines_to_other_people(points, weights, labels, persons)
    others = (weights[:, None] * points)[[2, 3, 8]].sum(axis=0)  # of the first theme, without person 4
    assert found[:2] == pytest.approx(points[:2] @ others / np.linalg.norm(others))
    assert found[2] == pytest.approx(cosines_to_others(points, np.zeros(1), weights, labels)[2])  # said by several
    assert found[[4, 5, 7]].tolist() == [1, 1, 1], "all of one person"
    assert found[6] == 0


def test_a_theme_of_one_person_and_a_stranger_is_dissolved_unless_it_is_held() -> None:
    twins = unit(np.array([[1, 0.1, 0], [1, 0, 0.1], [1, 0.1, 0.1], [-0.2, 1, 0], [0, 0, 1], [0.1, 0, 1]]))
    labels, weights = np.array([0, 0, 0, 0, 1, 1]), np.ones(6, dtype=np.intp)
    persons, free = np.array([1, 1, 1, 2, 3, 4]), np.zeros(6, dtype=np.bool_)
    assert without_strangers(twins, weights, labels, free, persons).tolist() == [-1, -1, -1, -1, 1, 1]
    assert without_strangers(twins, weights, labels, np.arange(6) == 2, persons).tolist() == labels.tolist()
    assert without_strangers(twins, weights, labels, free, np.arange(6)).tolist() == labels.tolist()


def test_who_alone_said_a_point_is_nobody_where_two_did() -> None:
    assert said_alone(np.array([5, 5, 6, 6, -1]), np.array([0, 0, 1, 2, 1])).tolist() == [5, -1, 6]
