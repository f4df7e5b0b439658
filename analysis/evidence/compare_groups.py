"""Themes compared across groups of people, such as respondent kinds: does every group name them alike?

Whatever is not hidden may be published, and everything is computed from published numbers: tests and verdicts use a
hidden count only as "one to four", so they reveal no more about it than the page.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from math import isnan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import chi2, false_discovery_control, fisher_exact, ncx2

from analysis.arrays import DoubleArray
from analysis.evidence.suppression import also_to_hide

Hidden = Literal["", "fewer than 5", "not shown"]
Verdict = Literal["universal", "leans", "too few to tell"]

MIN_PEOPLE = 5  # people in a shown group, and in a shown count
NORMAL_95 = 1.959964
SIGNIFICANT = 0.05  # false discovery rate among the themes that lean
POWER = 0.8  # to see a difference worth naming, required for "universal"
TWICE, POINTS = 2, 0.2
"""A difference worth naming: a group that names a theme twice as often as the others, or where that is more than 20
percentage points, these. The smallest effects of practical meaning by Ferguson 2009, "An effect size primer",
Professional Psychology 40: a risk ratio of 2, and a phi of .2, which 20 points about one half are."""
MEDIUM, SMALL = 0.3, 0.1  # Cohen's w (Cohen 1988, "Statistical power analysis", chapter 7): medium and small
MIN_POSSIBLE_VALUES = 3  # of a hidden count
DRAWS = 9999  # random tables of an exact test
MAX_HIDDEN_TRIED = 6  # hidden cells of a theme whose extreme values are all combined


@dataclass(frozen=True, slots=True)
class Cell:
    """The number of a group's ``people`` who named a theme, with share and 95 % interval, 0-1; None if hidden.

    "fewer than 5" is one to four people. "not shown" may be any number: it protects another cell.
    """

    group: str
    people: int
    count: int | None
    share: float | None
    low: float | None
    high: float | None
    hidden: Hidden


@dataclass(frozen=True, slots=True)
class ThemeCompared:
    """A theme across the shown groups, in the order of ``Comparison.groups``.

    ``people`` and ``share`` are of all who answered, in any group or none. ``leans_to`` names groups when the
    verdict is "leans". ``p`` is that of the test, ``q`` is corrected for the number of themes
    (Benjamini and Hochberg 1995); None without a test. ``reason`` is one plain sentence.
    """

    theme: str
    people: int
    share: float
    cells: tuple[Cell, ...]
    verdict: Verdict
    leans_to: tuple[str, ...]
    p: float | None
    q: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Themes across groups. ``groups`` are the shown ones with their people, largest first.

    ``elsewhere`` people named no group or one that is not shown; the two must not be told apart. ``people`` are these
    and those of ``groups``. ``needed`` people in so many groups are enough to see a difference of MEDIUM in a theme of
    any size. ``points`` is POINTS: what else verdicts go by, unlike those of results that do not have it.
    """

    people: int
    groups: tuple[tuple[str, int], ...]
    elsewhere: int
    themes: tuple[ThemeCompared, ...]
    needed: int = 0
    points: float = POINTS

    @property
    def suppressed(self) -> tuple[tuple[str, str, Hidden], ...]:
        """Return theme, group and reason of every hidden cell."""
        return tuple((row.theme, cell.group, cell.hidden) for row in self.themes for cell in row.cells if cell.hidden)


def compare_groups(
    group_of: Sequence[str | None], named: Mapping[str, Collection[int]], *, seed: int = 0, draws: int = DRAWS
) -> Comparison:
    """Compare themes by group: ``group_of[i]`` is the group of person i or None, ``named`` the people of each theme.

    A person counts once per theme. Without two groups large enough to show, nothing is compared.
    """
    groups = _shown_groups(group_of)
    elsewhere = len(group_of) - sum(people for _, people in groups)
    if len(groups) < 2:
        return Comparison(len(group_of), (), len(group_of), ())
    rows = []
    for theme, people in named.items():
        who = set(people)
        counts = Counter(group_of[person] for person in who)
        cells = hide([counts[group] for group, _ in groups], groups, len(who), elsewhere)
        blank = ThemeCompared(theme, len(who), len(who) / len(group_of), cells, "too few to tell", (), None, None, "")
        rows.append(blank)
    rows = _hide_across_themes(rows, group_of, named)
    judged = _judged([_tested(row, seed, draws) for row in rows])
    return Comparison(len(group_of), groups, elsewhere, judged, people_needed(len(groups)))


def hide(counts: Sequence[int], groups: Sequence[tuple[str, int]], total: int, elsewhere: int) -> tuple[Cell, ...]:
    """Return the cells of one theme, hidden so that no count of one to four can be worked out.

    ``total`` people named the theme, in any group or none, and ``elsewhere`` people are in none of ``groups``; both are
    public. Counts of one to four read "fewer than 5" if each could still be three numbers; else they and
    the smallest other count read "not shown", if each could be three numbers; else all cells do. Three numbers and
    not two, because the case that applied reveals something as well.
    """
    sizes = [people for _, people in groups]
    small = {at for at, count in enumerate(counts) if 0 < count < MIN_PEOPLE}
    rest = total - sum(count for at, count in enumerate(counts) if at not in small)
    if not small:
        return tuple(_cell(group, count, "") for group, count in zip(groups, counts, strict=True))
    if _undetermined([(1, MIN_PEOPLE - 1)] * len(small), rest, elsewhere):
        return tuple(
            _cell(group, count, "fewer than 5" if at in small else "")
            for at, (group, count) in enumerate(zip(groups, counts, strict=True))
        )
    others = sorted({count for count in counts if count >= MIN_PEOPLE})
    hidden = small | {at for at, count in enumerate(counts) if others and count == others[0]}
    rest = total - sum(count for at, count in enumerate(counts) if at not in hidden)
    if not others or not _undetermined([(0, sizes[at]) for at in sorted(hidden)], rest, elsewhere):
        hidden = set(range(len(counts)))
    return tuple(
        _cell(group, count, "not shown" if at in hidden else "")
        for at, (group, count) in enumerate(zip(groups, counts, strict=True))
    )


def _hide_across_themes(
    rows: Sequence[ThemeCompared], group_of: Sequence[str | None], named: Mapping[str, Collection[int]]
) -> list[ThemeCompared]:
    """Return the rows with further cells hidden where all rows combined would reveal a hidden one."""
    groups = [cell.group for cell in rows[0].cells] if rows else []
    few = [(row.theme, cell.group) for row in rows for cell in row.cells if cell.hidden == "fewer than 5"]
    unshown = [(row.theme, cell.group) for row in rows for cell in row.cells if cell.hidden == "not shown"]
    more = also_to_hide(group_of, named, groups, few, unshown, MIN_PEOPLE - 1)
    return [
        replace(
            row,
            cells=tuple(
                _cell((cell.group, cell.people), 0, "not shown") if (row.theme, cell.group) in more else cell
                for cell in row.cells
            ),
        )
        for row in rows
    ]


def possible(ranges: Sequence[tuple[int, int]], total: int, slack: int) -> list[tuple[int, int]]:
    """Return the range of each count, given ``ranges``, if they and up to ``slack`` others add up to ``total``."""
    lows, highs = sum(low for low, _ in ranges), sum(high for _, high in ranges)
    return [(max(low, total - slack - (highs - high)), min(high, total - (lows - low))) for low, high in ranges]


def wilson(count: int, people: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, "Probable inference", JASA 22)."""
    if people == 0:
        return 0.0, 1.0
    share, z2 = count / people, NORMAL_95**2
    middle = (share + z2 / (2 * people)) / (1 + z2 / people)
    half = NORMAL_95 / (1 + z2 / people) * sqrt(share * (1 - share) / people + z2 / (4 * people**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_p(counts: DoubleArray, sizes: DoubleArray, *, seed: int = 0, draws: int = DRAWS) -> float:
    """Return the p-value of groups of ``sizes`` (g,) with ``counts`` (g,) naming a theme equally often.

    It is 1 when all or none name it.

    Pearson's chi-square where Cochran's (1954) rule allows it: no expected count below 1 and four in five at least 5.
    Else Fisher's exact test for two groups, and for more that of Freeman and Halton (1951) by drawing tables with the
    same margins.
    """
    everyone, yes = float(sizes.sum()), float(counts.sum())
    if yes in (0.0, everyone) or len(sizes) < 2:
        return 1.0
    expected = np.concatenate([sizes * yes / everyone, sizes * (1 - yes / everyone)])
    if expected.min() >= 1 and (expected >= 5).mean() >= 0.8:
        return float(chi2.sf(_chi_square(counts, sizes), len(sizes) - 1))
    if len(sizes) == 2:
        return float(fisher_exact(np.stack([counts, sizes - counts]).astype(np.int64)).pvalue)
    order = np.lexsort((counts, sizes))
    generator = np.random.default_rng(seed)
    tables = generator.multivariate_hypergeometric(sizes[order].astype(np.int64), int(yes), size=draws)
    seen = _log_ways(counts[order], sizes[order])
    as_rare = int((_log_ways(tables, sizes[order]) <= seen + 1e-9).sum())
    return (1 + as_rare) / (1 + draws)


def power(people: int, groups: int, effect: float = MEDIUM) -> float:
    """Return the power of a chi-square test at 5 % for a difference of Cohen's w ``effect`` (Cohen 1988, 7.2)."""
    if groups < 2 or people == 0:
        return 0.0
    return float(ncx2.sf(chi2.isf(SIGNIFICANT, groups - 1), groups - 1, people * effect**2))


def power_to_see(named: float, sizes: DoubleArray) -> float:
    """Return the power to see that one group of ``sizes`` (g,) names a theme of ``named`` people more often: the least.

    It does so by a difference worth naming, which makes the noncentrality of the chi-square that of its 2 x 2 table
    with the other groups (Cohen 1988, 7.2). At 5 %; 0 if all or none name it.
    """
    people = float(sizes.sum())
    share, parts = named / people, sizes / people
    if not 0 < share < 1 or len(sizes) < 2:
        return 0.0
    effect = np.square(_worth_naming(share, parts)) * parts * (1 - parts) / (share * (1 - share))
    return float(ncx2.sf(chi2.isf(SIGNIFICANT, len(sizes) - 1), len(sizes) - 1, people * effect.min()))


def _worth_naming(share: float, parts: DoubleArray) -> DoubleArray:
    """Return the difference worth naming between groups that are ``parts`` (g,) of all people and the others, 0-1."""
    return np.minimum((TWICE - 1) * share / (1 + (TWICE - 1) * parts), POINTS)


@cache
def people_needed(groups: int) -> int:
    """Return the number of people in two or more groups from which a difference of MEDIUM is seen with POWER."""
    people = 1
    while power(people, groups) < POWER:
        people += 1
    return people


def _shown_groups(group_of: Sequence[str | None]) -> tuple[tuple[str, int], ...]:
    """Return the groups of at least five people, largest first.

    People of smaller groups stay hidden among at least five people in no shown group: those who named none, or else
    the smallest group that could be shown, which is then left out.
    """
    sizes = Counter(group for group in group_of if group is not None)
    shown = sorted(((g, n) for g, n in sizes.items() if n >= MIN_PEOPLE), key=lambda group: (-group[1], group[0]))
    if len(shown) < len(sizes) and len(group_of) - sizes.total() < MIN_PEOPLE:
        shown = shown[:-1]
    return tuple(shown)


def _cell(group: tuple[str, int], count: int, hidden: Hidden) -> Cell:
    name, people = group
    if hidden:
        return Cell(name, people, None, None, None, None, hidden)
    return Cell(name, people, count, count / people, *wilson(count, people), "")


def _undetermined(ranges: Sequence[tuple[int, int]], total: int, slack: int) -> bool:
    return all(high - low + 1 >= MIN_POSSIBLE_VALUES for low, high in possible(ranges, total, slack))


def _tested(row: ThemeCompared, seed: int, draws: int) -> ThemeCompared:
    """Return the row with the p-value of the table, among those its hidden counts allow, with the least difference."""
    cells = [cell for cell in row.cells if cell.hidden != "not shown"]
    if len(cells) < 2 or not any(cell.hidden or cell.count for cell in cells):
        return row
    return replace(row, p=difference_p(_most_equal_counts(cells), _sizes(cells), seed=seed, draws=draws))


def _judged(rows: Sequence[ThemeCompared]) -> tuple[ThemeCompared, ...]:
    """Return the rows with their q-value and verdict."""
    tested = [row.p for row in rows if row.p is not None]
    adjusted = iter(false_discovery_control(tested, method="bh")) if tested else iter(())
    return tuple(_verdict(row if row.p is None else replace(row, q=float(next(adjusted)))) for row in rows)


def _verdict(row: ThemeCompared) -> ThemeCompared:
    cells = [cell for cell in row.cells if cell.hidden != "not shown"]
    if row.q is None:
        return replace(row, reason="Too few people named it to compare groups.")
    counts, sizes = _most_equal_counts(cells), _sizes(cells)
    if row.q < SIGNIFICANT and not _is_small(counts, sizes):
        leans_to = tuple(cells[at].group for at in _above(counts, sizes))
        return replace(
            row, verdict="leans", leans_to=leans_to, reason="Some groups name it clearly more often than others."
        )
    if len(cells) < len(row.cells) or sum(1 for cell in cells if cell.hidden) > MAX_HIDDEN_TRIED:
        return replace(row, reason="Too few people named it in some groups.")
    if any(cell.count == 0 for cell in cells):
        return replace(row, reason="Nobody named it in some groups, but too few answered to make something of that.")
    corners = _corners(cells)
    if not all(power_to_see(float(corner.sum()), sizes) >= POWER for corner in corners):
        if counts.sum() < POINTS * sizes.sum():
            return replace(row, reason="Too few people named it to compare groups.")
        return replace(row, reason="Too few people answered to see a difference if there were one.")
    if not all(_no_difference(corner, sizes) for corner in corners):
        return replace(row, reason="The groups may differ; more answers would tell.")
    return replace(row, verdict="universal", reason="Every group names it, and none clearly more often than others.")


def still_universal(cells: Sequence[Cell]) -> tuple[Verdict, str]:
    """Return the verdict and reason of a theme that was called universal by an earlier rule: that, or too few to tell.

    ``cells`` are what was published of it, so the verdict reveals no more.
    """
    row = _verdict(ThemeCompared("", 0, 0.0, tuple(cells), "too few to tell", (), 1.0, 1.0, ""))
    return row.verdict, row.reason


def _no_difference(counts: DoubleArray, sizes: DoubleArray) -> bool:
    """Return whether there is no evidence of a difference, or only of one too small to matter."""
    return _is_small(counts, sizes) or difference_p(counts, sizes) >= SIGNIFICANT


def _is_small(counts: DoubleArray, sizes: DoubleArray) -> bool:
    """Return whether groups differ too little to matter: Cohen's w is below SMALL, and each is nearer to the others
    than half of a difference worth naming.
    """
    people, named = float(sizes.sum()), float(counts.sum())
    apart = np.abs(counts / sizes - (named - counts) / np.maximum(people - sizes, 1))
    near = apart < _worth_naming(named / people, sizes / people) / 2
    return bool(near.all()) and sqrt(_chi_square(counts, sizes) / people) < SMALL


def _most_equal_counts(cells: Sequence[Cell]) -> DoubleArray:
    """Return the counts, hidden ones set to the value of one to four nearest to what the other groups predict."""
    sizes = _sizes(cells)
    hidden = np.array([bool(cell.hidden) for cell in cells])
    counts = np.array([cell.count or 0 for cell in cells], dtype=np.float64)
    counts[hidden] = 1
    for _ in range(10):  # converges in two or three rounds
        counts[hidden] = np.clip(np.rint(sizes[hidden] * counts.sum() / sizes.sum()), 1, MIN_PEOPLE - 1)
    return counts


def _corners(cells: Sequence[Cell]) -> list[DoubleArray]:
    """Return the counts with each hidden one at its minimum and maximum: no table in between differs more."""
    choices = [(1, MIN_PEOPLE - 1) if cell.hidden else (cell.count or 0,) for cell in cells]
    return [np.array(corner, dtype=np.float64) for corner in product(*choices)]


def _above(counts: DoubleArray, sizes: DoubleArray) -> list[int]:
    """Return the groups that name it more often: by adjusted residual (Haberman 1973), or else share."""
    share = counts.sum() / sizes.sum()
    error = np.sqrt(sizes * share * (1 - share) * (1 - sizes / sizes.sum()))
    residuals = (counts - sizes * share) / np.maximum(error, 1e-12)
    clear = np.flatnonzero(residuals > NORMAL_95)
    return [int(at) for at in (clear if len(clear) else np.flatnonzero(residuals > 0))]


def _chi_square(counts: DoubleArray, sizes: DoubleArray) -> float:
    share = float(counts.sum() / sizes.sum())
    if share in (0.0, 1.0):
        return 0.0
    value = float((np.square(counts - sizes * share) / (sizes * share * (1 - share))).sum())
    return 0.0 if isnan(value) else value


def _log_ways(counts: NDArray[np.generic], sizes: DoubleArray) -> DoubleArray:
    """Return the log of the ways to choose ``counts`` (..., g) out of ``sizes`` (g,): a log-likelihood."""
    chosen = counts.astype(np.float64)
    return np.asarray((gammaln(sizes + 1) - gammaln(chosen + 1) - gammaln(sizes - chosen + 1)).sum(axis=-1))


def _sizes(cells: Sequence[Cell]) -> DoubleArray:
    return np.array([cell.people for cell in cells], dtype=np.float64)
