"""Where a measurement is made."""

import random
import socket
from dataclasses import dataclass
from pathlib import Path

from benchmarks.result_table import NotMeasuredError

DATA_FOLDER = Path("../shared/data")
PORTS = range(20_000, 32_000)
"""Linux gives a connection one from 32,768 on: a port from there may be taken between the look and the listening"""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of coded data, and the one where sites are made, and kept for the next measurement."""

    data: Path
    sites: Path

    def file(self, name: str) -> Path:
        """Return a file of the data. Raises NotMeasuredError where it is not there."""
        path = self.data / name
        if not path.is_file():
            raise NotMeasuredError(f"there is no {name} in the folder of data")
        return path


def free_port() -> int:
    """Return a port of this machine that nobody listens on, below those that systems give to connections."""
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port of this machine is free")
