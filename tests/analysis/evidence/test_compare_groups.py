"""Groups compared: what is said of them, and that nothing hidden can be worked out."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.evidence.compare_groups import (
    MIN_PEOPLE,
    POWER,
    Comparison,
    ThemeCompared,
    compare_groups,
    difference_p,
    hide,
    people_needed,
    possible,
    power,
    power_to_see,
    wilson,
)
from tests.support.every_case import for_each
from tests.support.examples import examples


def survey(sizes: dict[str | None, int], counts: dict[str, dict[str | None, int]]) -> Comparison:
    """A comparison of themes that the first so many people of each group named."""
    group_of = [group for group, people in sizes.items() for _ in range(people)]
    people_of = {group: [at for at, own in enumerate(group_of) if own == group] for group in sizes}
    named = {
        theme: {at for group, count in row.items() for at in people_of[group][:count]} for theme, row in counts.items()
    }
    return compare_groups(group_of, named)


def only(comparison: Comparison) -> ThemeCompared:
    (row,) = comparison.themes
    return row


LARGE: dict[str | None, int] = {"partner": 200, "family": 150, "friend": 100, None: 60}


def test_a_theme_that_all_groups_name_alike_is_universal() -> None:
    row = only(survey(LARGE, {"listening": {"partner": 60, "family": 46, "friend": 29, None: 10}}))
    assert (row.verdict, row.leans_to) == ("universal", ())
    assert (row.people, row.share) == (145, 145 / 510)
    assert [(cell.group, cell.count) for cell in row.cells] == [("partner", 60), ("family", 46), ("friend", 29)]
    assert all(cell.low is not None and cell.share is not None and cell.low < cell.share for cell in row.cells)


def test_a_theme_leans_to_the_groups_that_name_it_more() -> None:
    row = only(survey(LARGE, {"laughing": {"partner": 80, "family": 55, "friend": 0}}))
    assert row.verdict == "leans"
    assert row.leans_to == ("partner", "family")


def test_a_theme_that_one_group_shuns_leans_to_the_others() -> None:
    sizes: dict[str | None, int] = dict.fromkeys("abcdefgh", 100)
    row = only(survey(sizes, {"t": {**dict.fromkeys("abcdefg", 30), "h": 5}}))
    assert (row.verdict, row.leans_to) == ("leans", tuple("abcdefg"))


def test_a_difference_too_small_to_matter_is_none_in_a_very_large_survey() -> None:
    row = only(survey({"a": 50_000, "b": 50_000}, {"t": {"a": 15_600, "b": 15_000}}))
    assert row.p is not None and row.p < 0.001
    assert row.verdict == "universal"


def test_twice_as_often_is_no_small_difference_of_a_rare_theme_in_a_very_large_survey() -> None:
    row = only(survey({"a": 20_000, "b": 20_000}, {"t": {"a": 800, "b": 400}}))
    assert (row.verdict, row.leans_to) == ("leans", ("a",))


FOUR: dict[str | None, int] = {"young": 43, "middle": 43, "older": 42, "old": 42}


@for_each("counts", [(1, 3, 2, 1), (2, 2, 2, 2), (3, 3, 3, 2), (2, 1, 2, 1), (4, 4, 4, 4), (6, 5, 7, 6)])
def test_a_theme_of_few_people_is_not_shared_by_all_of_many(counts: tuple[int, ...]) -> None:
    """One group that named it twice as often as the others would hardly be seen."""
    row = only(survey(FOUR, {"kids": dict(zip(FOUR, counts, strict=True))}))
    assert (row.verdict, row.reason) == ("too few to tell", "Too few people named it to compare groups.")


def test_a_small_group_that_could_differ_unseen_keeps_a_theme_from_being_shared_by_all() -> None:
    sizes: dict[str | None, int] = {"a": 800, "b": 500, "c": 300}
    counts: dict[str | None, int] = {"a": 120, "b": 75, "c": 45}
    assert only(survey(sizes, {"t": counts})).verdict == "universal"
    assert only(survey(sizes | {"d": 60}, {"t": counts | {"d": 9}})).verdict == "too few to tell"


SIZES = [
    (43, 43, 42, 42),
    (57, 32, 26, 16, 13),
    (85, 85),
    (200, 150, 100),
    (800, 500, 300, 60),
    (3000, 2000, 1500, 400),
]


def said_of(sizes: tuple[int, ...], shares: Sequence[float], tries: int, seed: int) -> Counter[str]:
    """How often each verdict is said of a theme that each group names so often."""
    generator = np.random.default_rng(seed)
    groups: list[str | None] = [str(at) for at in range(len(sizes))]
    told: Counter[str] = Counter()
    for _ in range(tries):
        counts = dict(zip(groups, generator.binomial(sizes, shares).tolist(), strict=True))
        told[only(survey(dict(zip(groups, sizes, strict=True)), {"t": counts})).verdict] += 1
    return told


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.033, 0.07, 0.15, 0.3, 0.5])
@pytest.mark.parametrize("sizes", SIZES)
def test_shared_by_all_is_seldom_said_where_a_group_names_it_twice_as_often(
    sizes: tuple[int, ...], share: float
) -> None:
    """Any group, the smallest too; or 20 points more often. Four cases of five: one in five, and a bit for chance."""
    more = min(share, 0.2)
    for group in {0, len(sizes) - 1}:
        shares = [share + more * (at == group) for at, size in enumerate(sizes)]
        assert said_of(sizes, shares, 60, 1)["universal"] <= 0.2 * 60 + 6, shares


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "share"), [((110, 110), 0.3), ((200, 150, 100), 0.3), ((200,) * 4, 0.15), ((3000, 2000, 1500, 400), 0.07)]
)
def test_shared_by_all_is_said_where_there_are_enough_people(sizes: tuple[int, ...], share: float) -> None:
    assert said_of(sizes, [share] * len(sizes), 60, 2)["universal"] >= 0.8 * 60


@for_each(
    ("sizes", "share"),
    [((43, 43, 42, 42), 0.3), ((200, 150, 100), 0.1), ((200, 150, 100), 0.25), ((85, 85), 0.6), ((500, 500), 0.06)],
)
def test_the_power_is_that_of_simulated_surveys(sizes: tuple[int, ...], share: float) -> None:
    """The smallest group names it twice as often as the others, or 20 points more."""
    people, part = sum(sizes), sizes[-1] / sum(sizes)
    others = max(share / (1 + part), share - 0.2 * part)
    shares = [others] * (len(sizes) - 1) + [others + min(others, 0.2)]
    assert np.dot(shares, sizes) / people == pytest.approx(share)
    drawn = np.random.default_rng(4).binomial(sizes, shares, (400, len(sizes))).astype(np.float64)
    seen = np.mean([difference_p(counts, np.array(sizes, dtype=np.float64)) < 0.05 for counts in drawn])
    assert power_to_see(share * people, np.array(sizes, dtype=np.float64)) == pytest.approx(seen, abs=0.06)


@for_each(
    ("sizes", "counts"),
    [
        ({"a": 20, "b": 20}, {"a": 8, "b": 7}),  # no difference, but who could have seen one
        ({"a": 200, "b": 200}, {"a": 1, "b": 1}),
        ({"a": 200, "b": 200, "c": 20}, {"a": 20, "b": 22, "c": 0}),  # nobody is not everybody
        ({"a": 200, "b": 200}, {}),
    ],
)
def test_few_are_too_few_to_tell(sizes: dict[str | None, int], counts: dict[str | None, int]) -> None:
    row = only(survey(sizes, {"t": counts}))
    assert row.verdict == "too few to tell"
    assert row.reason


def test_false_discoveries_are_held_down_over_all_themes() -> None:
    generator = np.random.default_rng(0)
    group_of = [["a", "b", "c"][at % 3] for at in range(300)]
    leaning = 0
    for _ in range(20):
        named = {f"t{n}": set(np.flatnonzero(generator.random(300) < 0.2).tolist()) for n in range(20)}
        leaning += sum(row.verdict == "leans" for row in compare_groups(group_of, named).themes)
    assert leaning <= 8  # about one survey in twenty, of one theme or two, is the most that is allowed


def test_nothing_to_compare() -> None:
    assert compare_groups([], {}).themes == ()
    assert compare_groups([None] * 20, {"t": {0, 1}}).groups == ()
    assert compare_groups(["a"] * 20, {"t": {0, 1}}).themes == ()
    assert compare_groups(["a"] * 20 + ["b"] * 4 + [None] * 5, {"t": {0, 22}}).themes == ()
    assert compare_groups(["a"] * 9 + ["b"] * 9, {}).themes == ()


def test_any_names_and_whole_groups() -> None:
    row = only(survey({"家族 🧡": 9, "=amis": 9}, {"ü": {"家族 🧡": 9, "=amis": 9}}))
    assert [cell.count for cell in row.cells] == [9, 9]
    assert row.verdict == "too few to tell"
    assert row.p == 1.0


@pytest.mark.parametrize(("groups", "people"), [(2, 88), (5, 133), (8, 160)])
def test_how_many_people_a_verdict_takes_depends_on_the_number_of_groups(groups: int, people: int) -> None:
    assert people_needed(groups) == people
    assert power(people - 1, groups) < POWER <= power(people, groups)


def test_the_people_of_a_comparison_add_up() -> None:
    told = survey({"a": 40, "b": 30, "c": 20, "d": 3, None: 10}, {"t": {"a": 9, "d": 2}})
    assert sum(people for _, people in told.groups) + told.elsewhere == told.people == 103
    assert told.needed == people_needed(3)
    assert survey({"a": 40, "d": 3}, {"t": {"a": 9, "d": 2}}).needed == 0


def test_a_small_group_is_not_shown_and_not_told_by_subtraction() -> None:
    told = survey({"a": 40, "b": 30, "c": 20, "d": 3, None: 10}, {"t": {"a": 9, "d": 2}})
    assert told.groups == (("a", 40), ("b", 30), ("c", 20))
    assert told.elsewhere == 13
    # With nobody else to hide among, the smallest group that could be shown is left out too.
    bare = survey({"a": 40, "b": 30, "c": 20, "d": 3}, {"t": {"a": 9, "d": 2}})
    assert bare.groups == (("a", 40), ("b", 30))
    assert bare.elsewhere == 23


def test_hidden_cells_are_listed_with_their_reason() -> None:
    # 3 + 2 could be no other than 1 + 4, 2 + 3, 3 + 2 and 4 + 1: each is four numbers.
    two = survey({"a": 40, "b": 30, "c": 20}, {"t": {"a": 9, "b": 3, "c": 2}})
    assert two.suppressed == (("t", "b", "fewer than 5"), ("t", "c", "fewer than 5"))
    # A single one would be the total less the others.
    one = survey({"a": 40, "b": 30, "c": 20}, {"t": {"a": 9, "b": 7, "c": 2}})
    assert one.suppressed == (("t", "b", "not shown"), ("t", "c", "not shown"))
    assert [cell.share for cell in one.themes[0].cells] == [9 / 40, None, None]


Tables = st.lists(st.tuples(st.integers(5, 12), st.integers(0, 12)), min_size=2, max_size=4)


@settings(max_examples=examples(300), deadline=None)
@given(Tables, st.integers(0, 8), st.integers(0, 8))
def test_no_count_is_found_from_what_is_shown(table: list[tuple[int, int]], elsewhere: int, others: int) -> None:
    """The attacker tries every number each hidden count may be, and every number of people elsewhere."""
    sizes = [size for size, _ in table]
    counts = [min(count, size) for size, count in table]
    total = sum(counts) + min(others, elsewhere)
    cells = hide(counts, [(str(at), size) for at, size in enumerate(sizes)], total, elsewhere)
    domains = []
    for cell, count in zip(cells, counts, strict=True):
        if cell.hidden == "fewer than 5":
            assert 0 < count < MIN_PEOPLE
            domains.append(range(1, MIN_PEOPLE))
        elif cell.hidden == "not shown":
            domains.append(range(cell.people + 1))
        else:
            assert cell.count == count and (count == 0 or count >= MIN_PEOPLE)
            domains.append(range(count, count + 1))
    found = [set[int]() for _ in cells]
    for guess in product(*domains):
        if 0 <= total - sum(guess) <= elsewhere:
            for values, value in zip(found, guess, strict=True):
                values.add(value)
    for cell, count, values in zip(cells, counts, found, strict=True):
        assert count in values
        assert not cell.hidden or len(values) >= 2


def test_hardly_any_count_is_found_by_one_who_knows_the_rule_too() -> None:
    """This attacker hides every table there can be, and keeps those that look the same."""
    sizes = (10, 6, 5)
    groups = [(str(at), size) for at, size in enumerate(sizes)]
    same: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for elsewhere in (0, 1, 6):
        for counts in product(*(range(size + 1) for size in sizes)):
            for others in range(elsewhere + 1):
                total = sum(counts) + others
                cells = hide(counts, groups, total, elsewhere)
                same[elsewhere, total, tuple((cell.count, cell.hidden) for cell in cells)].append(counts)
    found = [
        tables[0]
        for (tables) in same.values()
        for at in range(len(sizes))
        if len({table[at] for table in tables}) == 1 and 0 < tables[0][at] < MIN_PEOPLE
    ]
    assert len(found) <= 0.004 * sum(map(len, same.values()))
    assert all(6 in table or 10 in table for table in found)  # only where a small group named it to the last person


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.integers(0, 12), min_size=3, max_size=3), st.integers(0, 3))
def test_hidden_counts_do_not_show_in_the_verdict(counts: list[int], shift: int) -> None:
    """Tables that look the same are judged the same."""
    sizes: dict[str | None, int] = {"a": 60, "b": 25, "c": 14, None: 20}

    def judged(c: int, none: int) -> ThemeCompared:
        return only(survey(sizes, {"t": {"a": counts[0], "b": counts[1], "c": c, None: none}}))

    one, other = judged(1 + shift, 4 - shift), judged(1 + (shift + 1) % 4, 4 - (shift + 1) % 4)
    if one.cells == other.cells:
        assert one == other


def test_ranges_of_what_adds_up() -> None:
    assert possible([(1, 4), (1, 4)], 7, 0) == [(3, 4), (3, 4)]
    assert possible([(1, 4)], 3, 0) == [(3, 3)]
    assert possible([(1, 4)], 3, 9) == [(1, 3)]


def test_formulas_against_published_values() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-4)  # Newcombe 1998, table I, method 3
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert power(133, 5) == pytest.approx(0.80, abs=0.01)  # Cohen 1992: N = 133 for a medium effect at 4 df
    assert power(0, 3) == 0.0
    tea = difference_p(np.array([3.0, 1.0]), np.array([4.0, 4.0]))
    assert tea == pytest.approx(0.4857, abs=1e-4)  # Fisher's lady tasting tea, two-sided


def test_the_exact_test_agrees_with_all_tables_counted() -> None:
    sizes, counts = np.array([5.0, 6.0, 7.0]), np.array([4.0, 1.0, 0.0])
    from math import comb

    ways = {(a, b, 5 - a - b): comb(5, a) * comb(6, b) * comb(7, 5 - a - b) for a in range(6) for b in range(6 - a)}
    exact = sum(way for way in ways.values() if way <= ways[4, 1, 0]) / sum(ways.values())
    assert difference_p(counts, sizes) == pytest.approx(exact, abs=0.005)
    assert difference_p(counts, sizes) == difference_p(counts[::-1], sizes[::-1])
    assert difference_p(np.zeros(3), sizes) == difference_p(sizes, sizes) == 1.0
