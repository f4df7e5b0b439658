"""The quick model: near the original, the same in any company, made once, and left alone where it cannot be had."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.embedding import int8_model, models
from analysis.embedding.models import INT8_NAME, PACKAGED_NAME, Int8MiniLM, MiniLM, ModelError, load
from analysis.embedding.precomputed import precomputed_vectors

pytestmark = pytest.mark.slow

needs_quick = pytest.mark.skipif(
    not int8_model.has_int8_instructions(), reason="this processor has no exact 8-bit products"
)
WEIGHTS_SHA256 = models.PACKAGED_SHA256["model.safetensors"]

SENTENCES = [
    "Patience", "yes", "Trust.", "🙂", "❤️❤️❤️ always", "多听少说", "我们每天一起吃晚饭，从不带着怒气睡觉。", "",
    "   ", "Ehrlichkeit und Geduld", "Écouter l'autre sans juger", "صبر و عشق", "Терпение и юмор",
    "We laugh at the same things.", "Never go to bed angry", "separate bathrooms!!!",
    "I say sorry first, even when I am right.", "He makes me coffee every single morning.",
    "Talk about money before you share a bank account", "Let the other one have a bad day.",
    "Time apart, time together", "My grandmother said: choose them again every morning.",
    "We walk the dog together after work and leave phones at home",
    "Being kind in small things, like warming up the car", "Holidays without the children once a year",
    "Ask how it was, and then wait for the answer.", "A shared calendar. Seriously.", "no secrets, few rules",
    "forgive & forget", "When she is quiet I do not fix it, I sit next to her.", "Respect",
    "Keep dating each other 🌹", "Humour, humour and humour",
    "With customers it is the same: call back when you said you would.", "Remember the names of their children",
    "Pay the invoice on time and they will love you.", "My business partner and I have breakfast every Monday.",
    "Old friends need no reason to call", "Write letters",
    "We moved three times and each time we painted the kitchen first.", "Do the dishes before being asked",
    "I gave up being right", "Curiosity about who they are becoming", "Loyalty, full stop",
    "Listen to the end of the sentence", "Faith and a good mattress", "Singing in the car",
    "Agree on how to raise the kids", "Give more than you take, but keep count of nothing",
    "Admit it when you broke the vase", "Therapy. Early, not late.", "A hug that lasts twenty seconds",
    "Different hobbies, same values", "Having enough sleep", "We do not keep score",
    "Saying thank you for ordinary things", "Space to fail", "Tell the truth kindly", "1234567890",
    "<b>bold</b> & \"quoted\"", "=SUM(A1:A9)",
    "Cook together on Sundays, then eat with everybody who happens to be around that day",
    "x" * 3000,
    " ".join(["Growing old together means changing your mind about each other, again and again."] * 31),
    " ".join(["patience"] * 400),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def quick(folder: Path) -> Int8MiniLM:
    return Int8MiniLM(folder)


@pytest.fixture(scope="module")
def together(quick: Int8MiniLM) -> FloatArray:
    return quick.encode(SENTENCES)


@needs_quick
def test_vectors_are_near_those_of_the_original(together: FloatArray) -> None:
    cosines = np.einsum("nd,nd->n", together, MiniLM().encode(SENTENCES))
    assert len(SENTENCES) >= 60
    assert cosines.mean() >= 0.99
    assert cosines[:-1].min() >= 0.95  # the last one, one word 400 times, is no answer
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


@needs_quick
def test_a_text_has_the_same_bits_in_any_company(quick: Int8MiniLM, together: FloatArray) -> None:
    alone = np.concatenate([quick.encode([text]) for text in SENTENCES])
    assert np.array_equal(alone, together)
    order = np.random.default_rng(0).permutation(len(SENTENCES))
    assert np.array_equal(quick.encode([SENTENCES[at] for at in order]), together[order])
    crowd = [f"{text} {number}" for number in range(40) for text in SENTENCES[:20]]
    assert np.array_equal(quick.encode(crowd + SENTENCES)[len(crowd) :], together)


@needs_quick
def test_cores_do_not_change_a_bit(folder: Path, together: FloatArray) -> None:
    for threads in (1, 3):
        model = int8_model.QuantisedModel(models._checked_folder(), WEIGHTS_SHA256, folder, threads)
        assert np.array_equal(model.encode([text[: models.MAX_TEXT_CHARACTERS] for text in SENTENCES]), together)


@needs_quick
def test_the_same_text_is_read_once(quick: Int8MiniLM, together: FloatArray, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    batches = int8_model.batches

    def watched(lengths: list[int]) -> list[list[int]]:
        asked.append(len(lengths))
        return batches(lengths)

    monkeypatch.setattr(int8_model, "batches", watched)
    assert np.array_equal(
        quick.encode(["Respect", "Patience", "Respect", "Respect"])[2], together[SENTENCES.index("Respect")]
    )
    assert asked == [2]


@needs_quick
def test_no_texts_have_no_vectors(quick: Int8MiniLM, together: FloatArray) -> None:
    assert quick.encode([]).shape == (0, together.shape[1])


@needs_quick
def test_the_model_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Int8MiniLM(tmp_path / "new").encode(["Patience"])
    monkeypatch.setattr(int8_model, "_convert", lambda _: pytest.fail("made again"))
    assert np.array_equal(Int8MiniLM(tmp_path / "new").encode(["Patience"]), first)
    assert len(list((tmp_path / "new").iterdir())) == 1


@needs_quick
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_file_is_converted_again(tmp_path: Path, folder: Path, quick: Int8MiniLM, damage: str) -> None:
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    broken = {"cut": whole[:-1], "flipped": whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], "empty": b""}
    path = tmp_path / kept.name
    path.write_bytes(broken[damage])
    assert np.array_equal(Int8MiniLM(tmp_path).encode(["Patience"]), quick.encode(["Patience"]))
    assert path.read_bytes() == whole


@needs_quick
def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path, quick: Int8MiniLM) -> None:
    (tmp_path / "file").write_text("no folder")
    assert np.array_equal(Int8MiniLM(tmp_path / "file").encode(["Trust."]), quick.encode(["Trust."]))


@needs_quick
def test_other_weights_or_another_recipe_are_other_files(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8_model, "RECIPE", int8_model.RECIPE[:1])
    int8_model._cached(tmp_path, WEIGHTS_SHA256, lambda: b"one")
    int8_model._cached(tmp_path, "0" * 64, lambda: b"two")
    names = {path.name for path in (*folder.iterdir(), *tmp_path.iterdir())}
    assert len(names) == 3


@needs_quick
def test_vectors_of_the_two_are_kept_apart() -> None:
    assert load().model == load(precision="int8").model == INT8_NAME
    assert load(precision="fp32").model == PACKAGED_NAME != INT8_NAME


@needs_quick
def test_ready_vectors_are_those_of_the_quick_model(quick: Int8MiniLM) -> None:
    ready = precomputed_vectors(INT8_NAME)
    assert set(ready) == set(precomputed_vectors(PACKAGED_NAME)), (
        "make them anew: python -m analysis.embedding.precomputed"
    )
    texts = sorted(ready)[::60]
    assert np.einsum("nd,nd->n", quick.encode(texts), np.stack([ready[text] for text in texts])).min() > 0.9999


@needs_quick
def test_no_torch_is_loaded() -> None:
    code = (
        "import sys; from analysis.embedding.models import load; load().encode(['Patience']);"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("cpuinfo", "quick"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_vnni\n", True),
        ("flags\t\t: fpu avx2 avx_vnni\n", True),
        ("flags\t\t: fpu sse2 avx avx2 avx512f\n", False),
        ("Features\t: fp asimd asimddp\n", True),
        ("Features\t: fp asimd\n", False),
        ("", False),
    ],
)
def test_processors_are_told_apart(tmp_path: Path, cpuinfo: str, quick: bool) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\n{cpuinfo}")
    assert int8_model.has_int8_instructions(path) is quick


@pytest.mark.parametrize(
    ("limit", "cores"),
    [("max 100000\n", 8), ("150000 100000\n", 2), ("20000 100000\n", 1), ("9900000 100000\n", 8), ("broken", 8)],
)
def test_a_container_uses_the_cores_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, cores: int
) -> None:
    monkeypatch.setattr("analysis.embedding.int8_model.os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    (tmp_path / "cpu.max").write_text(limit)
    assert int8_model.available_cores(tmp_path / "cpu.max") == cores
    assert int8_model.available_cores(tmp_path / "none") == 8


def test_an_older_processor_gets_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8_model, "has_int8_instructions", lambda: False)
    assert load().model == PACKAGED_NAME


def test_without_the_engine_the_original_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    assert load().model == PACKAGED_NAME


def test_an_engine_that_is_asked_for_and_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "analysis.embedding.int8_model")
    with pytest.raises(ModelError, match="onnxruntime"):
        load(precision="int8")


def test_a_machine_whose_vectors_are_off_gets_the_original(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(int8_model, "has_int8_instructions", lambda: True)
    monkeypatch.setattr(int8_model, "MIN_COSINE", 1.01)
    with caplog.at_level(logging.WARNING):
        assert load().model == PACKAGED_NAME
    assert "mean cosine" in caplog.text
    with pytest.raises(ModelError, match="mean cosine"):
        load(precision="int8")


def test_batches_are_of_one_length_and_hold_every_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8_model, "MAX_BATCH_TOKENS", 10)
    lengths = [4, 3, 4, 30, 3, 4, 4, 3, 3]
    found = int8_model.batches(lengths)
    assert sorted(at for batch in found for at in batch) == list(range(len(lengths)))
    assert all(len({lengths[at] for at in batch}) == 1 for batch in found)
    assert [(lengths[batch[0]], len(batch)) for batch in found] == [(30, 1), (4, 2), (4, 2), (3, 3), (3, 1)]
