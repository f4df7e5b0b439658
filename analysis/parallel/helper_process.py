"""A second process for a second core, where Python's own work would keep one waiting for the other.

It is a plain new interpreter that is told what to do through a pipe: nothing is forked, so that threads do no harm, and
the module that was started is not run again, as multiprocessing would. It ends when the pipe does, however this process
ends. Without it, or when it is lost, the work is done here, with the same result: so calls must bear being done twice.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")
YIELDING = 10  # how much less urgent the other process is: it takes what this one and other programs leave of the cores

HAND_OVER = 0.0005  # seconds after which Python's own work lets the thread that speaks with the other process go on

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class Lost(Exception):
    """The other process ended, or could not do what it was asked for."""


class HelperProcess(Executor):
    """One other process, which does one call after the other; functions of modules only, as for any process."""

    def __init__(self) -> None:
        """Start it. Raises OSError."""
        command = f"import sys; sys.path[:] = {sys.path!r}; from analysis.parallel.helper_process import serve; serve()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._thread = ThreadPoolExecutor(1, "beside")  # waits for it, so that this process need not

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """See Executor.submit; without named arguments. The future fails with Lost where ``fn`` does."""
        return self._thread.submit(self._ask, (fn, args))

    def map(
        self, fn: Callable[..., Result], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Result]:
        """See Executor.map; ``timeout`` and ``chunksize`` are not looked at.

        The other process begins at once, with the last one. This one does them from the first one on, when results are
        asked for, until both meet.
        """
        calls = list(zip(*iterables, strict=False))
        return _shared(fn, calls, [self.submit(fn, *call) for call in reversed(calls)])

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the other process, whatever it is doing."""
        self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be written has no reader
                    continue
        self._process.wait()

    def _ask(self, call: Call) -> Any:
        to, back = self._process.stdin, self._process.stdout
        try:
            assert to is not None and back is not None
            pickle.dump(call, to, pickle.HIGHEST_PROTOCOL)
            to.flush()
            done, result = pickle.load(back)
        except (OSError, EOFError, pickle.PickleError) as error:
            raise Lost from error
        if not done:
            raise Lost
        return result


@contextmanager
def second_process(wanted: bool) -> Iterator[HelperProcess | None]:
    """Another process for a while; None where it is not ``wanted``, would have no core, or cannot be started."""
    beside = None
    if wanted and sys.executable and _cores() > 1:
        try:
            beside = HelperProcess()
        except OSError:  # no room for one more: this one does it alone
            beside = None
    if beside is None:
        yield None
        return
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, HAND_OVER))
    try:
        yield beside
    finally:
        sys.setswitchinterval(usual)
        beside.shutdown()


def _shared(
    fn: Callable[..., Result], calls: Sequence[tuple[Any, ...]], begun: list[Future[Result]]
) -> Iterator[Result]:
    """The results of the calls, of which the last was begun first."""
    for call in calls:
        future = begun.pop()
        if future.cancel():
            yield fn(*call)
            continue
        try:
            result = future.result()
        except Lost:
            result = fn(*call)
        yield result


def serve() -> None:
    """Do what is asked for on standard input, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # sent to all at a terminal: the process that asks decides
    if hasattr(os, "nice"):
        os.nice(YIELDING)
    gc.disable()  # a short life, and little garbage in cycles
    calls: SimpleQueue[Call] = SimpleQueue()
    threading.Thread(target=_listen, args=(calls,), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as back:
        os.dup2(2, 1)  # what a library prints is no answer
        while True:
            fn, args = calls.get()
            try:
                answer = (True, fn(*args))
            except Exception:  # noqa: BLE001 - whatever it is, it comes up again where the call is done once more
                answer = (False, None)
            del args
            pickle.dump(answer, back, pickle.HIGHEST_PROTOCOL)
            back.flush()


def _listen(calls: SimpleQueue[Call]) -> None:
    """Take in calls while one is done, so that the end of the pipe ends this process at once."""
    try:
        while True:
            calls.put(pickle.load(sys.stdin.buffer))
    finally:
        os._exit(0)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
