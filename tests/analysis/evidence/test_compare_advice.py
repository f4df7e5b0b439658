"""A list of advice against the themes people named."""

import numpy as np
import pytest

from analysis.evidence.compare_advice import NamedTheme, Point, best_scores, compare_advice, nearness, point_texts
from tests.support.every_case import for_each

THEMES = [NamedTheme("listening", 43), NamedTheme("honesty", 34), NamedTheme("luck", 0), NamedTheme("time", 34)]
POINTS = [Point("Shut up and listen", "Stop talking."), Point("Be real"), Point("Look on the bright side")]
LEAST = np.array([0.5, 0.1, 0.0, 0.1])
SCORES = np.array([[0.9, 0.2, 0.1, 0.1], [0.5, 0.6, 0.9, 0.1], [0.3, 0.3, 0.9, 0.2]])


def test_each_point_with_its_theme_and_what_the_list_leaves_out() -> None:
    compared = compare_advice("Five things", POINTS, THEMES, SCORES, 0.48, 0.48)
    assert [(match.theme, match.people, match.strength) for match in compared.points] == [
        ("listening", 43, 0.9),
        ("honesty", 34, 0.6),
        (None, 0, 0.0),  # only a theme nobody named would fit
    ]
    assert compared.missing == (NamedTheme("time", 34),)
    assert [match.point for match in compared.points] == POINTS


def test_each_theme_has_its_own_threshold() -> None:
    compared = compare_advice("", POINTS, THEMES, SCORES, LEAST, LEAST, strengths=SCORES / 2)
    assert [match.theme for match in compared.points] == ["listening", "honesty", "honesty"]
    assert compared.points[0].strength == 0.45
    assert compared.missing == ()


def test_a_weak_match_is_kept_apart_and_is_no_gap_of_the_list() -> None:
    compared = compare_advice("", POINTS, THEMES, SCORES, 0.8, 0.48)
    assert [(match.theme, match.perhaps, match.strength) for match in compared.points] == [
        ("listening", None, 0.9),
        (None, "honesty", 0.0),
        (None, None, 0.0),
    ]
    assert [match.covers for match in compared.points] == [("listening",), ("listening", "honesty"), ()]
    assert compared.missing == (NamedTheme("time", 34),)


def test_the_most_named_of_what_is_missing_comes_first() -> None:
    themes = [NamedTheme("b", 2), NamedTheme("a", 2), NamedTheme("c", 9)]
    missing = compare_advice("", [], themes, np.zeros((0, 3)), 0.5, 0.5).missing
    assert [theme.key for theme in missing] == ["c", "a", "b"]


def test_nothing_to_compare() -> None:
    assert compare_advice("t", [], [], np.zeros((0, 0)), 0.5, 0.5).points == ()
    (match,) = compare_advice("t", [Point("Listen")], [], np.zeros((1, 0)), 0.5, 0.5).points
    assert match.theme is None


@for_each(
    ("point", "texts"),
    [
        (Point("Shut up and listen.", "Be kind. Be honest."), ["shut up and listen"]),
        (Point("", "Always be kind to people. Never tell them a lie."), 2),
        (Point("  ", " "), []),
        (Point("🧡 عائلة"), 1),
    ],
)
def test_a_heading_says_it_best(point: Point, texts: list[str] | int) -> None:
    found, owners = point_texts([Point("first"), point])
    assert (found[1:] if isinstance(texts, list) else len(found) - 1) == texts
    assert owners.tolist() == [0, *[1] * (len(found) - 1)]


def test_a_point_scores_as_its_best_text_does() -> None:
    scores = best_scores(np.array([[0.1, 0.9], [0.5, 0.2], [0.3, 0.3]]), np.array([0, 0, 2]), 3)
    assert scores[0].tolist() == [0.5, 0.9]
    assert scores[1].tolist() == [-np.inf, -np.inf]
    compared = compare_advice("", [Point("a"), Point(""), Point("c")], THEMES[:2], scores, 0.4, 0.4)
    assert [match.theme for match in compared.points] == ["honesty", None, None]


def test_what_all_share_is_taken_off_before_comparing() -> None:
    shared = np.eye(4, dtype=np.float32)[0] * 5
    themes = [shared + np.eye(4, dtype=np.float32)[[1, 1]], shared + np.eye(4, dtype=np.float32)[[2]]]
    near = nearness((shared + np.eye(4, dtype=np.float32)[[2, 3]]), themes, shared)
    assert near == pytest.approx(np.array([[0, 1], [0, 0]]), abs=1e-6)
    assert nearness(themes[0], [], shared).shape == (2, 0)
