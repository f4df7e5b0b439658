"""Complementary suppression: which further counts of a table to hide so that small ones cannot be worked out.

The reader knows which answer is in which themes, the size of each group and every shown count, but not who is in which
group. A hidden count is safe if two people could swap their groups without changing any shown number, since it could
then be one more or one less. (Hundepool et al. 2012, "Statistical disclosure control", chapter 4; swaps: Dalenius and
Reiss 1982, "Data-swapping".)
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

ELSEWHERE = None
"""The group of people in no shown group; its counts are never shown"""


@dataclass(slots=True)
class Table:
    """The people and the shown counts. A set of themes is an integer with a bit per theme, in the order of themes."""

    members: dict[str | None, list[int]]
    """The different sets of themes that people of each group named"""
    counts: Counter[tuple[int, str | None]]
    """People by theme and group"""
    few: dict[str | None, int] = field(default_factory=dict)
    """The themes of each group whose count reads "fewer than 5": it has to stay one to four"""
    hidden: dict[str | None, int] = field(default_factory=dict)
    """The themes of each group whose count is not shown at all"""

    def unshown(self, group: str | None) -> int:
        """The themes of a group whose count is hidden in either way."""
        return self.few[group] | self.hidden[group]


@dataclass(frozen=True, slots=True)
class Swap:
    """A person of ``group`` who named ``own`` and one of ``other`` who named ``theirs`` swap their groups."""

    group: str | None
    own: int
    other: str | None
    theirs: int


def also_to_hide(
    group_of: Sequence[str | None],
    named: Mapping[str, Collection[int]],
    groups: Collection[str],
    few: Collection[tuple[str, str]],
    hidden: Collection[tuple[str, str]],
    most: int,
) -> set[tuple[str, str]]:
    """Return further cells, as (theme, group), to hide so that none of ``few`` and ``hidden`` can be worked out.

    ``few`` are shown as "one to ``most`` people", ``hidden`` not at all. A returned cell of ``few`` has to be hidden
    altogether.
    """
    themes = list(named)
    table = _table(group_of, list(named.values()), groups)
    for cells, of in ((few, table.few), (hidden, table.hidden)):
        for name, group in cells:
            of[group] |= 1 << themes.index(name)
    settled: set[tuple[int, str | None]] = set()
    found: set[tuple[str, str]] = set()
    for group in groups:
        for theme in _bits(table.unshown(group)):
            if (theme, group) in settled:
                continue
            swap = _cheapest(table, theme, group, most)
            if swap is None:
                continue
            for cell in _touched(swap):
                settled.add(cell)
                if not _may_change(table, swap, *cell, most):
                    _hide(table, *cell)
                    found.add((themes[cell[0]], cell[1] or ""))
    return found


def _table(group_of: Sequence[str | None], named: Sequence[Collection[int]], groups: Collection[str]) -> Table:
    of = [0] * len(group_of)
    for theme, people in enumerate(named):
        for person in set(people):
            of[person] |= 1 << theme
    own = [group if group in groups else ELSEWHERE for group in group_of]
    members: dict[str | None, dict[int, None]] = {group: {} for group in (ELSEWHERE, *groups)}
    counts: Counter[tuple[int, str | None]] = Counter()
    for group, themes in zip(own, of, strict=True):
        members[group][themes] = None
    for theme, people in enumerate(named):
        counts.update((theme, own[person]) for person in set(people))
    everything = (1 << len(named)) - 1
    return Table(
        members={group: list(own) for group, own in members.items()},
        counts=counts,
        few=dict.fromkeys(members, 0),
        hidden=dict.fromkeys(members, 0) | {ELSEWHERE: everything},
    )


def _cheapest(table: Table, theme: int, group: str | None, most: int) -> Swap | None:
    """Return the swap that changes a count and hides the fewest people's counts; None if no swap changes it."""
    best, least = None, float("inf")
    for swap in _swaps(table, theme, group):
        cost = sum(1 + table.counts[cell] for cell in _touched(swap) if not _may_change(table, swap, *cell, most))
        if cost < least:
            best, least = swap, cost
        if not cost:
            break
    return best


def _swaps(table: Table, theme: int, group: str | None) -> Iterator[Swap]:
    """Yield each swap between a group and another of two people of whom exactly one named the theme."""
    bit = 1 << theme
    for other, all_theirs in table.members.items():
        if other == group:
            continue
        theirs = {with_it: [own for own in all_theirs if bool(own & bit) is with_it] for with_it in (True, False)}
        for own in table.members[group]:
            for its in theirs[not own & bit]:
                yield Swap(group, own, other, its)


def _touched(swap: Swap) -> Iterator[tuple[int, str | None]]:
    """Yield the cells, as (theme, group), whose count a swap changes."""
    for theme in _bits(swap.own ^ swap.theirs):
        yield theme, swap.group
        if swap.other is not ELSEWHERE:
            yield theme, swap.other


def _may_change(table: Table, swap: Swap, theme: int, group: str | None, most: int) -> bool:
    """Return whether what is shown of a cell stays true after the swap."""
    bit = 1 << theme
    if table.hidden[group] & bit:
        return True
    loses = bool(swap.own & bit) is (group == swap.group)
    return bool(table.few[group] & bit) and 1 <= table.counts[theme, group] + (-1 if loses else 1) <= most


def _hide(table: Table, theme: int, group: str | None) -> None:
    table.hidden[group] |= 1 << theme
    table.few[group] &= ~(1 << theme)


def _bits(themes: int) -> Iterator[int]:
    """Yield the indexes of the themes of a set."""
    while themes:
        least = themes & -themes
        yield least.bit_length() - 1
        themes ^= least
