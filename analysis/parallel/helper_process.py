"""A helper process for the second core: Python's own work runs on one core per process.

It is a new interpreter that receives pickled calls through a pipe. Forking is unsafe in a process with threads, and
multiprocessing would run the main module again. The helper ends when the pipe closes, however this process ends. Calls
it does not finish run in this process with the same result, so they must be safe to run twice.
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
from queue import SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")
NICENESS = 10  # the helper only fills idle cores: at equal priority it slowed this process by as much as it saved

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class HelperProcessError(Exception):
    """The helper process ended or failed to run a call."""


class HelperProcess(Executor):
    """An executor with one other process that runs one call at a time; module-level functions only."""

    def __init__(self) -> None:
        """Start the process. Raises OSError."""
        command = f"import sys; sys.path[:] = {sys.path!r}; from analysis.parallel.helper_process import serve; serve()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._thread = ThreadPoolExecutor(1, "helper-process")  # waits for results

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """See Executor.submit; keyword arguments are ignored.

        The future raises HelperProcessError when ``fn`` raises or the process is lost.
        """
        return self._thread.submit(self._call, (fn, args))

    def map(
        self, fn: Callable[..., Result], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Result]:
        """See Executor.map; ``timeout`` and ``chunksize`` are ignored.

        The helper starts at once, with the last call. When results are consumed, this process runs the calls from the
        first one on, until the two meet.
        """
        calls = list(zip(*iterables, strict=False))
        return _work_from_both_ends(fn, calls, [self.submit(fn, *call) for call in reversed(calls)])

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Kill the process, whatever it is doing."""
        self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # unwritten data has no reader any more
                    continue
        self._process.wait()

    def _call(self, call: Call) -> Any:
        requests, responses = self._process.stdin, self._process.stdout
        try:
            assert requests is not None and responses is not None
            pickle.dump(call, requests, pickle.HIGHEST_PROTOCOL)
            requests.flush()
            succeeded, result = pickle.load(responses)
        except (OSError, EOFError, pickle.PickleError) as error:
            raise HelperProcessError from error
        if not succeeded:
            raise HelperProcessError
        return result


def _work_from_both_ends(
    fn: Callable[..., Result], calls: Sequence[tuple[Any, ...]], reversed_futures: list[Future[Result]]
) -> Iterator[Result]:
    """Yield the results of the calls: those the helper has not started are cancelled and run here."""
    for call in calls:
        future = reversed_futures.pop()
        if future.cancel():
            yield fn(*call)
            continue
        try:
            result = future.result()
        except HelperProcessError:
            result = fn(*call)
        yield result


def serve() -> None:
    """Run the calls that arrive on standard input until it closes (in the helper process)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both: the parent decides
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    gc.disable()  # see workers.open_workers
    calls: SimpleQueue[Call] = SimpleQueue()
    threading.Thread(target=_receive, args=(calls,), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as responses:
        os.dup2(2, 1)  # what libraries print must not mix with responses
        while True:
            fn, args = calls.get()
            try:
                response = (True, fn(*args))
            except Exception:  # noqa: BLE001 - it is raised again where the parent repeats the call
                response = (False, None)
            del args
            pickle.dump(response, responses, pickle.HIGHEST_PROTOCOL)
            responses.flush()


def _receive(calls: SimpleQueue[Call]) -> None:
    """Queue incoming calls while another one runs, so that a closed pipe ends the process at once."""
    try:
        while True:
            calls.put(pickle.load(sys.stdin.buffer))
    finally:
        os._exit(0)
