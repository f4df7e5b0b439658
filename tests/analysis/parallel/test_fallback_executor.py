"""Work spread over processes and machines comes to the same as work done in one; without them it goes on here."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.embedding import distributed
from analysis.embedding.distributed import DistributedEmbedder
from analysis.embedding.models import ModelError
from analysis.known_themes.codebook import Codebook
from analysis.parallel import fallback_executor
from analysis.parallel.fallback_executor import FallbackExecutor
from analysis.pipeline import analyse
from tests.support.encoders import packaged_encoders
from tests.support.toy_model import ToyModel

WORDS = ("listen", "trust", "laugh", "money", "time", "honest", "kind", "walk", "cook", "home", "friend", "talk")
TEXTS = [" ".join(WORDS[at * step % len(WORDS)] for at in range(1 + step % 9)) for step in range(300)]


def toy(model: str) -> ToyModel:
    return ToyModel()


class Other(ToyModel):
    """A model of the same name with other vectors."""

    def encode(self, texts: Any) -> FloatArray:
        return np.ascontiguousarray(super().encode(texts)[:, ::-1])


@contextmanager
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


@contextmanager
def dask() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: requirements-scale.txt")
    from analysis.parallel.dask_cluster import Cluster

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
    ) as cluster:
        pool = Cluster(cluster.scheduler_address)
        yield pool
        pool.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("pool", [threads, processes, dask])
def test_any_executor_makes_the_vectors_that_this_process_makes(pool: Callable[[], Any]) -> None:
    with pool() as executor:
        made = DistributedEmbedder("toy", executor, toy).encode(TEXTS)
    assert made.dtype == np.float32
    assert np.array_equal(made, ToyModel().encode(TEXTS))


@pytest.mark.slow
def test_the_packaged_model_gives_the_same_bits() -> None:
    with threads() as executor:
        made = DistributedEmbedder("packaged", executor).encode(TEXTS[:100])
    assert np.array_equal(made, packaged_encoders().encode(TEXTS[:100]))


def test_no_texts_give_no_vectors() -> None:
    with threads() as executor:
        assert DistributedEmbedder("toy", executor, toy).encode([]).shape == (0, ToyModel().encode(["a"]).shape[1])


@pytest.mark.parametrize(("name", "says"), [("other", "uses another model (other)"), ("toy", "other vectors")])
def test_a_machine_with_another_model_is_refused(name: str, says: str) -> None:
    class Elsewhere(ThreadPoolExecutor):
        def map(self, fn: Any, *iterables: Any, **named: Any) -> Any:
            return ((name, Other().encode(distributed.PROBES), Other().encode(texts)) for texts in iterables[-1])

    with pytest.raises(ModelError, match="same requirements") as refused:
        DistributedEmbedder("toy", Elsewhere(), toy).encode(TEXTS)
    assert says in str(refused.value)


def test_what_cannot_be_reached_is_done_here_and_asked_again_after_a_rest(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(fallback_executor, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    tried = []

    def connect() -> Executor:
        tried.append(clock[0])
        raise OSError("no route")

    fallback = FallbackExecutor(connect, retry_seconds=60)
    with caplog.at_level(logging.WARNING):
        made = DistributedEmbedder("toy", fallback, toy).encode(TEXTS)
    assert np.array_equal(made, ToyModel().encode(TEXTS))
    assert fallback.submit(max, 1, 2).result() == 2
    assert len(tried) == 1
    assert "This process works alone" in caplog.text
    assert not any(text in caplog.text for text in TEXTS if len(text) > 20)
    clock[0] += 59
    assert list(fallback.map(max, [1], [2])) == [2]
    assert len(tried) == 1
    clock[0] += 2
    assert list(fallback.map(max, [1], [2])) == [2]
    assert tried == [1000.0, 1061.0]


class Silent(Executor):
    """Takes calls, does the first few and is never heard of again."""

    def __init__(self) -> None:
        self.left = 2
        self.ended = False

    def submit(self, fn: Any, /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.left:
            self.left -= 1
            future.set_result(fn(*args))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.ended = True


def test_what_others_lose_is_done_here() -> None:
    silent = Silent()
    fallback = FallbackExecutor(lambda: silent, timeout_seconds=0.05)
    assert list(fallback.map(abs, range(-5, 0))) == [5, 4, 3, 2, 1]
    assert silent.left == 0
    assert silent.ended


def test_an_error_of_the_work_itself_is_raised_and_no_reason_to_leave_the_others() -> None:
    with threads() as executor:
        fallback = FallbackExecutor(lambda: executor)
        with pytest.raises(ZeroDivisionError):
            list(fallback.map(divmod, [1, 2], [1, 0]))
        assert list(fallback.map(divmod, [1, 2], [1, 1])) == [(1, 0), (2, 0)]


def test_an_analysis_with_an_executor_is_the_one_without() -> None:
    answers = [f"{text}. {other}" for text, other in zip(TEXTS, reversed(TEXTS), strict=True)]
    alone = analyse(answers, codebook=Codebook.load("none"), embedder=ToyModel())
    with threads() as executor:
        fallback = FallbackExecutor(lambda: executor)
        spread_out = analyse(
            answers,
            codebook=Codebook.load("none"),
            embedder=DistributedEmbedder("toy", fallback, toy),
            executor=fallback,
        )
    assert (spread_out.ideas, spread_out.placements) == (alone.ideas, alone.placements)
    assert spread_out.themes == alone.themes
    assert len(alone.themes) > 1
