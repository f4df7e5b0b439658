"""Codebooks read, refused and placed in."""

from pathlib import Path

import numpy as np
import pytest

from analysis.codebook import Codebook, CodebookError, KnownTheme
from analysis.place import decide, example_texts, place, scores, strength

GOOD = """
name = "pets"
title = "Animals"
[[themes]]
key = "dogs"
name = "Dogs"
description = "Barking"
examples = ["a dog", "walking the dog"]
"""


def theme(**fields: str) -> str:
    values = {"key": '"cats"', "name": '"Cats"', "description": '"Purring"', "examples": '["a cat"]'} | fields
    return "[[themes]]\n" + "".join(f"{field} = {value}\n" for field, value in values.items() if value)


def test_the_packaged_codebook_has_25_themes_of_6_examples_or_more() -> None:
    codebook = Codebook.load("relationships")
    assert codebook.name == "relationships"
    assert len(codebook.themes) == 25
    assert all(len(known.examples) >= 6 and known.description for known in codebook.themes)


def test_none_is_empty() -> None:
    assert Codebook.load("none") == Codebook.empty()
    assert Codebook.empty().themes == ()


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "pets.toml"
    file.write_text("\ufeff" + GOOD, encoding="utf-8")
    assert Codebook.load(file).themes == (KnownTheme("dogs", "Dogs", "Barking", ("a dog", "walking the dog")),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name = ", "not TOML"),
        (b"name = '\xff'", "not UTF-8"),
        ("title = 'x'", "name is missing"),
        ("name = 'x'", "no [[themes]]"),
        ("name = 'x'\nthemes = [1]", "no [[themes]]"),
        ("name = 'x'\ncolour = 'red'\n" + theme(), "unknown key 'colour'"),
        (GOOD + theme(key=""), "theme 2: key is missing"),
        (GOOD + theme(key='"Cats!"'), "a key has only"),
        (GOOD + theme(name='" "'), "theme 2 (cats): name is missing"),
        (GOOD + theme(examples=""), "theme 2 (cats): it has no examples"),
        (GOOD + theme(examples="[]"), "theme 2 (cats): it has no examples"),
        (GOOD + theme(examples='["a cat", ""]'), "theme 2 (cats): every example"),
        (GOOD + theme(examples='["a cat", 3]'), "theme 2 (cats): every example"),
        (GOOD + theme(exmaples='["a cat"]'), "unknown key 'exmaples'"),
        (GOOD + theme(key='"dogs"'), "two themes have the key 'dogs'"),
        (GOOD + theme(name='"DOGS"'), "two themes have the name 'DOGS'"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CodebookError) as refusal:
        Codebook.load(file)
    assert message in str(refusal.value)
    assert "bad.toml" in str(refusal.value)


@pytest.mark.parametrize("name", ["nosuch", "../codebook", "missing.toml", ""])
def test_an_unknown_codebook_is_refused(name: str) -> None:
    with pytest.raises(CodebookError):
        Codebook.load(name)


TWO = Codebook(
    "two",
    (
        KnownTheme("x", "Xylophones", "", ("ex one", "ex two", "ex three")),
        KnownTheme("y", "Yachts", "", ("why one", "why two")),
    ),
)
EXAMPLES = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0]], dtype=np.float32)


def test_a_score_is_the_mean_of_the_two_best_examples() -> None:
    ideas = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)
    assert example_texts(TWO) == ["ex one", "ex two", "ex three", "why one", "why two"]
    assert scores(["p", "q"], ideas, TWO, EXAMPLES) == pytest.approx(np.array([[0.9, 0], [0.3, 1]]))


def test_a_word_that_only_one_theme_uses_adds_to_its_score() -> None:
    band = Codebook("b", (KnownTheme("m", "Music", "music", ("make music", "music")), TWO.themes[1]))
    vectors = np.eye(3, dtype=np.float32)[[0]]
    examples = np.zeros((4, 3), dtype=np.float32)
    plain, cued = (scores([text], vectors, band, examples)[0] for text in ("noise", "our music"))
    assert cued[0] > plain[0]
    assert cued[1] == plain[1]


def test_near_ties_are_both_taken_and_weak_or_distant_ones_not() -> None:
    totals = np.array([[0.8, 0.77, 0.5], [0.2, 0.19, 0.1]])
    assert decide(totals, threshold=0.4, margin=0.05).tolist() == [[True, True, False], [False, False, False]]


def test_strength_rises_with_the_score_within_0_and_1() -> None:
    rising = strength(np.linspace(-1, 2, 50))
    assert (np.diff(rising) > 0).all()
    assert 0 <= rising.min() < 0.05
    assert 0.95 < rising.max() <= 1


def test_an_empty_codebook_places_nothing() -> None:
    known = place(["p"], np.ones((1, 3), dtype=np.float32), Codebook.empty(), np.zeros((0, 3), dtype=np.float32))
    assert known.placed.shape == (1, 0)
