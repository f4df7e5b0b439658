"""What the description of a discovered theme says can be read back, and nobody else's words are taken for it."""

import pytest

from analysis.naming.descriptions import describe_discovered, other_names
from tests.support.every_case import for_each


@pytest.mark.parametrize("others", [["Fast trains"], ["Fast trains", "Trains, on time", "Züge"], ["It's “”"[:4]]])
def test_other_names_are_read_back(others: list[str]) -> None:
    assert other_names(describe_discovered(["Trains", *others])) == others


@for_each(
    "written",
    ["", "Also said: roses", "Also said: “Trains” and more", "All about “Trains”", "Also said: “Trains”, “Buses”."],
)
def test_a_description_of_the_owner_has_none(written: str) -> None:
    assert other_names(written) == []
