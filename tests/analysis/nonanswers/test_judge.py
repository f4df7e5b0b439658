"""What a text is judged by: sentences in ten languages, and a threshold of the model's own."""

import numpy as np
import pytest

from analysis.arrays import unit
from analysis.embedding.precomputed import MODEL
from analysis.nonanswers import judge
from analysis.nonanswers.judge import fit, judge_for
from analysis.nonanswers.sentences import read_sentences
from analysis.text.nonanswers import is_nonanswer
from benchmarks.nonanswers import read_by_hand
from tests.support.encoders import packaged_encoders

LANGUAGES = 10


def test_every_language_has_as_many_sentences_of_a_kind() -> None:
    sentences = read_sentences()
    assert len(set(sentences.texts)) == len(sentences.texts)
    for says_nothing in (True, False):
        matters = [
            matter
            for matter, kind in zip(sentences.matter, sentences.says_nothing, strict=True)
            if kind == says_nothing
        ]
        assert {matters.count(each) for each in matters} == {LANGUAGES}
    assert not {*np.array(sentences.matter)[sentences.says_nothing]} & {
        *np.array(sentences.matter)[~sentences.says_nothing]
    }


def test_no_ordinary_answer_among_them_is_a_nonanswer_by_list() -> None:
    sentences = read_sentences()
    assert not [
        text
        for text, silent in zip(sentences.texts, sentences.says_nothing, strict=True)
        if not silent and is_nonanswer(text)
    ]


def test_no_answer_that_is_measured_is_one_of_the_sentences() -> None:
    assert not {*read_sentences().texts} & {each.answer for each in read_by_hand()}


def _vectors(apart: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors of 40 sentences that say nothing and 60 that do, of ten matters each; the kinds lie so far apart."""
    says_nothing = np.arange(100) < 40
    matter = np.where(says_nothing, np.arange(100) % 10, 10 + np.arange(100) % 10)
    random = np.random.default_rng(0)
    direction = unit(random.normal(size=(1, 64)))
    vectors = unit(unit(random.normal(size=(100, 64))) + apart * np.where(says_nothing, 1, -1)[:, None] * direction)
    return vectors, says_nothing, matter


def test_kinds_that_lie_apart_are_told_apart() -> None:
    vectors, says_nothing, matter = _vectors(0.8)
    found = fit(vectors[::2], says_nothing[::2], matter[::2])
    assert found is not None
    others = found.says_nothing(vectors[1::2].astype(np.float32))
    assert others[says_nothing[1::2]].mean() > 0.8
    assert others[~says_nothing[1::2]].mean() < 0.1


def test_a_model_that_cannot_tell_judges_nothing() -> None:
    assert fit(*_vectors(0.0)) is None


def test_the_threshold_is_that_of_fitting_again_without_each_matter() -> None:
    vectors, says_nothing, matter = _vectors(0.8)
    found = fit(vectors, says_nothing, matter)
    assert found is not None
    near = np.exp(judge.WIDTH * (found.sentences @ found.sentences.T - 1))
    wanted = np.where(says_nothing, 1.0, -1.0)
    ridge = np.diag(judge.RIDGE * 2 * np.where(says_nothing, 40, 60) / 100)
    unseen = np.zeros(100)
    for each in range(20):
        own, others = matter == each, matter != each
        weights = np.linalg.solve((near + ridge)[np.ix_(others, others)], wanted[others])
        unseen[own] = near[np.ix_(own, others)] @ weights
    assert found.threshold == pytest.approx(np.quantile(unseen[~says_nothing], judge.STAY_BELOW))


def test_few_unseen_answers_are_above_the_threshold() -> None:
    vectors, says_nothing, matter = _vectors(0.3)
    found = fit(vectors, says_nothing, matter)
    assert found is not None
    own = [
        (fit_without.scores(vectors[matter == each].astype(np.float32)) > found.threshold).mean()
        for each in range(10, 20)
        if (fit_without := fit(vectors[matter != each], says_nothing[matter != each], matter[matter != each]))
    ]
    assert np.mean(own) <= 2 * (1 - judge.STAY_BELOW)


def test_a_text_is_judged_alike_in_any_company() -> None:
    found = fit(*_vectors(0.8))
    assert found is not None
    texts = unit(np.random.default_rng(1).normal(size=(50, 64))).astype(np.float32)
    together = found.scores(texts)
    assert [found.scores(texts[at : at + 1])[0] for at in range(50)] == together.tolist()
    assert found.scores(texts[:0]).shape == (0,)


@pytest.mark.slow
def test_the_vectors_of_the_sentences_are_what_the_model_makes() -> None:
    embedder, texts = packaged_encoders(), read_sentences().texts
    if embedder.model != MODEL:
        pytest.skip(f"the file is of other encoders than {embedder.model}")
    ready = judge.precomputed(embedder.model, texts)
    assert ready is not None, "make them anew: python -m analysis.nonanswers.judge"
    assert np.array_equal(ready[::7], embedder.encode(texts[::7]))


def test_other_sentences_and_other_models_have_no_vectors_ready() -> None:
    texts = read_sentences().texts
    assert judge.precomputed("another", texts) is None
    assert judge.precomputed(MODEL, texts[:-1]) is None
    assert judge.precomputed(MODEL, [*texts[:-1], "another"]) is None


@pytest.mark.slow
def test_the_packaged_model_takes_no_ordinary_answer_for_nothing() -> None:
    embedder = packaged_encoders()
    found = judge_for(embedder)
    if found is None:
        pytest.skip(f"{embedder.model} cannot tell")
    answers = [each for each in read_by_hand() if not each.is_for_setting]
    silent = found.says_nothing(embedder.encode([each.answer for each in answers]))
    wrong = [
        each.answer for each, is_silent in zip(answers, silent, strict=True) if is_silent and not each.says_nothing
    ]
    assert len(wrong) <= 2
    assert sum(silent) - len(wrong) >= 15
