"""Many cases in one test: each is tried, and those that fail are named together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

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


Cases = Callable[[Callable[..., None]], Callable[..., None]]


def for_each(
    names: str | Sequence[str], rows: Iterable[Any], ids: Callable[[Any], str] | Iterable[str] = repr
) -> Cases:
    """Try every row in one test, as `pytest.mark.parametrize` does in a test for each.

    For tests that take less time than pytest takes to begin one (4 ms), and have no fixtures.
    """
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    cases = list(rows)
    called = [ids(row) for row in cases] if callable(ids) else ids

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        def all_cases(*owner: object) -> None:
            assert cases
            with every_case() as case:
                for name, row in zip(called, cases, strict=True):
                    with case(name):
                        test(*owner, **dict(zip(keys, [row] if len(keys) == 1 else row, strict=True)))

        parameters = inspect.signature(test).parameters.values()
        all_cases.__signature__ = inspect.Signature([p for p in parameters if p.name not in keys])  # type: ignore[attr-defined]
        all_cases.__name__, all_cases.__doc__, all_cases.__module__ = test.__name__, test.__doc__, test.__module__
        return all_cases

    return decorate
