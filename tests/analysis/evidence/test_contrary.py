"""What is no evidence for its theme: it says that it was not so, or praises what the theme's name complains of."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.evidence.self_contained import contrary
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.stances.mark import who_denies
from analysis.text.parse_answers import parse_answers
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel

RENT = ["the rent", "high rent", "because of the rent", "rent went up again", "rent"]
DIRT = ["the pool was dirty", "dirty pool", "pool is filthy", "a dirty pool and a dirty shower", "really dirty pool"]


def texts_of(found: object, said: Sequence[str]) -> list[str]:
    assert isinstance(found, (set, frozenset))
    return [said[at] for at in sorted(found)]


@for_each(
    ("name", "said", "marked", "unquoted"),
    [
        ("Rent", [*RENT, "it wasn't the rent"], True, True),
        ("Rent", [*RENT, "not just the rent"], False, False),
        ("Rent", [*RENT, "I never moved here because of the rent"], False, False),
        ("The landlord", [*RENT, "not because of the rent, the landlord"], True, False),
        ("The landlord", ["the landlord", "my landlord", "landlord is rude", "it wasn't the rent"], False, True),
        (
            "The landlord",
            ["I left: landlord", "my landlord", "landlord, so I left", "I did not quit for the rent"],
            False,
            True,
        ),
        ("Not the rent", ["not because of the rent", "it wasn't the rent", "rent"], False, False),
        ("Dirty pool", [*DIRT, "spotless pool"], False, True),
        ("The pool", [*DIRT, "the pool was spotless"], True, False),
        ("The pool", [*DIRT, "Spotless!"], False, False),
        ("Dirty pool", [*DIRT, "all clean"], True, True),
        ("Dirty pool", [*DIRT, "spotless lockers"], False, True),
        ("Dirty pool", [*DIRT, "the pool could be clean"], False, False),
        ("Dirty pool", [*DIRT, "the pool was not clean"], False, False),
        ("Dirty pool", [*DIRT, "friendly and dirty"], False, False),
        ("Dirty pool", ["dirty pool", "filthy pool", "clean pool", "the pool is clean"], False, False),
        ("Pool", ["there is no reason to keep the pool", "pool", "the pool", "our pool"], False, False),
    ],
)
def test_who_says_that_it_was_not_so(name: str, said: list[str], marked: bool, unquoted: bool) -> None:
    parsed = parse_answers(said, ignore_progress, spans={at: [(0, len(text))] for at, text in enumerate(said)})
    every = range(len(said))
    odd = next((text for text in reversed(said)), "")
    assert texts_of(who_denies(parsed, every), said) == [odd] * marked
    assert texts_of(contrary(parsed, every, name), said) == [odd] * unquoted


def test_what_denies_a_theme_is_neither_quoted_nor_described_with() -> None:
    denied = ["I did not quit because of the rent of the flat", "not because of the rent of the flat"]
    texts = [
        "I left because of the rent of the flat",
        "the rent of the flat went up",
        "high rent of the flat",
        "rent of the flat",
    ]
    others = [f"{word} {noun}" for word in ("cheaper", "fresh", "warm") for noun in ("bread", "soup", "coffee", "cake")]
    result = analyse([*texts * 2, *denied, *others], codebook=Codebook("none", ()), embedder=ToyModel(), re_runs=0)
    of_rent = [theme for theme in result.themes if any("rent" in result.ideas[quote].text for quote in theme.quotes)]
    assert of_rent
    placed = {result.ideas[each.idea].text for each in result.placements if each.theme == of_rent[0].key}
    assert placed >= {*denied}
    for theme in of_rent:
        assert not {result.ideas[quote].text for quote in theme.quotes} & {*denied}
        assert not any(text in theme.description for text in denied)
