"""What may be chosen of an analysis, by a program or on the command line."""

from __future__ import annotations

from operator import index
from typing import SupportsIndex

from analysis.languages import is_language

MAX_SEED = 2**32 - 1
"""The largest that scikit-learn takes"""


def checked_seed(given: object) -> int:
    """Return a seed as a whole number. Raises ValueError where it is none."""
    is_whole = isinstance(given, SupportsIndex) and not isinstance(given, bool)
    if not isinstance(given, SupportsIndex) or not is_whole or not 0 <= index(given) <= MAX_SEED:
        raise ValueError(f"seed is {given!r}. Give a whole number from 0 to {MAX_SEED}.")
    return index(given)


def checked_language(given: object) -> str | None:
    """Return the code of a language, None where none is named. Raises ValueError where there is none of that code."""
    if given is None or (isinstance(given, str) and is_language(given)):
        return given
    raise ValueError(f"language is {given!r}. Give a code such as 'de', 'zh' or 'pt-BR'.")
