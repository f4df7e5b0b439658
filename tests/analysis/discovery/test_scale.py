"""Large runs: the same form of result by other methods; their limits are lowered here so that few answers suffice."""

import pickle
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import DoubleArray
from analysis.discovery import discover, micro_clusters, subthemes
from analysis.discovery.consensus import consensus_distances, top_columns
from analysis.evidence import quotes, re_runs
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.naming import name_themes
from analysis.parallel.workers import Workers
from analysis.pipeline import analyse
from analysis.progress import Stage, StepCounter, ignore_progress, time_left
from analysis.results import Analysis
from analysis.text import parse_answers, split_batch
from analysis.text.normalise import fold
from benchmarks.synthetic_answers import StoredEmbedder, WordModel, generate_answers
from tests.support.every_case import for_each
from tests.support.examples import examples

MODEL = WordModel()
TEXTS = generate_answers(900, MODEL, seed=3)
BOOK = Codebook("made up", tuple(KnownTheme(f"t{at}", f"T{at}", "", tuple(MODEL.topics[at][:6])) for at in range(6)))


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 900 answers be a large run."""
    for module in (re_runs, discover, micro_clusters, name_themes, subthemes):
        monkeypatch.setattr(module, "MAX_EXACT_POINTS", 200)
    monkeypatch.setattr(micro_clusters, "BLOCK_ROWS", 100)
    monkeypatch.setattr(micro_clusters, "MAX_SAMPLE_POINTS", 500)
    monkeypatch.setattr(discover, "MICRO_CLUSTERS", 150)
    monkeypatch.setattr(name_themes, "MAX_WORDINGS", 30)
    monkeypatch.setattr(quotes, "LARGE", 30)
    monkeypatch.setattr(re_runs, "MAX_ANSWERS_OF_MANY", 300)
    monkeypatch.setattr(re_runs, "MAX_IDEAS_OF_MANY", 200)


def run(texts: list[str], book: Codebook | None = None, **more: object) -> Analysis:
    return analyse(texts, codebook=book or Codebook.empty(), embedder=MODEL, re_runs=2, **more)  # type: ignore[arg-type]


def shape(texts: list[str], result: Analysis) -> Counter[tuple[object, ...]]:
    """A result without the order of its answers."""
    ideas = result.ideas
    placed = [(texts[ideas[p.idea].answer], ideas[p.idea].text, p.theme, p.part, p.strength) for p in result.placements]
    themes = [
        (t.key, t.candidates, t.people, t.stability, len(t.parts), *(ideas[at].text for at in t.quotes))
        for t in result.themes
    ]
    return Counter([*placed, *themes])


@pytest.mark.slow
@pytest.mark.usefixtures("low")
@pytest.mark.parametrize("book", [Codebook.empty(), BOOK], ids=["no codebook", "codebook"])
def test_the_order_of_answers_changes_nothing_in_a_large_run(book: Codebook) -> None:
    shuffled = random.Random(0).sample(TEXTS, len(TEXTS))
    assert shape(shuffled, run(shuffled, book)) == shape(TEXTS, run(TEXTS, book))


@pytest.mark.slow
def test_large_runs_use_micro_clusters_and_compare_no_pairs(low: None, monkeypatch: pytest.MonkeyPatch) -> None:
    largest = []

    def seen(points: DoubleArray, *, seed: int) -> DoubleArray:
        largest.append(len(points))
        return consensus_distances(points, seed=seed)

    monkeypatch.setattr(discover, "consensus_distances", seen)
    monkeypatch.setattr(
        discover, "_deduplicated", lambda *_: pytest.fail("a copy of all rows") if len(_[0]) > 200 else ([],)
    )
    result = analyse(TEXTS, codebook=Codebook.empty(), embedder=MODEL, re_runs=0)
    assert max(largest) <= discover.MAX_SUBTHEME_POINTS
    assert len(result.themes) >= 3
    assert all(theme.quotes for theme in result.themes)


def test_clear_groups_of_very_many_points_are_found(low: None) -> None:
    generator = np.random.default_rng(0)
    own = np.repeat(np.arange(5), [300, 200, 150, 100, 60])
    points = np.eye(40, dtype=np.float32)[own] + 0.05 * generator.normal(size=(len(own), 40)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    weights = np.ones(len(own), dtype=np.intp)
    found = discover.discover(points, weights)
    assert (found.labels == own).all()
    order = generator.permutation(len(own))
    assert (discover.discover(points[order], weights).labels == own[order]).all()
    assert len(set(discover.split_large_theme(points, weights, np.arange(len(own)))[:300].tolist())) == 1


@pytest.mark.slow
def test_an_executor_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_answers, "BATCH_TEXTS", 100)
    pickle.dumps(split_batch.split_answers)

    def read(executor: Executor | None) -> parse_answers.ParsedAnswers:
        return parse_answers.parse_answers(TEXTS, ignore_progress, executor=executor)

    with ThreadPoolExecutor(2) as executor:
        assert read(executor) == read(None)


@pytest.mark.slow
def test_progress_never_goes_back() -> None:
    told: list[tuple[Stage, int, int]] = []
    run(TEXTS[:500], BOOK, progress=lambda *at: told.append(at))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert [stage for stage, _, _ in told] == [stage for own in stages for stage, _, _ in told if stage == own]
    for own in stages:
        steps = [(done, total) for stage, done, total in told if stage == own]
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)
        assert len({total for _, total in steps}) == 1
        assert steps[-1][0] == steps[-1][1]
    long = Counter(stage for stage, _, _ in told)
    assert all(long[stage] > 3 for stage in ("naming", "certainty", "quotes"))


def test_the_nearest_are_those_of_a_stable_sort() -> None:
    similar = np.random.default_rng(1).integers(0, 9, size=(90, 90)).astype(np.float64)  # many ties
    expected = np.argsort(-similar, axis=1, kind="stable")[:, :15]
    assert (top_columns(similar, 15) == expected).all()
    fine = np.random.default_rng(1).normal(size=(90, 90))
    assert (top_columns(fine, 15) == np.argsort(-fine, axis=1, kind="stable")[:, :15]).all()


def test_a_mean_in_blocks_is_the_mean(low: None) -> None:
    rows = np.random.default_rng(2).normal(size=(450, 7)).astype(np.float32)
    weights = np.arange(450) % 5 + 1
    assert micro_clusters.weighted_mean(rows, weights) == pytest.approx(
        np.average(rows, axis=0, weights=weights), abs=1e-6
    )


def test_stored_vectors_are_those_of_the_model() -> None:
    stored = StoredEmbedder(MODEL, ["canbaba", "mapor"])
    wanted = ["mapor", "something else", "canbaba", "something else"]
    assert stored.encode(wanted) == pytest.approx(MODEL.encode(wanted))
    assert stored.made == 1
    stored.encode(wanted)
    assert stored.made == 1


@settings(max_examples=examples(200), deadline=None)
@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_plain_letters_fold_as_others_do(text: str) -> None:
    beside = fold(f"{text} \u00e9")  # a letter that is not plain sends the whole text the long way
    assert beside.removesuffix("\u00e9").strip() == (fold(text) if any(c.isalnum() for c in fold(text)) else "") or (
        not any(c.isalnum() for c in text)
    )


@pytest.fixture
def told() -> Iterator[list[tuple[str, int, int]]]:
    yield []


def test_steps_are_counted_and_finished(told: list[tuple[str, int, int]]) -> None:
    step = StepCounter(lambda *at: told.append(at), "naming", 3)
    step()
    step.finish()
    step.finish()
    step()
    assert told == [("naming", 0, 3), ("naming", 1, 3), ("naming", 3, 3), ("naming", 3, 3)]


SHARES: dict[Stage, float] = {"ideas": 10, "vectors": 100, "placing": 10, "quotes": 30}


@for_each(
    ("spent", "stage", "done", "total", "expected"),
    [
        ({"ideas": 5.0}, "ideas", 1, 2, None),  # nobody knows how many vectors there are to make
        ({"ideas": 10.0, "vectors": 20.0}, "vectors", 0, 4, None),
        ({"ideas": 10.0, "vectors": 20.0}, "vectors", 1, 4, 60 + 40),
        ({"ideas": 20.0, "vectors": 20.0}, "vectors", 1, 4, 60 + 80),
        ({"ideas": 10.0, "vectors": 0.0, "placing": 10.0, "quotes": 3.0}, "quotes", 1, 10, 27),
        ({"ideas": 10.0, "vectors": 0.0, "placing": 10.0, "quotes": 30.0}, "quotes", 10, 10, 0),
    ],
)
def test_the_time_left(spent: dict[Stage, float], stage: Stage, done: int, total: int, expected: float | None) -> None:
    assert time_left(spent, stage, done, total, SHARES) == (None if expected is None else pytest.approx(expected))


def test_a_theme_of_which_re_runs_see_nobody_is_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re_runs, "MAX_EXACT_POINTS", 3)
    monkeypatch.setattr(re_runs, "MAX_ANSWERS_OF_MANY", 4)
    said = parse_answers.parse_answers([f"We keep a garden of sort {letter}" for letter in "abcdefgh"], ignore_progress)
    seen = {said.wording_of[idea] for idea in re_runs._some_answers(said, ())}
    assert 0 < len(seen) < len(said.wordings)
    found = {
        "seen": dict.fromkeys(sorted(seen), 1.0),
        "unseen": dict.fromkeys(sorted(set(range(len(said.wordings))) - seen), 1.0),
    }
    vectors = np.eye(len(said.wordings), dtype=np.float32)
    mean = np.zeros(len(vectors), dtype=np.float32)
    started = re_runs.start_discovery_re_runs(said, vectors, mean, {}, 3, 0, Workers(None, None))
    all_in_one = (np.zeros(len(rows), dtype=np.intp) for rows, _, _ in started.samples.inputs)
    again = replace(started, labels=all_in_one).stability(found, lambda: None)
    assert again["unseen"] == re_runs.NO_STABILITY
    assert again["seen"].of > 0
