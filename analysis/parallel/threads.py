"""Threads for numpy code that releases the interpreter lock, and a single BLAS thread for small matrices."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from analysis.arrays import DoubleArray

Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS = 2  # a machine with more cores has other work for them
_in_worker_thread: ContextVar[bool] = ContextVar("in_worker_thread", default=False)


def map_in_threads(fn: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Return the results of ``fn`` in the order of the items, computing THREADS of them at a time.

    Each item is computed by itself, so results are the same on any number of cores. At most THREADS + 1 results are
    held back. A call from within a worker thread computes its items one after the other.
    """
    if _in_worker_thread.get():
        yield from map(fn, items)
        return
    with ThreadPoolExecutor(THREADS, initializer=_in_worker_thread.set, initargs=(True,)) as threads:
        pending: deque[Future[Result]] = deque()
        for item in items:
            if len(pending) > THREADS:
                yield pending.popleft().result()
            pending.append(threads.submit(fn, item))
        while pending:
            yield pending.popleft().result()


def eigh(matrix: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Return the eigenvalues (d,), ascending, and eigenvectors (d, d) of a symmetric matrix (d, d), on one thread.

    With so few dimensions BLAS threads only wait for each other, on a busy machine a hundred times as long.
    """
    with one_blas_thread():
        values, vectors = np.linalg.eigh(matrix)
    return values, vectors


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS and OpenMP to one thread: our matrices are so small that more threads mostly spin.

    9,000 banking answers took 31 s of processor time with two threads and 9.6 s with one.
    """
    with _thread_pools().limit(limits=1):
        yield


def find_thread_pools_again() -> None:
    """Have later limits know the libraries that were loaded since the first of them."""
    _thread_pools.cache_clear()


@cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()
