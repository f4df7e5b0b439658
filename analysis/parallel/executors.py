"""Work done by many processes or machines: any concurrent.futures.Executor does it, Dask's among them."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from functools import cache
from typing import Any, TypeVar

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import INT8_NAME, Embedder, ModelError, load

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Loader = Callable[[str], Embedder]

TEXTS_IN_SLICE = 64
TEXTS_AT_ONCE = 1024  # what is best given to `encode` at once: slices enough for many, few enough to tell of progress
PROBES = ("Listen to each other", "We laugh a lot, even when things go wrong", "Zuhören, ¿verdad? 誠実")
NEAR = 1e-4  # how far apart two machines' vectors of a model that is not exact may be, in each number
PATIENCE = 60.0  # seconds in which the next result must come back
REST = 60.0  # seconds in which an executor that was lost is not asked again

_one_at_a_time = threading.Lock()


class DistributedEmbedder:
    """An Embedder that cuts texts into slices, by their length, and has an executor make their vectors.

    With the 8-bit model the vectors are those that this process would make, to the last bit. With others, texts of a
    batch have some influence on each other's last bits: vectors differ by about 1e-7 from those made in one piece.
    """

    texts_at_once = TEXTS_AT_ONCE

    def __init__(self, model: str, executor: Executor, loader: Loader = load) -> None:
        """``model`` is as for ``loader``, which other processes call too: a function of a module. Raises ModelError."""
        self._name, self._executor, self._loader = model, executor, loader
        self.model = opened(loader, model).model
        self._probes = _probed(loader, model)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode. Raises ModelError where another process makes other vectors than this one."""
        order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), texts[at]))
        slices = [order[start : start + TEXTS_IN_SLICE] for start in range(0, len(order), TEXTS_IN_SLICE)]
        given = [[texts[at] for at in part] for part in slices]
        made = np.zeros((len(texts), self._probes.shape[1]), dtype=np.float32)
        same = [self._loader] * len(slices), [self._name] * len(slices)
        for part, (model, probes, vectors) in zip(slices, self._executor.map(encode_slice, *same, given), strict=True):
            self._compare(model, probes)
            made[part] = vectors
        return made

    def _compare(self, model: str, probes: FloatArray) -> None:
        far = 0.0 if self.model == INT8_NAME else NEAR
        alike = model == self.model and probes.shape == self._probes.shape
        if alike and np.abs(probes - self._probes).max() <= far:
            return
        other = "makes other vectors with the same model" if model == self.model else f"uses another model ({model})"
        raise ModelError(
            f"A machine that helps {other} than this one ({self.model}), and vectors of both cannot be compared. Give "
            "all machines the same requirements.txt, the same model and processors of one kind, or let each worker "
            "read alone."
        )


def encode_slice(loader: Loader, model: str, texts: Sequence[str]) -> tuple[str, FloatArray, FloatArray]:
    """Vectors of texts, in whatever process: the model's own name, the vectors of PROBES, those of the texts."""
    embedder = opened(loader, model)
    probes = _probed(loader, model)
    with _one_at_a_time:
        return embedder.model, probes, embedder.encode(texts)


def opened(loader: Loader, model: str) -> Embedder:
    """The model, loaded once in a process. Raises ModelError."""
    with _one_at_a_time:
        return _loaded(loader, model)


@cache
def _loaded(loader: Loader, model: str) -> Embedder:
    return loader(model)


@cache
def _probed(loader: Loader, model: str) -> FloatArray:
    embedder = opened(loader, model)
    with _one_at_a_time:
        return embedder.encode(PROBES)


class FallbackExecutor(Executor):
    """An executor on other machines while they can be reached, and this process while they cannot.

    What is lost on the way is done here: a cluster may come and go, work is only slower without it. So calls must
    bear being done twice.
    """

    def __init__(self, connect: Callable[[], Executor], *, patience: float = PATIENCE, rest: float = REST) -> None:
        """``connect`` gives the executor, and raises whatever it likes where it cannot.

        ``patience`` is how long the next result may take, in seconds, ``rest`` how long after a loss nothing is tried.
        """
        self._connect, self._patience, self._rest = connect, patience, rest
        self._lock = threading.Lock()
        self._executor: Executor | None = None
        self._not_before = 0.0

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """See Executor.submit. Done at once, here, where the others cannot be reached; what they lose fails."""
        started = self._start(fn, [args], kwargs)
        if started is not None:
            return started[0]
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's
            future.set_exception(error)
        return future

    def map(
        self, fn: Callable[..., Result], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Result]:
        """See Executor.map; ``timeout`` and ``chunksize`` are not looked at. What the others lose is done here."""
        calls = list(zip(*iterables, strict=False))
        return self._results(fn, calls, self._start(fn, calls, {}) or [])

    def _results(
        self, fn: Callable[..., Result], calls: Sequence[tuple[Any, ...]], futures: Sequence[Future[Result]]
    ) -> Iterator[Result]:
        patience = self._patience
        try:
            for number, call in enumerate(calls):
                if number >= len(futures):
                    yield fn(*call)
                    continue
                try:
                    result = futures[number].result(patience)
                except (Exception, CancelledError) as error:  # noqa: BLE001 - of fn or of the way there: here it shows
                    result = fn(*call)
                    patience = 0.0
                    self._lose(error)
                yield result
        finally:
            for future in futures:
                future.cancel()

    def _start(
        self, fn: Callable[..., Result], calls: Sequence[tuple[Any, ...]], named: dict[str, Any]
    ) -> list[Future[Result]] | None:
        """The calls as they were given to the others; None where those cannot be reached."""
        with self._lock:
            if time.monotonic() < self._not_before:
                return None
            try:
                if self._executor is None:
                    self._executor = self._connect()
                return [self._executor.submit(fn, *call, **named) for call in calls]
            except Exception as error:  # noqa: BLE001 - every kind of cluster has its own
                self._forget(error)
                return None

    def _lose(self, error: BaseException) -> None:
        with self._lock:
            if self._executor is not None:
                self._forget(error)

    def _forget(self, error: BaseException) -> None:
        logger.warning(
            "The machines that help cannot be reached or failed (%s). This one works alone, and asks them again in "
            "%.0f seconds.",
            type(error).__name__,
            self._rest,
        )
        lost, self._executor = self._executor, None
        self._not_before = time.monotonic() + self._rest
        if lost is not None:
            lost.shutdown(wait=False)
