"""Answers put together from two keep what each idea means."""

from __future__ import annotations

from benchmarks.two_points import LONGEST, compose

CODES = {f"{what} {number}": what for what in ("tea", "bread", "lamps") for number in range(8)}


def test_half_of_the_answers_are_in_pairs_of_different_codes_and_none_is_lost() -> None:
    made = compose(CODES, draw=1)
    pairs = [answer for answer in made if answer.second is not None]
    assert 3 <= len(pairs) <= 6 and len(made) == len(CODES) - len(pairs)
    assert all(answer.first != answer.second for answer in pairs)
    assert "".join(sorted(answer.text.lower().replace(". ", "") for answer in made)).count(" ") == len(CODES)
    assert compose(CODES, draw=1) == made != compose(CODES, draw=2)


def test_an_idea_has_the_code_of_the_point_it_starts_in() -> None:
    for answer in compose(CODES, draw=0):
        if answer.second is None:
            assert answer.code_at(0) == answer.code_at(99) == CODES[answer.text]
        else:
            head, tail = answer.text.split(". ")
            assert (answer.code_at(0), answer.code_at(len(head) + 2)) == (CODES[head], CODES[tail.lower()])
            assert answer.text[answer.second_at :] == tail


def test_long_answers_are_left_alone() -> None:
    long = {f"{what} {'x' * LONGEST}": what for what in ("one", "two", "three", "four")}
    assert all(answer.second is None for answer in compose(long, draw=0))
