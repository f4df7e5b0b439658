"""Fine-tuning: an encoder learns what a point is, nothing but the changes is learnt, and precision is what it says."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.arrays import FloatArray
from analysis.encoder_graphs.sizes import DIMENSIONS
from analysis.encoders.int8_model import Bert
from analysis.fit_encoders import fine_tune
from analysis.fit_encoders.same_matter import Text, is_left_out, precision, same_matter

pytestmark = pytest.mark.slow

WORDS = 40


def made_up() -> Bert:
    """Return an encoder of one layer with weights by chance, whose words are numbers."""
    chance = np.random.default_rng(0)

    def some(*shape: int) -> FloatArray:
        return chance.normal(scale=0.05, size=shape).astype(np.float32)

    weights = {
        "embeddings.position_embeddings.weight": some(fine_tune.MAX_TOKENS, DIMENSIONS),
        "embeddings.token_type_embeddings.weight": some(1, DIMENSIONS),
        "embeddings.word_embeddings.weight": some(WORDS, DIMENSIONS),
    }
    for name in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        weights[f"{name}.LayerNorm.weight"] = np.ones(DIMENSIONS, dtype=np.float32)
        weights[f"{name}.LayerNorm.bias"] = np.zeros(DIMENSIONS, dtype=np.float32)
    for matrix in fine_tune.MATRICES:
        rows, columns = DIMENSIONS, DIMENSIONS
        if matrix == "intermediate.dense":
            rows = 4 * DIMENSIONS
        if matrix == "output.dense":
            columns = 4 * DIMENSIONS
        weights[f"encoder.layer.0.{matrix}.weight"] = some(rows, columns)
        weights[f"encoder.layer.0.{matrix}.bias"] = np.zeros(rows, dtype=np.float32)

    def numbers(texts: Sequence[str]) -> list[list[int]]:
        return [[int(word) for word in text.split()] for text in texts]

    return Bert("made up", "", 1, Path(), Path(), numbers, lambda: weights)


def texts_of(fields: Sequence[int]) -> list[Text]:
    """Return texts of four points a field: a word of the point among words of manner, which count for nothing."""
    chance = np.random.default_rng(1)

    def said(word: int) -> str:
        return " ".join(map(str, [*chance.integers(20, WORDS, 4), word]))

    return [
        Text(str(field), str(point), str(manner), said(4 * field + point))
        for field in fields
        for point in range(4)
        for manner in range(6)
    ]


def test_what_is_learnt_of_some_fields_serves_others_and_changes_no_weight() -> None:
    made_of = made_up()
    before = {name: weight.copy() for name, weight in made_of.weights().items()}
    learner = fine_tune.student(made_of, str)

    def encode(texts: Sequence[str]) -> FloatArray:
        with torch.no_grad():
            return np.asarray(learner.vectors(texts).numpy(), dtype=np.float32)

    unseen = texts_of([4])
    untaught = precision(encode, unseen)
    fine_tune.teach(learner, texts_of([0, 1, 2, 3]), rate=3e-4, passes=30)
    assert precision(encode, unseen) > untaught + 0.1
    assert all(np.array_equal(before[name], weight) for name, weight in made_of.weights().items())
    assert all(bool(up.detach().abs().max() > 0) for up, _ in learner.changes.values())


def test_a_text_has_the_same_vector_in_longer_company() -> None:
    learner = fine_tune.student(made_up(), str)
    with torch.no_grad():
        alone, beside = learner.vectors(["1 2"])[0], learner.vectors(["3 4 5 6 7 8", "1 2"])[1]
    assert torch.allclose(alone, beside, atol=1e-6)


def test_each_text_has_its_own_vector_where_they_are_read_in_several_parts() -> None:
    learner = fine_tune.student(made_up(), str)
    texts = [
        " ".join(map(str, range(20, 20 + 1 + (7 * at) % 9))) + f" {at + 1}" for at in range(2 * fine_tune.TOGETHER + 3)
    ]
    with torch.no_grad():
        together = learner.vectors(texts)
        alone = torch.cat([learner.vectors([text]) for text in texts])
    assert torch.allclose(together, alone, atol=1e-6)


def test_precision_is_one_where_points_are_apart_and_less_where_they_are_mixed() -> None:
    texts = [Text("field", point, str(manner), f"{point}{manner}") for point in "ab" for manner in range(3)]
    places = {"a": [1.0, 0.0], "b": [0.0, 1.0]}

    def apart(folded: Sequence[str]) -> FloatArray:
        return np.array([places[text[0]] for text in folded], dtype=np.float32)

    def mixed(folded: Sequence[str]) -> FloatArray:
        return np.array([[np.cos(at), np.sin(at)] for at in (0, 2, 4, 1, 3, 5)][: len(folded)], dtype=np.float32)

    assert precision(apart, texts) == 1.0
    assert precision(mixed, texts) < 0.8


def test_no_topic_is_learnt_in_one_language_and_left_out_in_another() -> None:
    texts = same_matter()
    left_out = {text.topic for text in texts if is_left_out(text)}
    assert not left_out & {text.topic for text in texts if not is_left_out(text)}
    assert len(left_out) == 29
