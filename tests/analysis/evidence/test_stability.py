"""Which themes come back when part of the answers, or of the examples, is left out."""

import numpy as np
import pytest

from analysis.arrays import FloatArray, IntArray
from analysis.certainty import Stability
from analysis.discovery.discover import discover
from analysis.evidence.stability import (
    discovered_stability,
    jaccard,
    known_stability,
    leaving_out_examples,
)
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.known_themes.place import example_texts, place_ideas
from analysis.pipeline import analyse
from analysis.results import Theme
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel


def found(vectors: FloatArray, weights: IntArray, seed: int) -> IntArray:
    return discover(vectors, weights, seed=seed).labels


def groups(sizes: list[int], spread: float) -> FloatArray:
    generator = np.random.default_rng(0)
    centres = np.linalg.qr(generator.normal(size=(32, 32)))[0][[n for n, size in enumerate(sizes) for _ in range(size)]]
    points = centres + spread / np.sqrt(32) * generator.normal(size=centres.shape)
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True), dtype=np.float32)


def test_clear_themes_come_back_and_chance_does_not() -> None:
    points = groups([12, 10, 8], 0.3)
    own, labels = np.arange(30), found(points, np.ones(30, dtype=np.intp), 0)
    assert discovered_stability(points, own, own, labels, found) == (Stability(10, 10),) * 3
    chance = np.random.default_rng(1).integers(0, 3, size=30)
    assert all(theme.unsteady for theme in discovered_stability(points, own, own, chance, found))


def test_the_same_answers_in_any_order_give_the_same() -> None:
    points = groups([9, 7, 5], 1.0)
    own, labels = np.arange(21), found(points, np.ones(21, dtype=np.intp), 0)
    first = discovered_stability(points, own, own // 2, labels, found, seed=3)
    assert first == discovered_stability(points, own, own // 2, labels, found, seed=3)
    order = np.random.default_rng(0).permutation(21)
    renamed = np.random.default_rng(1).permutation(11) + 100
    assert first == discovered_stability(points, own[order], renamed[own // 2][order], labels, found, seed=3)
    assert all(0 <= theme.came_back <= theme.of == 10 for theme in first)


def test_whole_answers_are_drawn_and_weights_are_the_ideas_drawn() -> None:
    seen: list[tuple[int, int]] = []

    def watch(vectors: FloatArray, weights: IntArray, seed: int) -> IntArray:
        seen.append((len(vectors), int(weights.sum())))
        return np.zeros(len(vectors), dtype=np.intp)

    # Ten answers of two ideas each, the second of which is the same for all.
    points, answers = np.array([n for at in range(10) for n in (at, 10)]), np.repeat(np.arange(10), 2)
    labels = np.zeros(11, dtype=np.intp)
    discovered_stability(np.eye(11, dtype=np.float32), points, answers, labels, watch)
    assert seen == [(9, 16)] * 10
    seen.clear()
    discovered_stability(np.eye(11, dtype=np.float32), points, answers, labels, watch, max_ideas=6)
    assert seen == [(4, 6)] * 10


def test_a_theme_whose_people_were_never_drawn_was_not_tried() -> None:
    labels = np.array([0] * 60 + [1], dtype=np.intp)
    own = np.arange(61)
    result = discovered_stability(
        np.eye(61, dtype=np.float32), own, own, labels, lambda v, w, s: labels[: len(v)], max_ideas=6
    )
    assert result[0].of == 10
    assert result[1].of < 10
    assert Stability(0, 0).unsteady


@for_each(
    ("came_back", "of", "tentative"),
    [(12, 19, True), (20, 20, False), (18, 20, False), (17, 20, True), (1, 1, True), (4, 4, True), (5, 5, False)],
)
def test_firm_takes_nine_in_ten_of_enough_re_runs(came_back: int, of: int, tentative: bool) -> None:
    assert Stability(came_back, of).unsteady is tentative


@for_each(("strength", "came_back", "tentative"), [(0.7, 10, False), (0.69, 10, True), (0.9, 8, True)])
def test_a_theme_is_tentative_where_its_placements_are_unsure(strength: float, came_back: int, tentative: bool) -> None:
    theme = Theme("d1", "Bikes", "", "discovered", ("Bikes",), 3, 3, 3, (), Stability(came_back, 10), strength)
    assert theme.tentative is tentative


def test_the_strength_of_a_theme_is_that_of_its_placements() -> None:
    result = analyse(
        [f"{what} {n}" for what in ("bikes", "trains") for n in range(8)],
        codebook=Codebook.load("none"),
        embedder=ToyModel(),
        re_runs=0,
    )
    for theme in result.themes:
        own = [placement.strength for placement in result.placements if placement.theme == theme.key]
        assert theme.strength == pytest.approx(np.mean(own))
    assert result.themes


@pytest.mark.parametrize("count", [0, 1, 5])
def test_nothing_found_is_nothing_to_try(count: int) -> None:
    own = np.arange(count)
    none = np.full(count, -1, dtype=np.intp)
    assert discovered_stability(np.eye(5, dtype=np.float32)[:count], own, own, none, found) == ()


def test_all_answers_the_same() -> None:
    point = np.eye(4, dtype=np.float32)[[0]]
    zeros = np.zeros(20, dtype=np.intp)
    result = discovered_stability(point, zeros, np.arange(20), np.zeros(1, dtype=np.intp), found)
    assert result == (Stability(10, 10),)


def test_similarity_of_groups_counts_ideas() -> None:
    labels, again = np.array([0, 0, 1, -1]), np.array([0, -1, 1, 1])
    assert jaccard(labels, again, np.array([3, 1, 1, 1]), 2).tolist() == [0.75, 0.5]
    assert jaccard(labels, np.full(4, -1), np.ones(4, dtype=np.intp), 2).tolist() == [0, 0]
    assert jaccard(labels[:0], again[:0], labels[:0], 1).tolist() == [0]


PETS = Codebook(
    "pets",
    (
        KnownTheme("dogs", "Dogs", "", ("dog", "dog walking", "dog barking", "dog playing", "dog running", "dog food")),
        KnownTheme("odd", "Odd", "", ("purple umbrella", "wooden spoon", "paper moon", "silver trombone", "grey tax")),
        KnownTheme("one", "One", "", ("cat",)),
    ),
)


def test_a_theme_that_hangs_on_one_example_does_not_come_back() -> None:
    texts = ["dog", "dog sleeping", "purple umbrella", "cat"]
    model = ToyModel()
    vectors, examples = model.encode(texts), model.encode(example_texts(PETS))
    placed = place_ideas(texts, vectors, PETS, examples).placed
    assert placed.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    again = leaving_out_examples(texts, vectors, PETS, examples)
    dogs, odd, one = known_stability(placed, np.ones(4, dtype=np.intp), [6, 5, 1], again)
    assert dogs == Stability(10, 10)
    assert odd.came_back < 10
    assert one == Stability(10, 10)


def test_known_themes_nobody_is_in_were_not_tried() -> None:
    placed = np.zeros((3, 2), dtype=np.bool_)
    weights = np.ones(3, dtype=np.intp)
    assert known_stability(placed, weights, [4, 4], lambda kept: placed) == (Stability(0, 0),) * 2
    assert known_stability(placed[:0], weights[:0], [4, 4], lambda kept: placed[:0]) == (Stability(0, 0),) * 2
    assert known_stability(placed[:, :0], weights, [], lambda kept: placed) == ()
