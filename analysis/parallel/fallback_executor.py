"""An executor on other machines that falls back to this process while they cannot be reached."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

TIMEOUT_SECONDS = 60.0  # within which the next result has to arrive
RETRY_SECONDS = 60.0  # after a failure, before the executor is tried again


class FallbackExecutor(Executor):
    """Runs calls on another executor, and in this process while that one is unreachable.

    Calls that the other executor loses are repeated here, so they must be safe to run twice.
    """

    def __init__(
        self,
        connect: Callable[[], Executor],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        """``connect`` returns the executor and may raise anything when it is unreachable.

        ``timeout_seconds`` is the longest wait for the next result, ``retry_seconds`` the pause after a failure.
        """
        self._connect, self._timeout, self._retry = connect, timeout_seconds, retry_seconds
        self._lock = threading.Lock()
        self._executor: Executor | None = None
        self._not_before = 0.0

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """See Executor.submit. Runs the call at once in this process when the executor is unreachable.

        A future that the executor loses fails; it is not repeated.
        """
        submitted = self._submit_all(fn, [args], kwargs)
        if submitted is not None:
            return submitted[0]
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - any error of the call belongs to its future
            future.set_exception(error)
        return future

    def map(
        self, fn: Callable[..., Result], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Result]:
        """See Executor.map; ``timeout`` and ``chunksize`` are ignored. Lost calls are repeated in this process."""
        calls = list(zip(*iterables, strict=False))
        return self._results(fn, calls, self._submit_all(fn, calls, {}) or [])

    def _results(
        self, fn: Callable[..., Result], calls: Sequence[tuple[Any, ...]], futures: Sequence[Future[Result]]
    ) -> Iterator[Result]:
        timeout = self._timeout
        try:
            for number, call in enumerate(calls):
                if number >= len(futures):
                    yield fn(*call)
                    continue
                try:
                    result = futures[number].result(timeout)
                except (Exception, CancelledError) as error:  # noqa: BLE001 - an error of fn itself is raised below
                    result = fn(*call)
                    timeout = 0.0
                    self._disconnect(error)
                yield result
        finally:
            for future in futures:
                future.cancel()

    def _submit_all(
        self, fn: Callable[..., Result], calls: Sequence[tuple[Any, ...]], kwargs: dict[str, Any]
    ) -> list[Future[Result]] | None:
        """Submit the calls to the executor; return None when it is unreachable."""
        with self._lock:
            if time.monotonic() < self._not_before:
                return None
            try:
                if self._executor is None:
                    self._executor = self._connect()
                return [self._executor.submit(fn, *call, **kwargs) for call in calls]
            except Exception as error:  # noqa: BLE001 - every cluster library raises its own
                self._drop_executor(error)
                return None

    def _disconnect(self, error: BaseException) -> None:
        with self._lock:
            if self._executor is not None:
                self._drop_executor(error)

    def _drop_executor(self, error: BaseException) -> None:
        """Shut the executor down and do not try it for a while; the lock is held."""
        logger.warning(
            "The helper machines failed or cannot be reached (%s). This process works alone and tries them again in "
            "%.0f seconds.",
            type(error).__name__,
            self._retry,
        )
        dropped, self._executor = self._executor, None
        self._not_before = time.monotonic() + self._retry
        if dropped is not None:
            dropped.shutdown(wait=False)
