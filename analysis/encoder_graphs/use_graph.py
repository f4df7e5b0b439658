"""The two graphs of the Universal Sentence Encoder, from its weights."""

from collections.abc import Mapping

import numpy as np
from onnx import TensorProto

from analysis.arrays import FloatArray
from analysis.encoder_graphs.graph import Graph, product
from analysis.encoder_graphs.sizes import FEATURES, USE_DIMENSIONS, WIDTH, WINDOWS

PROJECTIONS = ("proj", "proj_b", "ln_g", "ln_b")
LAST = np.iinfo(np.int64).max


def graph_of_windows(weights: Mapping[str, FloatArray], *, int8: bool) -> bytes:
    """Return the model that maps vectors of words (texts, tokens, d) to features of tokens (texts, tokens, f)."""
    graph = Graph()

    def normed(x: str, name: str, gamma: FloatArray, beta: FloatArray) -> str:
        more = [graph.constant(f"{name}.gamma", gamma), graph.constant(f"{name}.beta", beta)]
        return graph.node("LayerNormalization", [x, *more], name, epsilon=float(weights["eps"]))

    def convolved(x: str, n: int, before: int, name: str) -> str:
        ends = graph.constant(f"{name}.ends", np.array([0, before, 0, 0, n - 1 - before, 0]))
        padded = graph.node("Pad", [x, ends], f"{name}.padded")
        parts = [_slice(graph, padded, f"{name}.{at}", 1, at, at - n + 1 or LAST) for at in range(n)]
        window = graph.node("Concat", parts, f"{name}.window", axis=2)
        made = product(graph, window, f"{name}.product", weights[f"w{name}"], int8=int8)
        biased = graph.node("Add", [made, graph.constant(f"{name}.bias", weights[f"b{name}"])], f"{name}.biased")
        return graph.node("Add", [x, graph.node("Relu", [biased], f"{name}.relu")], f"{name}.sum")

    joined = {name: np.concatenate([weights[f"{name}{n}"] for n, _ in WINDOWS], axis=-1) for name in PROJECTIONS}
    projected = product(graph, "words", "projected", joined["proj"], int8=int8)
    biased = graph.node("Add", [projected, graph.constant("projection.bias", joined["proj_b"])], "projection")
    projected = normed(biased, "normed projection", joined["ln_g"], joined["ln_b"])
    features = ["words"]
    for at, (n, before) in enumerate(WINDOWS):
        x = _slice(graph, projected, f"own {n}", 2, at * WIDTH, (at + 1) * WIDTH)
        features.append(convolved(convolved(x, n, before, f"1_{n}"), n, before, f"2_{n}"))
    made = normed(graph.node("Concat", features, "all", axis=2), "features", weights["ln_g"], weights["ln_b"])
    texts = ("texts", "tokens")
    return graph.model({"words": (TensorProto.FLOAT, (*texts, USE_DIMENSIONS))}, {made: (*texts, FEATURES)})


def graph_of_dense_layers(weights: Mapping[str, FloatArray], *, int8: bool) -> bytes:
    """Return the model that maps the sums of features (texts, f) to vectors (texts, d); "more" (d,) is added first."""
    graph = Graph()

    def dense(x: str, name: str) -> str:
        return product(graph, x, f"{name}.product", weights[name], int8=int8)

    def sum_of(one: str, other: str, name: str) -> str:
        return graph.node("Add", [one, other], name)

    mean = sum_of(dense("sums", "cnn_W"), "more", "mean")
    first = graph.node("Relu", [dense(mean, "d0")], "first")
    second = graph.node("Relu", [sum_of(dense(mean, "p1"), dense(first, "d1"), "second sum")], "second")
    third = graph.node("Relu", [dense(second, "d2")], "third")
    made = graph.node("Tanh", [sum_of(dense(second, "p3"), dense(third, "d3"), "last sum")], "vectors")
    taken = {"sums": (TensorProto.FLOAT, ("texts", FEATURES)), "more": (TensorProto.FLOAT, (USE_DIMENSIONS,))}
    return graph.model(taken, {made: ("texts", USE_DIMENSIONS)})


def _slice(graph: Graph, x: str, name: str, axis: int, start: int, end: int) -> str:
    given = [graph.constant(f"{name}.{at}", np.array([value])) for at, value in enumerate((start, end, axis))]
    return graph.node("Slice", [x, *given], name)
