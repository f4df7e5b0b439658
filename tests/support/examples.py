"""How many random examples a test tries: a fifth of them in `make check`, which comes many times a day."""

from __future__ import annotations

import os

SHARE = 5 if os.environ.get("QUICK_TESTS") else 1


def examples(full: int) -> int:
    """So many in `make test`."""
    return max(1, full // SHARE)
