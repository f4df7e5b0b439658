"""What tests share: of many cases in one test each is tried, and those that fail are named."""

from __future__ import annotations

import pytest

from tests.support.every_case import for_each


def test_every_row_is_tried_and_those_that_fail_are_named() -> None:
    tried = []

    @for_each("number, word", [(1, "one"), (2, "zwei"), (3, "three"), (4, "vier")])
    def numbers(number: int, word: str) -> None:
        tried.append(number)
        assert word in ("one", "three")

    with pytest.raises(pytest.fail.Exception) as failed:
        numbers()
    assert tried == [1, 2, 3, 4]
    said = str(failed.value)
    assert said.startswith("2 cases failed")
    assert "(2, 'zwei')" in said and "(4, 'vier')" in said and "'one'" not in said.split("assert")[0]


def test_names_of_cases_may_be_given_and_a_value_alone_is_no_row() -> None:
    @for_each("pair", [(1, 2), (3, 4)], ids=["first", "second"])
    def pairs(pair: tuple[int, int]) -> None:
        assert pair == (1, 2)

    with pytest.raises(pytest.fail.Exception, match=r"^1 cases failed\n\nsecond: AssertionError"):
        pairs()


def test_a_list_without_rows_is_no_test() -> None:
    @for_each("number", [])
    def none(number: int) -> None:
        assert number

    with pytest.raises(AssertionError):
        none()
