"""What the description of a discovered theme says can be read back, and nobody else's words are taken for it."""

import pytest

from analysis.naming.descriptions import describe_discovered, said_in
from tests.support.every_case import for_each


@pytest.mark.parametrize("quoted", [["Fast trains"], ["Fast trains", "Trains, on time", "Züge"], ["It's “”"[:4]]])
def test_what_is_quoted_is_read_back(quoted: list[str]) -> None:
    assert said_in(describe_discovered(quoted)) == quoted


@for_each(
    "written",
    ["", "Also said: roses", "Also said: “Trains” and more", "All about “Trains”", "Also said: “Trains”, “Buses”."],
)
def test_a_description_of_the_owner_quotes_nothing(written: str) -> None:
    assert said_in(written) == []
