"""Agreement of two readers: exact values, published examples, and how often the interval is right."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from analysis.evidence.agreement import (
    ThemeAgreement,
    Themes,
    agreement,
    agreement_by_theme,
    f1_score,
    krippendorff_alpha,
    masi_distance,
    mean_interval,
)
from tests.support.every_case import for_each


def sets(*words: str) -> list[frozenset[str]]:
    """A set of letters of each word."""
    return [frozenset(word) for word in words]


@for_each(
    ("one", "other", "score"),
    [("", "", 1), ("a", "", 0), ("", "a", 0), ("a", "a", 1), ("a", "b", 0), ("ab", "a", 2 / 3), ("ab", "bc", 1 / 2)],
)
def test_f1_of_two_sets(one: str, other: str, score: float) -> None:
    assert f1_score(frozenset(one), frozenset(other)) == pytest.approx(score)


def test_two_readers_by_hand() -> None:
    pairs = list(zip(sets("a", "ab", "", "c"), sets("a", "a", "", "d"), strict=True))
    found = agreement(pairs)
    assert (found.answers, found.same) == (4, 2)
    assert found.f1 == pytest.approx((1 + 2 / 3 + 1 + 0) / 4)
    assert found.micro_f1 == pytest.approx(2 * 2 / 7)
    assert found.low < found.f1 < found.high
    assert agreement_by_theme(pairs) == {
        "a": ThemeAgreement(2, 0, 0),
        "b": ThemeAgreement(0, 1, 0),
        "c": ThemeAgreement(0, 1, 0),
        "d": ThemeAgreement(0, 0, 1),
    }


def test_nobody_named_a_theme() -> None:
    found = agreement(list(zip(sets("", ""), sets("", ""), strict=True)))
    assert (found.f1, found.micro_f1, found.micro_low, found.f1_named) == (1.0, None, None, None)
    with pytest.raises(ValueError, match="no answers"):
        agreement([])


def test_answers_in_which_neither_named_a_theme_do_not_touch_micro_f1() -> None:
    """8 both, 8 only the first, 2 only the second, 152 neither: the mean of the answers is .94, without those .44."""
    told = [*zip(sets(*["s"] * 16, "", ""), sets(*["s"] * 8, *[""] * 8, "s", "s"), strict=True)]
    found = agreement(told + list(zip(sets(*[""] * 152), sets(*[""] * 152), strict=True)))
    assert (found.answers, found.neither, round(found.f1, 2)) == (170, 152, 0.94)
    assert found.f1_named == pytest.approx(8 / 18)
    assert found.micro_f1 == pytest.approx(16 / 26)
    alone = agreement(told)
    assert (found.micro_f1, found.micro_low, found.micro_high) == (alone.micro_f1, alone.micro_low, alone.micro_high)
    assert (found.micro_low, found.micro_high) == pytest.approx((0.37, 0.81), abs=0.03), "as a bootstrap says"


def test_equal_weights_change_no_interval() -> None:
    scores = [1.0, 2 / 3, 0.5, 0.0, 1.0]
    assert mean_interval(scores, [3.0] * 5) == pytest.approx(mean_interval(scores))


def test_the_interval_is_that_of_a_share_where_scores_are_yes_or_no() -> None:
    """24 of 30: Wilson's interval is .627 to .905; the two added scores change it by less than .01."""
    low, high = mean_interval([1.0] * 24 + [0.0] * 6)
    assert low == pytest.approx(0.627, abs=0.01)
    assert high == pytest.approx(0.905, abs=0.01)


def test_thirty_equal_scores_still_leave_doubt() -> None:
    low, high = mean_interval([1.0] * 30)
    assert 0.85 < low < 0.91
    assert high == 1.0
    lowest, highest = mean_interval([0.0] * 30)
    assert lowest == 0.0
    assert highest == pytest.approx(1 - low)
    assert mean_interval([1.0])[0] < 0.4


SHARES = {
    "as measured": {1: 0.65, 2 / 3: 0.10, 1 / 2: 0.10, 0: 0.15},
    "yes or no": {1: 0.78, 0: 0.22},
    "nearly always": {1: 0.97, 0: 0.03},
    "always, nearly": {1: 0.95, 2 / 3: 0.03, 1 / 2: 0.02},
    "seldom": {1: 0.15, 1 / 2: 0.2, 0: 0.65},
    "in parts": {1: 0.2, 0.8: 0.2, 2 / 3: 0.2, 1 / 2: 0.15, 0.4: 0.1, 0: 0.15},
}


@pytest.mark.parametrize("count", [12, 30, 100])
@pytest.mark.parametrize("shares", SHARES.values(), ids=SHARES)
def test_the_interval_holds_the_mean_about_as_often_as_it_says(shares: dict[float, float], count: int) -> None:
    chance = random.Random(15)
    truth = sum(score * share for score, share in shares.items())
    held = 0
    for _ in range(1500):
        low, high = mean_interval(chance.choices(list(shares), list(shares.values()), k=count))
        held += low <= truth <= high
    assert held / 1500 > 0.925


def coded_by_two(chance: random.Random, codes: int, given: float, found: float, wrong: float) -> tuple[Themes, Themes]:
    """An answer that a first coder gives each code with a chance of `given`, and a second one as far as they agree."""
    first = {code for code in range(codes) if chance.random() < given}
    return first, {code for code in range(codes) if chance.random() < (found if code in first else wrong)}


@pytest.mark.parametrize("count", [60, 200])
@pytest.mark.parametrize(
    ("codes", "given", "found", "wrong"),
    [(1, 0.2, 0.5, 0.02), (1, 0.3, 0.8, 0.05), (5, 0.2, 0.7, 0.05), (20, 0.1, 0.95, 0.003), (20, 0.1, 0.2, 0.08)],
)
def test_the_interval_of_micro_f1_holds_it_about_as_often_as_it_says(
    codes: int, given: float, found: float, wrong: float, count: int
) -> None:
    chance = random.Random(16)
    truth = 2 * given * found / (given + given * found + (1 - given) * wrong)
    held = 0
    for _ in range(500):
        told = agreement([coded_by_two(chance, codes, given, found, wrong) for _ in range(count)])
        assert told.micro_low is not None and told.micro_high is not None
        held += told.micro_low <= truth <= told.micro_high
    assert held / 500 > 0.925


@for_each(
    ("one", "other", "distance"),
    [
        ("", "", 0),
        ("a", "a", 0),
        ("a", "b", 1),
        ("", "a", 1),
        ("ab", "abcd", 1 - 2 / 3 / 2),
        ("abc", "bcd", 1 - 1 / 3 / 2),
    ],
)
def test_masi_distance(one: str, other: str, distance: float) -> None:
    assert masi_distance(frozenset(one), frozenset(other)) == pytest.approx(distance)
    assert masi_distance(frozenset(other), frozenset(one)) == pytest.approx(distance)


def differ(one: Themes, other: Themes) -> float:
    return float(one != other)


@pytest.mark.parametrize(
    ("readers", "alpha"),
    [
        (["0100000010", "1110010000"], 0.095),
        (["aabbdcccedda", "babbbccceddd"], 0.692),
        (["123321412***", "1233224125*3", "*3332342251*", "12332441251*"], 0.743),
    ],
)
def test_alpha_of_the_examples_of_krippendorff_2011(readers: list[str], alpha: float) -> None:
    """Nominal data, his sections A to C; a star is an answer somebody did not read."""
    answers = [sets(*(value for value in values if value != "*")) for values in zip(*readers, strict=True)]
    assert krippendorff_alpha(answers, differ) == pytest.approx(alpha, abs=0.0005)
    single = krippendorff_alpha(answers)
    assert single == pytest.approx(alpha, abs=0.0005), "MASI of sets of one theme is whether they differ"


def test_alpha_counts_what_sets_share() -> None:
    near = [sets("ab", "a"), sets("c", "c"), sets("d", "d")]
    far = [sets("ab", "e"), sets("c", "c"), sets("d", "d")]
    assert (krippendorff_alpha(near) or 0) > (krippendorff_alpha(far) or 0)


@pytest.mark.parametrize("answers", [[], [sets("a")], [sets("a", "a"), sets("a", "a")]])
def test_alpha_where_there_is_nothing_to_tell(answers: list[list[frozenset[str]]]) -> None:
    assert krippendorff_alpha(answers) is None


def test_it_needs_no_numpy() -> None:
    """Web processes compute it."""
    code = "import sys, analysis.evidence.agreement; print('numpy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
