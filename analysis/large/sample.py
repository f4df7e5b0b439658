"""Which answers of a large survey its themes are found in."""

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from analysis.arrays import IntArray
from analysis.large.sizes import SAMPLE_ANSWERS


def choose_sample(answers: Sequence[str], size: int = SAMPLE_ANSWERS) -> IntArray:
    """Return the positions of ``size`` answers, or of all if there are fewer, in ascending order.

    The choice does not depend on the order of the answers: it follows from a checksum of each text, and of how often it
    came before, so that an answer that many give is as frequent in the sample.
    """
    seen: Counter[str] = Counter()
    checksums = np.empty(len(answers), dtype=np.uint32)
    for at, text in enumerate(answers):
        checksums[at] = crc32(f"{seen[text]} {text}".encode(errors="replace"))
        seen[text] += 1
    return np.sort(np.argsort(checksums, kind="stable")[:size])
