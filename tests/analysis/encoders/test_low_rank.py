"""Changes of an encoder's weights: what is written is read, added, and there for each encoder."""

from pathlib import Path

import numpy as np
import pytest

from analysis.encoders import low_rank, minilm
from analysis.encoders.int8_model import convert


@pytest.fixture
def path(tmp_path: Path) -> Path:
    up, down = np.full((4, 2), 0.5, dtype=np.float32), np.arange(6, dtype=np.float32).reshape(2, 3)
    low_rank.write_changes(tmp_path / "some.npz", {"first.weight": (up, down)})
    return tmp_path / "some.npz"


def test_a_change_is_added_to_its_weight_and_to_no_other(path: Path) -> None:
    weights = {name: np.ones((4, 3), dtype=np.float32) for name in ("first.weight", "second.weight")}
    changed = low_rank.changed(weights, path)
    assert changed["first.weight"].tolist() == [[2.5, 3.5, 4.5]] * 4
    assert changed["second.weight"].tolist() == [[1.0] * 3] * 4
    assert weights["first.weight"].tolist() == [[1.0] * 3] * 4


def test_the_bits_are_those_of_sums_in_one_order(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    up, down, weight = (chance.normal(size=shape).astype(np.float16) for shape in ((64, 8), (8, 96), (64, 96)))
    low_rank.write_changes(tmp_path / "some.npz", {"weight": (up.astype(np.float32), down.astype(np.float32))})
    expected = weight.astype(np.float32)
    for at in range(8):
        expected += np.outer(up[:, at].astype(np.float32), down[at].astype(np.float32))
    found = low_rank.changed({"weight": weight.astype(np.float32)}, tmp_path / "some.npz")["weight"]
    assert found.tobytes() == expected.tobytes()


def test_a_change_of_a_weight_that_is_not_there_is_an_error(path: Path) -> None:
    with pytest.raises(KeyError, match=r"first\.weight"):
        low_rank.changed({}, path)


@pytest.mark.slow
def test_a_model_is_made_of_its_changed_weights() -> None:
    made_of = minilm.made_of()
    name = "encoder.layer.0.attention.output.dense.weight"
    up, down = low_rank.read_changes(made_of.changes)[name]
    change = made_of.changed_weights()[name] - made_of.weights()[name]
    assert np.allclose(change, up @ down, atol=1e-6)
    assert np.abs(change).max() > 0.001
    assert made_of.changed_weights()[name].T.tobytes() in convert(made_of, int8=False)
