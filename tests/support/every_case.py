"""Many cases in one test: each is tried, and those that fail are named together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest


@contextmanager
def every_case() -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """Yield a context for each case, `with case(name):`; fail at the end with the names of all that failed, and why."""
    failed: list[str] = []

    @contextmanager
    def case(name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a case that breaks is one that failed
            failed.append(f"{name}: {type(error).__name__}: {error}")

    yield case
    if failed:
        pytest.fail(f"{len(failed)} cases failed\n\n" + "\n\n".join(failed), pytrace=False)
