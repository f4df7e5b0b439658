"""Each encoder with 8-bit products: near the exact one, the same in any company, and converted once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.embedding.models import SentenceModel
from analysis.encoders import e5, int8_model, minilm
from analysis.encoders.encoder import MAX_TEXT_CHARACTERS, Encoder
from analysis.encoders.int8_model import Bert, BertModel
from analysis.encoders.low_rank import write_changes
from analysis.encoders.use import Use
from tests.support.sentences import SENTENCES

pytestmark = pytest.mark.slow
NAMES = ("minilm", "use", *(["e5"] if e5.is_installed() else []))


def opened(name: str, keep: Path | None, *, int8: bool) -> Encoder:
    kinds: dict[str, type[Use | e5.E5 | minilm.MiniLM]] = {"use": Use, "e5": e5.E5, "minilm": minilm.MiniLM}
    return kinds[name](keep, int8=int8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module", params=NAMES)
def quick(request: pytest.FixtureRequest, folder: Path) -> tuple[str, Encoder, FloatArray]:
    encoder = opened(request.param, folder, int8=True)
    return request.param, encoder, encoder.encode(SENTENCES)


def test_vectors_are_near_the_exact_ones(quick: tuple[str, Encoder, FloatArray]) -> None:
    name, _, together = quick
    cosines = np.einsum("nd,nd->n", together, opened(name, None, int8=False).encode(SENTENCES))
    assert len(SENTENCES) >= 60
    assert cosines.mean() >= 0.99
    assert cosines[:-1].min() >= 0.95  # the last one, one word 400 times, is no answer
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


def test_a_text_has_the_same_bits_in_any_company(quick: tuple[str, Encoder, FloatArray]) -> None:
    _, encoder, together = quick
    some = SENTENCES[:-3]  # the last ones are as long as all others together
    assert np.array_equal(np.concatenate([encoder.encode([text]) for text in SENTENCES[::2]]), together[::2])
    order = np.random.default_rng(0).permutation(len(some))
    crowd = [f"{text} {number}" for number in range(3) for text in SENTENCES[:20]]
    assert np.array_equal(encoder.encode(crowd + [some[at] for at in order])[len(crowd) :], together[order])


def test_no_texts_have_no_vectors(quick: tuple[str, Encoder, FloatArray]) -> None:
    _, encoder, together = quick
    assert encoder.encode([]).shape == (0, together.shape[1])


def test_the_exact_model_without_our_changes_is_the_original(tmp_path: Path) -> None:
    """The graph of all-MiniLM-L6-v2 with float32 products is what sentence-transformers makes of the same files."""
    texts = SENTENCES[::-4]  # from the longest on
    exact = SentenceModel(str(minilm.folder())).encode(texts)
    write_changes(tmp_path / "none.npz", {})
    original = replace(minilm.made_of(), changes=tmp_path / "none.npz")
    made = BertModel(original, None, int8=False).encode([text[:MAX_TEXT_CHARACTERS] for text in texts])
    assert np.einsum("nd,nd->n", made, exact).min() > 0.9999


@pytest.fixture(scope="module")
def kept() -> Bert:
    return minilm.made_of()


@pytest.fixture(scope="module")
def converted(kept: Bert) -> bytes:
    return int8_model.convert(kept, int8=True)


@pytest.fixture
def asked(converted: bytes, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the models that were to be converted, which takes a second: each time they get what it gave once."""
    names: list[str] = []

    def convert(made_of: Bert, *, int8: bool) -> bytes:
        assert int8
        names.append(made_of.name)
        return converted

    monkeypatch.setattr(int8_model, "convert", convert)
    return names


@pytest.fixture
def patience(kept: Bert, folder: Path) -> FloatArray:
    return BertModel(kept, folder, int8=True).encode(["Patience", "Respect"])


def test_cores_do_not_change_a_bit(kept: Bert, folder: Path, patience: FloatArray) -> None:
    for threads in (1, 3):
        model = BertModel(kept, folder, int8=True, threads=threads)
        assert np.array_equal(model.encode(["Patience", "Respect"]), patience)


def test_the_same_text_is_read_once(
    kept: Bert, folder: Path, patience: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    batches = int8_model.batches

    def watched(lengths: list[int]) -> list[list[int]]:
        read.append(len(lengths))
        return batches(lengths)

    model = BertModel(kept, folder, int8=True)
    monkeypatch.setattr(int8_model, "batches", watched)
    assert np.array_equal(model.encode(["Respect", "Patience", "Respect", "Respect"])[2], patience[1])
    assert read == [2]


def test_the_model_is_converted_once_and_again_where_its_file_is_damaged(
    tmp_path: Path, kept: Bert, folder: Path, patience: FloatArray, asked: list[str]
) -> None:
    for _ in range(2):
        assert np.array_equal(BertModel(kept, tmp_path / "new", int8=True).encode(["Patience"]), patience[:1])
    (path,) = (tmp_path / "new").glob("*.model")
    assert asked == [kept.name]
    whole = path.read_bytes()
    assert whole == (folder / path.name).read_bytes()
    for broken in (whole[:-1], whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], b""):
        asked.clear()
        path.write_bytes(broken)
        assert np.array_equal(BertModel(kept, tmp_path / "new", int8=True).encode(["Patience"]), patience[:1])
        assert asked == [kept.name]
        assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_done_without(
    tmp_path: Path, kept: Bert, patience: FloatArray, asked: list[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert np.array_equal(BertModel(kept, tmp_path / "file", int8=True).encode(["Patience"]), patience[:1])
    assert asked == [kept.name]


def test_the_words_of_use_are_read_from_the_kept_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = SENTENCES[:20]
    expected = Use(None, int8=True).encode(some)
    (tmp_path / "universal-sentence-encoder-words-of-before.model").write_text("of another version")
    assert np.array_equal(Use(tmp_path, int8=True).encode(some), expected)
    (path,) = tmp_path.glob("*-words-*.model")
    monkeypatch.setattr(np, "stack", lambda *_, **__: pytest.fail("made again"))
    assert np.array_equal(Use(tmp_path, int8=True).encode(some), expected)
    monkeypatch.undo()
    path.write_bytes(path.read_bytes()[:-1])
    assert np.array_equal(Use(tmp_path, int8=True).encode(some), expected)


def test_batches_are_of_one_length_and_hold_every_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8_model, "MAX_BATCH_TOKENS", 10)
    lengths = [4, 3, 4, 30, 3, 4, 4, 3, 3]
    found = int8_model.batches(lengths)
    assert sorted(at for batch in found for at in batch) == list(range(len(lengths)))
    assert all(len({lengths[at] for at in batch}) == 1 for batch in found)
    assert [(lengths[batch[0]], len(batch)) for batch in found] == [(30, 1), (4, 2), (4, 2), (3, 3), (3, 1)]
