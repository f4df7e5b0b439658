"""What an owner's edits make of a codebook."""

from __future__ import annotations

from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.known_themes.edits import current_key, edited_codebook

BOOK = Codebook(
    "pets",
    (
        KnownTheme("cats", "Cats", "They purr", ("cats purr", "my cat")),
        KnownTheme("dogs", "Dogs", "", ("dogs bark", "my dog")),
    ),
)


def test_merges_are_followed_and_a_cycle_ends() -> None:
    assert current_key("a", {"a": "b", "b": "c"}) == "c"
    assert current_key("a", {"a": "b", "b": "a"}) in ("a", "b")


def test_a_merged_theme_passes_on_its_examples() -> None:
    (cats,) = edited_codebook(BOOK, {"dogs": "cats"}).themes
    assert cats == KnownTheme("cats", "Cats", "They purr", ("cats purr", "my cat", "dogs bark", "my dog"))


def test_examples_and_names_are_the_owners() -> None:
    edited = edited_codebook(BOOK, {}, {"cats": ["kittens", "my cat"], "fish": ["fish swim"]}, {"cats": "Felines"})
    cats, _, fish = edited.themes
    assert (cats.name, cats.examples) == ("Felines", ("cats purr", "my cat", "kittens"))
    assert fish == KnownTheme("fish", "fish swim", "", ("fish swim",))
