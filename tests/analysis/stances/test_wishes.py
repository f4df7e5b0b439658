"""What a text wants and does not want, by its words."""

from __future__ import annotations

import pytest

from analysis.stances.wishes import wishes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("more benches in the square", ["+benches"]),
        ("Fewer signs, more benches", ["-signs", "+benches"]),
        ("please don't close the night bus", ["+night bus"]),
        ("we don't need any more benches", ["-benches"]),
        ("we need fewer signs", ["-signs"]),
        ("Stop cutting hedges!", ["-cutting hedges"]),
        ("The bus stop is too far away", []),
        ("Don't turn the library into a snack bar", ["-snack bar"]),
        ("the market is fine", ["+market"]),
        ("The kiosk should be closed", ["-kiosk"]),
        ("the kiosk should not be closed because I like it", ["+kiosk"]),
        ("There is no soap", []),
        ("Keep the old clock. It is beautiful", ["+old clock"]),
        ("there is no reason to ban kites", ["+kites"]),
        ("nobody needs another car park", ["-car park"]),
        ("benches", []),
        ("", []),
    ],
)
def test_what_is_wanted_and_what_is_not(text: str, wanted: list[str]) -> None:
    assert [("-" if wish.against else "+") + " ".join(wish.matter) for wish in wishes(text)] == wanted


def test_a_language_without_cues_says_nothing() -> None:
    assert wishes("more benches", "xx") == []
