"""Several helper processes, for calls that need no more than one core each."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from analysis.parallel.helper_process import HelperProcess, HelperProcessError

Result = TypeVar("Result")


class HelperProcesses(Executor):
    """An executor with some helper processes; module-level functions only, which must be safe to run twice."""

    def __init__(self, count: int) -> None:
        """Start the processes. Raises OSError."""
        self._helpers: list[HelperProcess] = []
        self._waiting: list[list[Future[Any]]] = []
        try:
            for _ in range(count):
                self._helpers.append(HelperProcess())
                self._waiting.append([])
        except OSError:
            self.shutdown()
            raise

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """See Executor.submit; keyword arguments are ignored. The process with the fewest calls gets it."""
        for calls in self._waiting:
            calls[:] = [future for future in calls if not future.done()]
        number = min(range(len(self._helpers)), key=lambda at: len(self._waiting[at]))
        future = self._helpers[number].submit(fn, *args)
        self._waiting[number].append(future)
        return future

    def map(
        self, fn: Callable[..., Result], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Result]:
        """See Executor.map; ``timeout`` and ``chunksize`` are ignored.

        Each process has two calls at a time, and what it does not finish is run in this process.
        """
        calls = zip(*iterables, strict=False)
        running: list[tuple[tuple[Any, ...], Future[Result]]] = []
        try:
            for call in calls:
                running.append((call, self.submit(fn, *call)))
                if len(running) >= 2 * len(self._helpers):
                    yield self._result(fn, *running.pop(0))
            while running:
                yield self._result(fn, *running.pop(0))
        finally:
            for _, future in running:
                future.cancel()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Kill the processes, whatever they are doing."""
        for helper in self._helpers:
            helper.shutdown()

    def _result(self, fn: Callable[..., Result], call: tuple[Any, ...], future: Future[Result]) -> Result:
        try:
            return future.result()
        except HelperProcessError:
            return fn(*call)
