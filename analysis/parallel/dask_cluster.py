"""An executor on a Dask cluster. Import it only where a cluster is configured: it loads Dask."""

from __future__ import annotations

import logging

from distributed import Client
from distributed.cfexecutor import ClientExecutor

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5
CLOSE_SECONDS = 5


class Cluster(ClientExecutor):
    """An executor that owns its connection to a Dask scheduler and closes it on shutdown."""

    def __init__(self, address: str) -> None:
        """Connect. Raises what Dask raises if the scheduler is unreachable or has no workers."""
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except Exception:
            client.close(timeout=CLOSE_SECONDS)  # type: ignore[no-untyped-call]
            raise
        super().__init__(client, pure=False)  # type: ignore[no-untyped-call]
        logger.info("connected to %s Dask worker processes", len(client.nthreads()))  # type: ignore[no-untyped-call]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the connection (see Executor.shutdown). Never waits for running calls."""
        self._shutdown = True
        self._client.close(timeout=CLOSE_SECONDS)
