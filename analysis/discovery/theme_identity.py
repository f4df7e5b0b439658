"""Matching of discovered themes to those of earlier runs, so that their keys and the owner's edits carry over."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.compiled import assignment

MIN_OVERLAP = 0.5  # of the smaller theme; with less a theme is new


@dataclass(frozen=True, slots=True)
class EarlierTheme:
    """A discovered theme of an earlier run: its key, the folded texts of its ideas, and the theme of a sub-theme."""

    key: str
    members: frozenset[str]
    parent: str | None = None


def by_parent(themes: Sequence[EarlierTheme]) -> dict[str, list[EarlierTheme]]:
    """Return the sub-themes among some themes, by the key of their theme."""
    found: dict[str, list[EarlierTheme]] = {}
    for theme in themes:
        if theme.parent is not None:
            found.setdefault(theme.parent, []).append(theme)
    return found


def carry_keys(
    found: Sequence[frozenset[str]], earlier: Sequence[EarlierTheme], *, prefix: str = "found-"
) -> list[str]:
    """Return a key for each discovered theme, given its folded texts: that of an earlier theme, or a new one.

    Themes are matched for the largest total overlap. Keys are distinct; new ones start with ``prefix``.
    """
    keys: list[str | None] = [None] * len(found)
    if found and earlier:
        shared = np.array([[_overlap(members, old.members) for old in earlier] for members in found])
        for row, column in zip(*assignment(shared, maximize=True), strict=True):
            if shared[row, column] >= MIN_OVERLAP:
                keys[row] = earlier[column].key
    taken = {old.key for old in earlier}
    carried: list[str] = []
    for key, members in zip(keys, found, strict=True):
        carried.append(key if key is not None else _new_key(members, taken, prefix))
        taken.add(carried[-1])
    return carried


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Return 0.9 of the Szymkiewicz-Simpson overlap plus 0.1 of the Jaccard index, which decides between equals."""
    shared = len(a & b)
    if not shared:
        return 0.0
    return 0.9 * shared / min(len(a), len(b)) + 0.1 * shared / len(a | b)


def _new_key(members: frozenset[str], taken: set[str], prefix: str) -> str:
    """Return a key from a hash of the members: the same theme of the same answers has the same key."""
    digest = hashlib.sha256("\n".join(sorted(members)).encode()).hexdigest()
    key, length = f"{prefix}{digest[:8]}", 8
    while key in taken:
        length += 1
        key = f"{prefix}{digest[:length]}"
    return key


ChangeKind = Literal["unchanged", "grew", "shrank", "split", "merged", "new", "gone"]


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a theme between two runs: its number of answers ``before`` and ``after``, 0 where it was missing.

    ``other`` is the theme it was split from or merged into.
    """

    key: str
    kind: ChangeKind
    before: int
    after: int
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A theme of one run: its number of answers and the folded texts of its ideas."""

    key: str
    people: int
    members: frozenset[str]


def theme_changes(before: Sequence[Snapshot], after: Sequence[Snapshot]) -> tuple[Change, ...]:
    """Return the change of each theme, in the order of ``after`` and then of themes that are gone.

    A new theme is "split" if most of its earlier wordings were in one theme. A theme that is gone is "merged" if most
    of its wordings are in one theme now.
    """
    old, new = {theme.key: theme for theme in before}, {theme.key: theme for theme in after}
    found = []
    for theme in after:
        earlier = old.get(theme.key)
        if earlier is None:
            known = theme.members & frozenset().union(*(other.members for other in before))
            source = _mostly_in(known, before)
            found.append(Change(theme.key, "split" if source else "new", 0, theme.people, source))
        else:
            step = theme.people - earlier.people
            kind: ChangeKind = "grew" if step > 0 else "shrank" if step < 0 else "unchanged"
            found.append(Change(theme.key, kind, earlier.people, theme.people))
    for theme in before:
        if theme.key not in new:
            target = _mostly_in(theme.members, after)
            found.append(Change(theme.key, "merged" if target else "gone", theme.people, 0, target))
    return tuple(found)


def _mostly_in(members: frozenset[str], themes: Sequence[Snapshot]) -> str | None:
    """Return the key of the theme with more than half of the wordings, or None."""
    shares = [(len(members & theme.members), theme.key) for theme in themes]
    most, key = max(shares, default=(0, ""))
    return key if 2 * most > len(members) > 0 else None
