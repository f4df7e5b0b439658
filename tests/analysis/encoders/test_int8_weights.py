"""Products of 8-bit numbers are exact whether their weights have a sign or, for older processors, none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.encoder_graphs import graph as graph_module
from analysis.encoder_graphs.graph import graph_of_product
from analysis.encoder_graphs.session import open_session
from analysis.encoders import kept_files, minilm
from analysis.encoders.int8_model import BertModel
from analysis.parallel.machine import has_int8_instructions
from tests.support.sentences import SENTENCES

SIGNED = [pytest.param(False, id="unsigned")]
if has_int8_instructions():  # elsewhere ONNX Runtime's signed product overflows
    SIGNED.append(pytest.param(True, id="signed"))


def as_if(monkeypatch: pytest.MonkeyPatch, *, signed: bool) -> None:
    for module in (graph_module, kept_files):
        monkeypatch.setattr(module, "has_int8_instructions", lambda: signed)


def by_hand(rows: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the product in whole numbers of 64 bits."""
    scales = np.maximum(np.abs(weight).max(axis=0) / np.float32(127), np.float32(1e-12)).astype(np.float32)
    steps = np.maximum(np.abs(rows).max(axis=1, keepdims=True), np.float32(1e-12)) * np.float32(1 / 127)
    sums = np.rint(rows / steps).astype(np.int64) @ np.rint(weight / scales).astype(np.int64)
    return np.asarray(sums.astype(np.float32) * steps * scales)


@pytest.mark.parametrize("signed", SIGNED)
@pytest.mark.parametrize("shape", [(1, 4, 3), (7, 64, 33), (40, 1536, 384)])
def test_a_product_is_exact(shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch, *, signed: bool) -> None:
    as_if(monkeypatch, signed=signed)
    n, k, m = shape
    random = np.random.default_rng(n)
    # Most numbers are at the ends of their range, where products of 16 bits overflow.
    rows = np.sign(random.normal(size=(n, k))).astype(np.float32) * random.choice([1, 0.99, 0.2], (n, k))
    weight = np.sign(random.normal(size=(k, m))) * random.choice([0.5, 0.49, 0.01], (k, m))
    rows, weight = rows.astype(np.float32), weight.astype(np.float32)
    rows[:, : k // 2], weight[: k // 2] = 1, 0.5
    made = open_session(graph_of_product(weight, "x", "made", int8=True)).run({"x": rows})[0]
    np.testing.assert_array_equal(made, by_hand(rows, weight))


@pytest.mark.slow
def test_a_model_with_unsigned_weights_has_its_own_file_and_vectors_as_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {}
    for param in SIGNED:
        (signed,) = param.values
        as_if(monkeypatch, signed=bool(signed))
        made[signed] = BertModel(minilm.made_of(), tmp_path, int8=True).encode(SENTENCES)
    exact = BertModel(minilm.made_of(), None, int8=False).encode(SENTENCES)
    assert np.einsum("nd,nd->n", made[False], exact).mean() >= 0.99
    assert all(np.array_equal(vectors, made[False]) for vectors in made.values())
    assert len([*tmp_path.glob("*.model")]) == len(SIGNED)
