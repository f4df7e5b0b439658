"""Which theme is which, and what a run changed."""

from __future__ import annotations

from analysis.discovery.theme_identity import Change, EarlierTheme, Snapshot, carry_keys, theme_changes
from tests.support.every_case import for_each


def snapshot(key: str, words: str, people: int = 0) -> Snapshot:
    return Snapshot(key, people or len(words.split()), frozenset(words.split()))


def test_a_theme_keeps_its_key_when_answers_arrive() -> None:
    earlier = [EarlierTheme("cats", frozenset("abcd")), EarlierTheme("dogs", frozenset("wxyz"))]
    assert carry_keys([frozenset("wxyv"), frozenset("abcdefg")], earlier) == ["dogs", "cats"]


def test_a_new_theme_never_takes_an_earlier_key() -> None:
    earlier = [EarlierTheme("cats", frozenset("abcd"))]
    first, second = carry_keys([frozenset("abcd"), frozenset("pq")], earlier)
    assert first == "cats"
    assert second not in ("cats", "")
    assert carry_keys([frozenset("pq")], []) == [second]


@for_each(
    ("before", "after", "expected"),
    [
        ([("a", "1 2 3")], [("a", "1 2 3")], [Change("a", "unchanged", 3, 3)]),
        ([("a", "1 2 3")], [("a", "1 2 3 4")], [Change("a", "grew", 3, 4)]),
        ([("a", "1 2 3")], [("a", "1 2")], [Change("a", "shrank", 3, 2)]),
        ([], [("a", "1 2")], [Change("a", "new", 0, 2)]),
        ([("a", "1 2")], [], [Change("a", "gone", 2, 0)]),
        (
            [("a", "1 2 3 4")],
            [("a", "1 2"), ("b", "3 4 5")],
            [Change("a", "shrank", 4, 2), Change("b", "split", 0, 3, "a")],
        ),
        (
            [("a", "1 2"), ("b", "3 4 5")],
            [("a", "1 2 3 4 5")],
            [Change("a", "grew", 2, 5), Change("b", "merged", 3, 0, "a")],
        ),
        ([("a", "1 2")], [("b", "8 9")], [Change("b", "new", 0, 2), Change("a", "gone", 2, 0)]),
        ([], [], []),
    ],
)
def test_what_a_run_changed(
    before: list[tuple[str, str]], after: list[tuple[str, str]], expected: list[Change]
) -> None:
    found = theme_changes([snapshot(*theme) for theme in before], [snapshot(*theme) for theme in after])
    assert list(found) == expected
