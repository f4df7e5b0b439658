"""A site that gives one page from memory, behind the same server as ours: what a page can cost at least.

Its bytes come from the file that KEPT_BYTES names; a request that knows its mark gets a 304.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

MARK = '"kept"'
PAGE = Path(os.environ["KEPT_BYTES"]).read_bytes()


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Return the page, as a WSGI application does."""
    if environ.get("HTTP_IF_NONE_MATCH") == MARK:
        start_response("304 Not Modified", [("ETag", MARK)])
        return []
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(PAGE))), ("ETag", MARK)])
    return [PAGE]
