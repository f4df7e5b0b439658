"""What an analysis computes with: processes, threads and garbage collection, opened once for a run."""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from analysis.parallel.helper_process import HelperProcess
from analysis.parallel.machine import available_cores
from analysis.parallel.threads import map_in_threads, one_blas_thread

Result = TypeVar("Result")

HELPER_MIN_ANSWERS = 5000  # fewer are done before a helper process has started
SWITCH_SECONDS = 0.0005  # see _short_switch_interval


class Workers:
    """Runs independent calls of one analysis, in a helper process if there is one.

    ``executor`` is for splitting answers: other machines, the helper process or None for this process alone.
    """

    def __init__(self, helper: HelperProcess | None, executor: Executor | None) -> None:
        self._helper = helper
        self.executor = executor or helper

    def map(self, fn: Callable[..., Result], *iterables: Iterable[Any]) -> Iterator[Result]:
        """Return the results of ``fn`` in order, like the builtin map.

        A helper process starts at once; otherwise threads start with the first result consumed.
        """
        if self._helper is not None:
            return self._helper.map(fn, *iterables)
        return map_in_threads(lambda call: fn(*call), zip(*iterables, strict=False))


@contextmanager
def open_workers(answers: int, executor: Executor | None = None) -> Iterator[Workers]:
    """Open the workers for a run over so many answers; ``executor`` may split them on other machines.

    Meanwhile this process uses one BLAS thread and collects no garbage in cycles, of which a run makes little: the
    collector took 10 % of the processor time of 100,000 answers (13.3 s without it, 15.0 s with it).
    """
    with ExitStack() as stack:
        stack.enter_context(one_blas_thread())
        stack.enter_context(_no_garbage_collection())
        helper = _start_helper() if answers > HELPER_MIN_ANSWERS else None
        if helper is not None:
            stack.callback(helper.shutdown)
            stack.enter_context(_short_switch_interval())
        yield Workers(helper, executor)


def _start_helper() -> HelperProcess | None:
    """Start a helper process, or return None when it would have no core or cannot be started."""
    if not sys.executable or available_cores() < 2:
        return None
    try:
        return HelperProcess()
    except OSError:  # out of memory or processes: this process works alone
        return None


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _short_switch_interval() -> Iterator[None]:
    """Let the thread that talks to the helper process run soon, instead of after 5 ms of Python computation.

    Splitting 100,000 answers took 4.0 s instead of 5.0 (medians of six runs each on a busy machine).
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, SWITCH_SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
