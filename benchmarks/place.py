"""Where a measurement is made."""

import socket
from dataclasses import dataclass
from pathlib import Path

from benchmarks.result_table import NotMeasuredError

DATA_FOLDER = Path("../shared/data")


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
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
