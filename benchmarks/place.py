"""Where a measurement is made."""

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
