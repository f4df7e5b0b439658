"""Two cores at once where numpy lets go of the interpreter, and one for products of matrices, which are small here."""

import ctypes
import sys
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

Part = TypeVar("Part")
Result = TypeVar("Result")

AT_ONCE = 2  # threads: a machine with more cores has other work for them
_busy: ContextVar[bool] = ContextVar("busy", default=False)  # a thread has its own


def side_by_side(work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
    """What ``work`` gives for each of the parts, in their order, of which AT_ONCE are worked on at a time.

    Each part is worked on by itself, so that the results are the same on any number of cores. No more of them are kept
    than are waited for. Within such work the cores are busy, and further parts are done one after the other.
    """
    if _busy.get():
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(AT_ONCE, initializer=_busy.set, initargs=(True,)) as threads:
        begun: deque[Future[Result]] = deque()
        for part in parts:
            if len(begun) > AT_ONCE:
                yield begun.popleft().result()
            begun.append(threads.submit(work, part))
        while begun:
            yield begun.popleft().result()


def give_back() -> None:
    """Give the system what was let go of: its C library keeps that for each thread, a quarter more than a run needs."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def eigen(matrix: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """The eigenvalues (d,), smallest first, and eigenvectors (d, d) of a symmetric matrix (d, d).

    On one core: with so few dimensions the cores only wait for each other, on a busy machine a hundred times as long.
    """
    with _threads().limit(limits=1):
        values, axes = np.linalg.eigh(matrix)
    return values, axes


@contextmanager
def one_core() -> Iterator[None]:
    """Products of matrices and k-means on one core: ours are so small that others mostly wait, and are busy waiting."""
    with _threads().limit(limits=1):
        yield


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()
