"""Edits outlive every run: renamed stays renamed, merged stays merged, moved stays moved, split stays split."""

from __future__ import annotations

from analysis.discovery.theme_identity import EarlierTheme
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.known_themes.edits import MAX_EXAMPLES, Edits, apply_edits, edited_codebook
from analysis.pipeline import analyse
from analysis.results import Analysis
from analysis.text.normalise import fold
from tests.support.toy_model import ToyModel

BOOK = Codebook(
    "pets",
    (
        KnownTheme("cats", "Cats", "", ("cats purr", "cats sleep", "my cat", "cats")),
        KnownTheme("dogs", "Dogs", "", ("dogs bark", "dogs run", "my dog", "dogs")),
    ),
)
ANSWERS = ["cats purr", "cats sleep", "my cat", "dogs bark", "dogs run", "my dog", "gold fish swim", "fish swim slowly"]


def run(edits: Edits, answers: list[str] = ANSWERS, book: Codebook = BOOK) -> Analysis:
    return analyse(answers, codebook=book, embedder=ToyModel(), edits=edits)


def members(found: Analysis) -> dict[str, set[str]]:
    themes: dict[str, set[str]] = {}
    for placement in found.placements:
        themes.setdefault(placement.theme, set()).add(fold(found.ideas[placement.idea].text))
    return themes


def test_without_edits_both_themes_are_there() -> None:
    themes = members(run(Edits()))
    assert themes["cats"] >= {"cats purr", "cats sleep"}
    assert themes["dogs"] >= {"dogs bark", "dogs run"}


def test_a_merged_pair_is_never_separated() -> None:
    for answers in (ANSWERS, ANSWERS + ["dogs bark at cats", "cats", "dogs"] * 5):
        found = run(Edits(merged={"dogs": "cats"}), answers)
        assert "dogs" not in members(found)
        assert members(found)["cats"] >= {"cats purr", "dogs bark", "my dog"}
        assert {theme.key for theme in found.themes if theme.origin == "codebook"} == {"cats"}


def test_merges_are_followed_and_a_cycle_ends() -> None:
    assert Edits(merged={"a": "b", "b": "c"}).current_key("a") == "c"
    assert Edits(merged={"a": "b", "b": "a"}).current_key("a") in ("a", "b")


def test_moved_stays_moved_and_teaches() -> None:
    edits = Edits(kept={"dogs": frozenset({"gold fish swim"})}, barred={"cats": frozenset({"gold fish swim"})})
    themes = members(run(edits))
    assert "gold fish swim" in themes["dogs"]
    more = members(run(edits, [*ANSWERS, "gold fish swim swim", "gold fish"]))
    assert "gold fish" in more["dogs"]


def test_moved_out_stays_out() -> None:
    themes = members(run(Edits(barred={"cats": frozenset({"cats purr"})})))
    assert "cats purr" not in themes["cats"]
    assert "cats sleep" in themes["cats"]


def test_split_stays_split() -> None:
    edits = Edits(
        kept={"sleepers": frozenset({"cats sleep"}), "cats": frozenset({"cats purr"})},
        barred={"cats": frozenset({"cats sleep"}), "sleepers": frozenset({"cats purr"})},
        names={"sleepers": "Sleepers"},
    )
    found = run(edits, [*ANSWERS, "cats sleep"])
    themes = members(found)
    assert "cats sleep" in themes["sleepers"] - themes["cats"]
    assert "cats purr" in themes["cats"] - themes["sleepers"]
    split = next(theme for theme in found.themes if theme.key == "sleepers")
    assert (split.name, split.origin, split.people) == ("Sleepers", "discovered", 2)


def test_renamed_stays_renamed_and_found_again_under_its_key() -> None:
    assert (
        next(theme for theme in run(Edits(names={"cats": "Felines"})).themes if theme.key == "cats").name == "Felines"
    )
    talk = [f"trains run fast {n}" for n in "abcdefgh"] + [f"boats float far {n}" for n in "abcdefgh"]
    first = analyse(talk, codebook=Codebook.empty(), embedder=ToyModel())
    key, wordings = next((key, texts) for key, texts in members(first).items() if "trains run fast a" in texts)
    edits = Edits(kept={key: frozenset(wordings)}, names={key: "Railways"})
    again = analyse(
        [*talk, "trains run fast too", "planes fly high", "planes fly low"],
        codebook=Codebook.empty(),
        embedder=ToyModel(),
        earlier=[EarlierTheme(key, frozenset(wordings))],
        edits=edits,
    )
    theme = next(theme for theme in again.themes if theme.key == key)
    assert (theme.name, theme.origin) == ("Railways", "discovered")
    assert members(again)[key] >= wordings | {"trains run fast too"}
    assert sum(theme.key == key for theme in again.themes) == 1


def test_a_theme_takes_only_so_many_examples() -> None:
    kept = frozenset(f"wording {n}" for n in range(500))
    assert len(edited_codebook(Codebook.empty(), Edits(kept={"x": kept})).themes[0].examples) == MAX_EXAMPLES


def test_applied_edits_leave_no_empty_theme() -> None:
    assert apply_edits({"cats": {0: 1.0}}, ["a"], Edits(barred={"cats": frozenset({"a"})})) == {}
