"""The graph of a BERT that makes vectors of tokens, written node by node for ONNX Runtime.

All texts of a batch have the same number of tokens, so nothing is padded or masked, and a text's vector cannot depend
on the rest of its batch. Matrix products are of 8-bit integers with scales fixed by ``calibrate_int8``: one
per output channel of the weights and one per product for the activations. Activation channels with a wide range are
first divided by a power of two, and their weights multiplied by it (Xiao et al. 2023, SmoothQuant, arXiv:2211.10438),
so that one scale fits them all; the few widest are multiplied in float32 (Dettmers et al. 2022, LLM.int8(),
arXiv:2208.07339).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from analysis.arrays import FloatArray
from analysis.encoder_graphs.graph import CONTRIB, Graph, Shape
from analysis.encoder_graphs.sizes import DIMENSIONS, HEADS, LONGEST

Weights = Mapping[str, FloatArray]

WORDS = "embeddings.word_embeddings.weight"
EPSILON = 1e-12


def inlets(layers: int) -> tuple[str, ...]:
    """Return the names of the matrix products and of their inputs, four in each layer."""
    return tuple(f"{layer}.{part}" for layer in range(layers) for part in ("heads", "joined", "widened", "narrowed"))


@dataclass(frozen=True, slots=True)
class Range:
    """Quantisation of activations (..., k) to 0-255: divided by 2 ** exponents (k,) and by scale, rounded, plus zero.

    The channels ``apart`` (indexes) are multiplied in float32 instead.
    """

    exponents: NDArray[np.int8]
    scale: np.float32
    zero: np.uint8
    apart: NDArray[np.int64]

    @property
    def powers(self) -> FloatArray:
        """2 ** exponents, (k,)."""
        return np.exp2(self.exponents.astype(np.float32))


def read_ranges(path: Path, layers: int) -> dict[str, Range]:
    """Return the range of each inlet from the file written by ``analysis.fit_encoders.calibrate_int8``."""
    with np.load(path, allow_pickle=False) as file:
        return {
            inlet: Range(file[inlet], file["scales"][at], file["zeros"][at], file[f"{inlet}.apart"])
            for at, inlet in enumerate(inlets(layers))
        }


class Products(Protocol):
    """Adds the two types of matrix products to a graph; ``weight`` is (k, n), ``bias`` (n,)."""

    def heads(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """Add the attention of all heads; the weight concatenates query, key and value."""
        ...

    def linear(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """Add x @ weight + bias."""
        ...


class Exact:
    """Products of float32 numbers."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def heads(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """See Products.heads."""
        constants = self._constants(inlet, weight, bias)
        return self._graph.node("Attention", [x, *constants], inlet, CONTRIB, num_heads=HEADS)

    def linear(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """See Products.linear."""
        whole, added = self._constants(inlet, weight, bias)
        return self._graph.node("Add", [self._graph.node("MatMul", [x, whole], f"{inlet}.product"), added], inlet)

    def _constants(self, inlet: str, weight: FloatArray, bias: FloatArray) -> tuple[str, str]:
        return self._graph.constant(f"{inlet}.weight", weight), self._graph.constant(f"{inlet}.bias", bias)


class Quantised:
    """Products of 8-bit integers."""

    def __init__(self, graph: Graph, ranges: Mapping[str, Range]) -> None:
        self._graph = graph
        self._ranges = ranges

    def heads(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """See Products.heads. The output is divided as the next inlet needs it."""
        joined = self._ranges[inlet.replace("heads", "joined")].powers
        ends = np.concatenate([np.ones(2 * len(joined), dtype=np.float32), joined])
        number, scale, zero = self._rounded(self._divided(x, inlet), inlet)
        whole, scales, whole_zero = self._weight(inlet, weight / ends)
        biases = self._graph.constant(f"{inlet}.bias", bias / ends)
        inputs = [number, whole, biases, scale, scales, "", zero, whole_zero]
        return self._graph.node("QAttention", inputs, inlet, CONTRIB, num_heads=HEADS)

    def linear(self, x: str, inlet: str, weight: FloatArray, bias: FloatArray) -> str:
        """See Products.linear."""
        number, scale, zero = self._rounded(x if inlet.endswith("joined") else self._divided(x, inlet), inlet)
        apart = self._ranges[inlet].apart
        rest = weight.copy()
        rest[apart] = 0
        whole, scales, whole_zero = self._weight(inlet, rest)
        inputs = [number, whole, scale, scales, zero, whole_zero, self._graph.constant(f"{inlet}.bias", bias)]
        product = self._graph.node("MatMulIntegerToFloat", inputs, inlet, CONTRIB)
        if not len(apart):
            return product
        few = self._graph.node("Gather", [x, self._graph.constant(f"{inlet}.apart", apart)], f"{inlet}.few", axis=2)
        exact = self._graph.constant(f"{inlet}.exact", weight[apart])
        return self._graph.node(
            "Add", [product, self._graph.node("MatMul", [few, exact], f"{inlet}.far")], f"{inlet}.all"
        )

    def _divided(self, x: str, inlet: str) -> str:
        powers = self._ranges[inlet].powers
        if not self._ranges[inlet].exponents.any():
            return x
        return self._graph.node("Mul", [x, self._graph.constant(f"{inlet}.powers", 1 / powers)], f"{inlet}.divided")

    def _rounded(self, x: str, inlet: str) -> tuple[str, str, str]:
        scale = self._graph.constant(f"{inlet}.scale", self._ranges[inlet].scale)
        zero = self._graph.constant(f"{inlet}.zero", self._ranges[inlet].zero)
        return self._graph.node("QuantizeLinear", [x, scale, zero], f"{inlet}.rounded"), scale, zero

    def _weight(self, inlet: str, weight: FloatArray) -> tuple[str, str, str]:
        return self._graph.int8_weight(inlet, weight * self._ranges[inlet].powers[:, None])


def whole_model(weights: Weights, ranges: Path, layers: int, *, int8: bool, has_words: bool) -> bytes:
    """Return the model for ONNX Runtime; ``ranges`` is the file of ``read_ranges``, ``has_words``: with its table."""
    graph = Graph()
    products = Quantised(graph, read_ranges(ranges, layers)) if int8 else Exact(graph)
    vectors = bert(graph, weights, products, layers)
    return graph.model(taken(has_words=has_words), {vectors: ("texts", "tokens", DIMENSIONS)})


def taken(*, has_words: bool) -> dict[str, tuple[int, Shape]]:
    """Return the inputs of the model, their types and shapes."""
    if has_words:
        return {"ids": (TensorProto.INT32, ("texts", "tokens"))}
    return {"words": (TensorProto.FLOAT, ("texts", "tokens", DIMENSIONS))}


def bert(graph: Graph, weights: Weights, products: Products, layers: int) -> str:
    """Add the whole model; return the output with a vector for each token, (texts, tokens, d).

    Without a table of words in ``weights``, their vectors are the input "words" instead of "ids". Dropout and the
    pooler are left out: sentence vectors use neither.
    """
    x = _embedded(graph, weights)
    for layer in range(layers):
        x = _layer(graph, weights, products, layer, x)
    return x


def _embedded(graph: Graph, weights: Weights) -> str:
    """Add word and position embeddings; float16 words change a vector by less than 1e-6."""
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    words = "words"
    if WORDS in weights:
        table = graph.constant("table", weights[WORDS].astype(np.float16))
        half = graph.node("Gather", [table, "ids"], "half words")
        words = graph.node("Cast", [half], "words", to=TensorProto.FLOAT)
    length = graph.node("Shape", ["ids" if WORDS in weights else words], "length", start=1, end=2)
    ends = [graph.constant("first", np.array([0])), length, graph.constant("axis", np.array([1]))]
    here = graph.node("Slice", [graph.constant("places", places[None, :LONGEST]), *ends], "here")
    x = graph.node("Add", [words, here], "words and places")
    return _normed(graph, weights, "embeddings.LayerNorm", x)


def _layer(graph: Graph, weights: Weights, products: Products, layer: int, x: str) -> str:
    name = f"encoder.layer.{layer}"

    def linear(part: str, inlet: str, x: str) -> str:
        weight, bias = (weights[f"{name}.{part}.dense.{kind}"] for kind in ("weight", "bias"))
        return products.linear(x, f"{layer}.{inlet}", weight.T, bias)

    def added(part: str, x: str, more: str) -> str:
        return _normed(graph, weights, f"{name}.{part}", graph.node("Add", [x, more], f"{name}.{part}.sum"))

    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    weight = np.concatenate([weights[f"{part}.weight"] for part in parts]).T
    bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
    heads = products.heads(x, f"{layer}.heads", weight, bias)
    x = added("attention.output.LayerNorm", x, linear("attention.output", "joined", heads))
    wide = graph.node("Gelu", [linear("intermediate", "widened", x)], f"{name}.gelu", CONTRIB)
    return added("output.LayerNorm", x, linear("output", "narrowed", wide))


def _normed(graph: Graph, weights: Weights, part: str, x: str) -> str:
    inputs = [x, *(graph.constant(f"{part}.{kind}", weights[f"{part}.{kind}"]) for kind in ("weight", "bias"))]
    return graph.node("LayerNormalization", inputs, f"{part}.normed", epsilon=EPSILON)
