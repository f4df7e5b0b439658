"""The Dask cluster that helps the workers, where the operator named one. For the worker alone: it loads Dask."""

from __future__ import annotations

import logging

from distributed import Client
from distributed.cfexecutor import ClientExecutor

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5
CLOSE_SECONDS = 5


class Cluster(ClientExecutor):
    """An executor that is a connection to a scheduler; shut down, it lets go of it."""

    def __init__(self, address: str) -> None:
        """Raises what Dask raises where the scheduler cannot be reached, or has no machines to give work to."""
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except Exception:
            client.close(timeout=CLOSE_SECONDS)  # type: ignore[no-untyped-call]
            raise
        super().__init__(client, pure=False)  # type: ignore[no-untyped-call]
        logger.info("%s processes on other machines help to read answers", len(client.nthreads()))  # type: ignore[no-untyped-call]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See Executor.shutdown; nothing is waited for."""
        self._shutdown = True
        self._client.close(timeout=CLOSE_SECONDS)
