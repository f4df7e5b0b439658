"""The theme doctor: each rule finds what it is for on a few words, and nothing where nothing is wrong."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np

from analysis.doctor.examine import MAX_FINDINGS, examine
from analysis.doctor.grab_bags import most_different_part
from analysis.doctor.opposed_sides import verdicts
from analysis.embedding.embed_answers import embed_answers
from analysis.evidence.re_runs import NO_STABILITY
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.results import Finding, Origin, Placement, Theme
from analysis.text.parse_answers import parse_answers
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel

BOOKS = ["new books", "more books to read", "books in large print", "books for children", "better books", "read books"]
QUIET = ["a quiet room", "quiet please", "somewhere quiet", "a quiet corner", "keep it quiet", "quiet hours at night"]
WARM = ["warm in winter", "heating that works", "warm rooms", "warm heating", "heating in winter", "a warm winter"]


def examined(
    themes: Mapping[str, Sequence[str]], *, names: Mapping[str, str] | None = None, origin: Origin = "discovered"
) -> tuple[Finding, ...]:
    """What the doctor says of themes with these answers, each one idea; a theme's name is its key or is given."""
    answers = [text for texts in themes.values() for text in texts]
    model = ToyModel()
    parsed = parse_answers(answers, ignore_progress)
    assert len(parsed.ideas) == len(answers), [idea.text for idea in parsed.ideas]
    embedded = embed_answers(parsed, Codebook("none", ()), model, ignore_progress)
    of = [key for key, texts in themes.items() for _ in texts]
    placements = [Placement(number, of[idea.answer], 1.0) for number, idea in enumerate(parsed.ideas)]
    shown = [
        Theme(
            key, (names or {}).get(key, key), "", origin, (), len(texts), len(texts), len(set(texts)), (), NO_STABILITY
        )
        for key, texts in themes.items()
    ]
    return examine(parsed, embedded.wordings, embedded.mean, placements, shown, model)


def rules(findings: Sequence[Finding]) -> list[tuple[str, str, str | None]]:
    return [(finding.rule, finding.theme, finding.other) for finding in findings]


def test_nothing_is_wrong_with_themes_that_differ() -> None:
    assert examined({"books": BOOKS, "quiet": QUIET, "warm": WARM}) == ()


def test_nothing_is_said_of_no_themes() -> None:
    assert examined({}) == ()
    assert analyse([], codebook=Codebook("none", ()), embedder=ToyModel()).findings == ()


def test_two_themes_of_the_same_words_are_alike() -> None:
    more = ["new books to read", "better new books", "books books", "large books", "children read books"]
    found = examined({"books": BOOKS, "also books": more, "quiet": QUIET, "warm": WARM})
    assert rules(found) == [("alike", "also books", "books")]
    assert found[0].figures["share"] >= 0.35
    assert found[0].figures["nearer"] <= found[0].figures["wordings"] == len(more)


def test_a_theme_whose_ideas_are_in_another_too_is_inside_it() -> None:
    model = ToyModel()
    answers = BOOKS + QUIET
    parsed = parse_answers(answers, ignore_progress)
    embedded = embed_answers(parsed, Codebook("none", ()), model, ignore_progress)
    placements = [Placement(number, "all", 1.0) for number in range(len(parsed.ideas))]
    placements += [Placement(number, "books", 1.0) for number, idea in enumerate(parsed.ideas) if idea.answer < 6]
    themes = [
        Theme("all", "all", "", "codebook", (), 12, 12, 12, (), NO_STABILITY),
        Theme("books", "books", "", "codebook", (), 6, 6, 6, (), NO_STABILITY),
    ]
    found = examine(parsed, embedded.wordings, embedded.mean, placements, themes, model)
    assert rules(found) == [("inside", "books", "all")]
    assert found[0].figures == {"share": 1.0, "shared": 6, "wordings": 6, "other_people": 12, "people": 6}


def test_a_theme_of_two_people_among_hundreds_is_too_small() -> None:
    many = {f"{name}": [f"{text} {number}" for number in range(10) for text in texts] for name, texts in
            (("books", BOOKS), ("quiet", QUIET))}  # fmt: skip
    few = {**many, "zebra": ["zebra", "quagga zebra"]}
    assert ("small", "zebra", None) in rules(examined(few))
    assert not [each for each in examined(few, origin="codebook") if each.rule == "small"], "an owner's own may be"
    assert not [each for each in examined({"books": BOOKS, "zebra": few["zebra"]}) if each.rule == "small"]


def test_for_and_against_in_one_theme_are_told_apart() -> None:
    church = ["Sunday opening should be allowed", "it should be allowed on Sunday", "Sunday should be allowed always",
              "Sunday opening should not be allowed", "it shouldn't be allowed on Sunday"]  # fmt: skip
    found = examined({"sunday": church, "quiet": QUIET})
    assert rules(found) == [("opposed", "sunday", None)]
    assert found[0].figures == {"share": 0.4, "people": 2, "other_people": 3}
    assert sorted(found[0].ideas) == [3, 4], "the smaller side"
    assert set(found[0].contrast) <= {0, 1, 2}
    assert found[0].name == "Shouldn't be allowed"


@for_each(
    ("text", "expected"),
    [
        ("it should be closed", {("should clos", False)}),
        ("It should not be closed!", {("should clos", True)}),
        ("it shouldn\u2019t ever be closed", {("should ever", True)}),
        ("we must never close it", {("should clos", True)}),
        ("we don't need to close it", {("should clos", True)}),
        ("more meetings", {("more meet", False)}),
        ("no more meetings", {("more meet", True)}),
        ("we do not want fewer meetings", {("more meet", False)}),
        ("don't cancel the meetings", {("more meet", False)}),
        ("keep the meetings", {("more meet", False)}),
        ("it should", set()),
        ("less", set()),
        ("", set()),
        ("sollte nicht verboten werden", set()),
    ],
)
def test_a_verdict_is_for_or_against(text: str, expected: set[tuple[str, bool]]) -> None:
    assert {(verdict.matter, verdict.against) for verdict in verdicts(text)} == expected


def test_a_theme_of_two_things_is_split_where_they_part() -> None:
    cats = ["cat", "cat cat cat", "one cat", "the cat", "cat again"]
    trains = ["train", "late train", "train fare", "train delays", "train seats", "slow train", "night train"]
    found = examined({"pets and trains": trains + cats, "books": BOOKS, "quiet": QUIET})
    assert rules(found)[0] == ("mixed", "pets and trains", None)
    said = (trains + cats, found[0])
    assert {said[0][idea] for idea in said[1].ideas} == set(cats)
    assert "cat" in (found[0].name or "").lower()


def test_a_part_is_never_most_of_a_theme() -> None:
    points = np.eye(12, dtype=np.float32)
    part = most_different_part(points)
    assert part is None or part.own.sum() <= 6


def test_a_name_that_few_say_gives_way_to_what_many_say() -> None:
    night = ["open late hours", "late hours please", "late hours for workers", "late hours on Friday", "late hours"]
    night += ["longer evening opening for people after work", "late hours would help"]
    found = examined(
        {"late": night, "books": BOOKS, "quiet": QUIET}, names={"late": "Longer evening opening", "books": "books"}
    )
    assert rules(found) == [("detail", "late", None)]
    assert (found[0].figures["say"], found[0].figures["people"]) == (1, 7)
    assert found[0].name == "Late hours"
    assert found[0].figures["better"] == 6


def test_a_name_is_not_given_twice_nor_taken_from_a_known_theme() -> None:
    night = ["open late hours", "late hours please", "late hours for workers", "late hours on Friday", "late hours"]
    night += ["longer evening opening for people after work"]
    themes = {"late": night, "books": BOOKS, "quiet": QUIET}
    named = {"late": "Longer evening opening", "books": "Late hours"}
    assert [each for each in examined(themes, names=named) if each.rule in ("name", "detail")] == []
    assert examined(themes, names={"late": "Longer evening opening"}, origin="codebook") == ()


def test_the_order_of_the_answers_does_not_matter() -> None:
    more = ["new books to read", "better new books", "books books", "large books", "children read books"]
    themes = {"books": BOOKS, "also books": more, "quiet": QUIET, "warm": WARM}
    first = examined(themes)
    for seed in range(3):
        generator = random.Random(seed)
        shuffled = {key: generator.sample(texts, len(texts)) for key, texts in themes.items()}
        assert [(each.rule, each.theme, each.figures) for each in examined(shuffled)] == [
            (each.rule, each.theme, each.figures) for each in first
        ]


def test_thirty_themes_alike_give_no_more_findings_than_one_reads() -> None:
    said = [" ".join(three) for three in permutations(["book", "novel", "atlas", "poem", "comic", "diary"], 3)]
    random.Random(0).shuffle(said)
    themes = {f"books {number:02}": said[4 * number : 4 * number + 4] for number in range(30)}
    found = examined(themes)
    assert 0 < len(found) <= MAX_FINDINGS
    concerned = [key for each in found if each.rule in ("alike", "inside") for key in (each.theme, each.other)]
    assert len(concerned) == len(set(concerned)), "one thing at a time is said of a theme"
