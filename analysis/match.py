"""Which newly discovered theme is which earlier one, so that keys - and with them the owner's edits - carry over."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

LEAST_OVERLAP = 0.3  # of the smaller of the two; below it a theme is a new one


@dataclass(frozen=True, slots=True)
class EarlierTheme:
    """A discovered theme of an earlier run: its key and the folded texts of its ideas."""

    key: str
    members: frozenset[str]


def carry_keys(found: Sequence[frozenset[str]], earlier: Sequence[EarlierTheme]) -> list[str]:
    """A key for each discovered theme, given its folded texts: an earlier theme's by best overlap, or a new one.

    Two themes never share a key, and a new key never repeats an earlier one.
    """
    keys: list[str | None] = [None] * len(found)
    if found and earlier:
        shared = np.array([[_overlap(members, old.members) for old in earlier] for members in found])
        for row, column in zip(*linear_sum_assignment(shared, maximize=True), strict=True):
            if shared[row, column] >= LEAST_OVERLAP:
                keys[row] = earlier[column].key
    taken = {old.key for old in earlier}
    named: list[str] = []
    for key, members in zip(keys, found, strict=True):
        named.append(key if key is not None else _new_key(members, taken))
        taken.add(named[-1])
    return named


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Szymkiewicz-Simpson overlap, lowered a little by what is not shared so that the closest of several wins."""
    shared = len(a & b)
    if not shared:
        return 0.0
    return 0.9 * shared / min(len(a), len(b)) + 0.1 * shared / len(a | b)


def _new_key(members: frozenset[str], taken: set[str]) -> str:
    """A key made from the members, so that the same theme of the same answers gets the same key."""
    digest = hashlib.sha256("\n".join(sorted(members)).encode()).hexdigest()
    key, length = f"found-{digest[:8]}", 8
    while key in taken:
        length += 1
        key = f"found-{digest[:length]}"
    return key
