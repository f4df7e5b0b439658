"""The small files of ../shared/inputs that tools of this sort fail on: what the engine finds in them."""

import csv
from pathlib import Path

import pytest

from analysis.text.nonanswers import is_nonanswer

INPUTS = Path(__file__).parents[3] / "shared" / "inputs"


def answers_of(name: str) -> list[str]:
    """Return the answers of one of the files, or skip the test where it is missing."""
    path = INPUTS / f"{name}.csv"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row["answer"] for row in csv.DictReader(file)]


@pytest.mark.parametrize(("name", "answers"), [("placeholder_not_provided", 24), ("placeholder_several", 24)])
def test_placeholders_are_no_answers(name: str, answers: int) -> None:
    assert [not is_nonanswer(text) for text in answers_of(name)].count(True) == answers


def test_answers_that_look_like_placeholders_are_answers() -> None:
    texts = answers_of("placeholder_control_real_answers")
    assert len(texts) == 18
    assert not any(map(is_nonanswer, texts))
