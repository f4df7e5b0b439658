"""Calibrate the 8-bit models: ``python -m analysis.fit_encoders.calibrate_int8`` writes their quantisation ranges.

The float32 model encodes sentences in twelve languages and the packaged codebook's examples, alone and several in one
text, and the activations at each inlet are recorded. The range of an inlet is the candidate whose quantised product is
nearest the exact one. Run it only for a new model: stored vectors belong to the old ranges, so also rename the mixture
in ``analysis.encoders.mixture``, fit it and write the precomputed vectors again.
"""

import random
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray
from analysis.encoder_graphs.bert_graph import Exact, Range, bert, inlets, taken
from analysis.encoder_graphs.graph import Graph
from analysis.encoder_graphs.session import open_session
from analysis.encoders import e5, minilm
from analysis.encoders.int8_model import Bert, BertModel, inputs
from analysis.fit_encoders.fit_mixture import parallel_texts
from analysis.known_themes.codebook import DEFAULT, Codebook

ALPHAS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # how much of a channel's range is moved to the weights
APART = 16  # float32 channels of the widest input: a few words have outliers there, and rounding those costs the most
TEXTS, TOKENS, PROOFS = 150, 500, 16


class Watched(Exact):
    """Exact products that record the name of each one's input."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.inputs: dict[str, str] = {}
        self.weights: dict[str, FloatArray] = {}

    def heads(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """See Products.heads."""
        self.inputs[inlet], self.weights[inlet] = x, weight
        return super().heads(x, inlet, weight, bias)

    def linear(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """See Products.linear."""
        self.inputs[inlet], self.weights[inlet] = x, weight
        return super().linear(x, inlet, weight, bias)


def texts(languages: Sequence[str] | None = None) -> list[str]:
    """Return texts like answers: single examples, and up to ten joined in one text; half of them in ``languages``."""
    chance = random.Random(0)
    examples = sorted({example for theme in Codebook.load(DEFAULT).themes for example in theme.examples})
    english = [", ".join(chance.sample(examples, chance.choice((1, 1, 1, 2, 3, 5, 10)))) for _ in range(TEXTS)]
    if languages is None:
        return english
    others = [text for code, each in parallel_texts().items() if code in languages for text in each]
    joined = [" ".join(chance.sample(others, chance.choice((1, 1, 1, 2, 3)))) for _ in range(TEXTS)]
    return [text for pair in zip(english, joined, strict=True) for text in pair]


def record_activations(made_of: Bert, sample: Sequence[str]) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return for each inlet its activations (tokens, k) and the weights (k, n) they are multiplied by."""
    graph = Graph()
    watched = Watched(graph)
    bert(graph, made_of.changed_weights(), watched, made_of.layers)
    shapes = {name: ("texts", "tokens", watched.weights[inlet].shape[0]) for inlet, name in watched.inputs.items()}
    session = open_session(graph.model(taken(has_words=made_of.words is None), shapes))
    seen: dict[str, list[FloatArray]] = {name: [] for name in shapes}
    for numbers in made_of.numbers(sample):
        given = inputs(made_of, np.array([numbers], np.int32))
        for name, values in zip(shapes, session.run(given), strict=True):
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


def make(made_of: Bert, sample: Sequence[str]) -> None:
    """Write the ranges, and some texts with their exact vectors for the accuracy check at load."""
    flows, weights = record_activations(made_of, sample)
    names = inlets(made_of.layers)
    found = [best_range(flows[inlet], weights[inlet], APART * inlet.endswith("narrowed")) for inlet in names]
    proofs = list(sample[:PROOFS])
    np.savez_compressed(
        made_of.ranges,
        allow_pickle=False,
        scales=np.array([each.scale for each in found], dtype=np.float32),
        zeros=np.array([each.zero for each in found], dtype=np.uint8),
        texts=np.array(proofs, dtype=np.str_),
        vectors=BertModel(made_of, None, int8=False).encode(proofs).astype(np.float16),
        **{inlet: each.exponents for inlet, each in zip(names, found, strict=True)},
        **{f"{inlet}.apart": each.apart for inlet, each in zip(names, found, strict=True)},
    )


def main() -> None:
    """Calibrate both models."""
    path = e5.folder() / e5.FILE
    read = e5.read_tokenizer(path, None)
    every = [e5.prepared(text, read.characters) for text in texts(tuple(parallel_texts()))]
    for made_of, sample in ((minilm.made_of(), texts()), (e5.made_of(path, read), every)):
        make(made_of, sample)
        print(f"ranges in {made_of.ranges}")


if __name__ == "__main__":
    main()
