"""Large arrays of vectors in temporary files, mapped into memory (Linux): the system reads them as they are used."""

import contextlib
import mmap
import os
import sys
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray

ON_DISK_BYTES = 100_000_000
"""From which size on an array is on disk: the vectors of 50,000 wordings"""


def zero_rows(count: int, width: int) -> FloatArray:
    """Return an array of zeros (count, width), from ON_DISK_BYTES on in a temporary file without a name.

    ``let_go`` takes what was used of it out of the memory of this process. It is in memory where there is no room on
    the disk, and on systems other than Linux.
    """
    size = 4 * count * width
    if size >= ON_DISK_BYTES and sys.platform == "linux":
        with contextlib.suppress(OSError), tempfile.TemporaryFile() as file:
            os.posix_fallocate(file.fileno(), 0, size)  # without room this fails here, and not where a row is written
            return np.memmap(file, dtype=np.float32, mode="r+", shape=(count, width))
    return np.zeros((count, width), dtype=np.float32)


def let_go(rows: NDArray[Any]) -> None:
    """Take an array of ``zero_rows``, or a part of it, out of memory until it is used again; it keeps its values."""
    file = getattr(rows, "_mmap", None)
    if isinstance(file, mmap.mmap):
        file.madvise(mmap.MADV_DONTNEED)
