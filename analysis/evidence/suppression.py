"""Which counts of a table of themes by groups to hide besides the small ones, so that none of those can be worked out.

Everybody may read which answer is in which themes, how large each group is, and every count that is shown; who is in
which group nobody may. Then a hidden count is safe where two people could have each other's group without any shown
number being another: it might as well be one more or one less. (Complementary suppression: Hundepool et al. 2012,
"Statistical disclosure control", chapter 4; swaps: Dalenius and Reiss 1982, "Data-swapping".)
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

ELSEWHERE = None
"""The group of whoever is in none that is shown; none of its counts is."""


@dataclass(slots=True)
class Table:
    """Who named what, and what is shown of it. Sets of themes are bits of an integer, by their place in ``named``."""

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
    """Somebody of ``group`` who named ``own`` takes the group of somebody of ``other`` who named ``theirs``, and gives
    them their own.
    """

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
    """The cells, as (theme, group), that must not be shown either for none of ``few`` and ``hidden`` to be worked out.

    ``few`` are shown as one to ``most`` people, ``hidden`` not at all. A cell of ``few`` that is given back has to be
    hidden altogether.
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
    """The swap that changes a count and needs the fewest people hidden for it; None where nothing changes it."""
    best, least = None, float("inf")
    for swap in _swaps(table, theme, group):
        cost = sum(1 + table.counts[cell] for cell in _touched(swap) if not _may_change(table, swap, *cell, most))
        if cost < least:
            best, least = swap, cost
        if not cost:
            break
    return best


def _swaps(table: Table, theme: int, group: str | None) -> Iterator[Swap]:
    """Every swap of somebody of a group with somebody of another of whom exactly one named the theme."""
    bit = 1 << theme
    for other, all_theirs in table.members.items():
        if other == group:
            continue
        theirs = {with_it: [own for own in all_theirs if bool(own & bit) is with_it] for with_it in (True, False)}
        for own in table.members[group]:
            for its in theirs[not own & bit]:
                yield Swap(group, own, other, its)


def _touched(swap: Swap) -> Iterator[tuple[int, str | None]]:
    """The cells, as (theme, group), whose count is another after a swap."""
    for theme in _bits(swap.own ^ swap.theirs):
        yield theme, swap.group
        if swap.other is not ELSEWHERE:
            yield theme, swap.other


def _may_change(table: Table, swap: Swap, theme: int, group: str | None, most: int) -> bool:
    """Whether nothing that is shown of a cell says that the swap was not made."""
    bit = 1 << theme
    if table.hidden[group] & bit:
        return True
    loses = bool(swap.own & bit) is (group == swap.group)
    return bool(table.few[group] & bit) and 1 <= table.counts[theme, group] + (-1 if loses else 1) <= most


def _hide(table: Table, theme: int, group: str | None) -> None:
    table.hidden[group] |= 1 << theme
    table.few[group] &= ~(1 << theme)


def _bits(themes: int) -> Iterator[int]:
    """The places of the themes of a set."""
    while themes:
        least = themes & -themes
        yield least.bit_length() - 1
        themes ^= least
