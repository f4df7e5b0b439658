"""Changes of an encoder's weights that ``analysis.fit_encoders.fine_tune`` has learnt from our own texts.

The change of a weight is the product of two thin matrices, which take a hundredth of its space (Hu et al. 2022, "LoRA",
arXiv:2106.09685). It is added before the model is converted, so an encoder with changes is as fast as one without.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray

DOWN, UP = ".down", ".up"


def read_changes(path: Path) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return for the names of weights (n, k) what their change is the product of, (n, r) and (r, k)."""
    with np.load(path, allow_pickle=False) as file:
        names = [key.removesuffix(UP) for key in file.files if key.endswith(UP)]
        return {name: (file[name + UP].astype(np.float32), file[name + DOWN].astype(np.float32)) for name in names}


def write_changes(path: Path, changes: Mapping[str, tuple[FloatArray, FloatArray]]) -> None:
    """Write what ``read_changes`` reads, in half precision."""
    halves = {
        name + end: matrix.astype(np.float16)
        for name, both in changes.items()
        for end, matrix in zip((UP, DOWN), both, strict=True)
    }
    np.savez_compressed(path, allow_pickle=False, **halves)


def changed(weights: Mapping[str, FloatArray], path: Path) -> dict[str, FloatArray]:
    """Return weights with the changes of a file. Raises KeyError where it changes a weight that there is not."""
    found = dict(weights)
    for name, (up, down) in read_changes(path).items():
        weight = found[name].astype(np.float32)
        for column, row in zip(up.T, down, strict=True):  # the bits of a matrix product depend on the number of threads
            weight += column[:, None] * row
        found[name] = weight
    return found
