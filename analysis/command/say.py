"""Say something beside the list of themes, to whoever still reads it."""

from __future__ import annotations

import sys
from contextlib import suppress


def say(line: str) -> None:
    """Print a line to standard error. Where its reader has gone (a pipe into head), the work goes on without it."""
    with suppress(BrokenPipeError):
        print(line, file=sys.stderr)
