"""Codebooks read, refused, extended and written."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.known_themes.codebook import Codebook, CodebookError, KnownTheme, packaged
from analysis.text.normalise import fold, has_words, tidy
from tests.support.every_case import for_each

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


@for_each("name", packaged())
def test_a_packaged_codebook_has_25_to_40_described_themes_with_many_examples_each_given_once(name: str) -> None:
    codebook = Codebook.load(name)
    assert codebook.name == name
    assert codebook.title
    assert 25 <= len(codebook.themes) <= 40
    assert all(60 <= len(known.examples) <= 350 and known.description for known in codebook.themes)
    wordings = [fold(example) for known in codebook.themes for example in known.examples]
    assert len(wordings) == len(set(wordings))


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
        ("name = 'x'\nthemes = 'dogs'", "no [[themes]]"),
        ("name = 'x'\nthemes = []", "no [[themes]]"),
        ("name = ''\n" + theme(), "name is missing"),
        ("name = 3\n" + theme(), "name is missing or not a text"),
        ("name = 'x'\ntitle = 3\n" + theme(), "title is missing or not a text"),
        ("x = " + "[" * 5000, "not TOML"),
        ("name = 'x'\ncolour = 'red'\n" + theme(), "unknown key 'colour'"),
        (GOOD + theme(key=""), "theme 2: key is missing"),
        (GOOD + theme(key='"Cats!"'), "a key has only"),
        (GOOD + theme(name='" "'), "theme 2 (cats): name is missing"),
        (GOOD + theme(examples=""), "theme 2 (cats): it has no examples"),
        (GOOD + theme(examples="[]"), "theme 2 (cats): it has no examples"),
        (GOOD + theme(examples='["a cat", ""]'), "theme 2 (cats): every example"),
        (GOOD + theme(examples='["a cat", "\U0001f63a"]'), "theme 2 (cats): every example"),
        (GOOD + theme(examples='"a cat"'), "theme 2 (cats): it has no examples"),
        (GOOD + theme(description="4"), "theme 2 (cats): description is missing or not a text"),
        (GOOD + theme(key="7"), "theme 2: key is missing or not a text"),
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
    assert "\n" not in str(refusal.value)


@for_each("name", ["nosuch", "../codebook", "missing.toml", "", "a\0b", "a\0b.toml"])
def test_an_unknown_codebook_is_refused(name: str) -> None:
    with pytest.raises(CodebookError):
        Codebook.load(name)


PETS = Codebook(
    "pets",
    (
        KnownTheme("dogs", "Dogs", "Barking", ("a dog", "walking the dog")),
        KnownTheme("cats", "Cats", "", ("a cat",)),
    ),
    "Animals",
)


def test_a_codebook_without_themes_is_not_written() -> None:
    with pytest.raises(CodebookError, match="none: it has no themes to write"):
        Codebook.empty().to_toml()


def test_what_is_written_is_read_back_as_the_same(tmp_path: Path) -> None:
    file = tmp_path / "out.toml"
    for codebook in (PETS, Codebook.load("relationships")):
        file.write_text(codebook.to_toml(), encoding="utf-8")
        assert Codebook.load(file) == codebook


nasty = st.one_of(
    st.text(min_size=1, max_size=60),
    st.sampled_from(
        [
            '"""quoted""" and \'single\' \\ back\\slash',
            "=1+1",
            "[[themes]]\nkey = 'x'",
            "# no comment",
            "\u202eright to left \u0627\u0644\u062b\u0642\u0629",
            "caf\u00e9 \U0001f468\u200d\U0001f469 \x00\x1f\x7f end",
            "word" * 3000,
        ]
    ),
).filter(lambda text: has_words(tidy(text)))


@pytest.mark.slow
@given(nasty, st.lists(nasty, min_size=1, max_size=5), nasty)
@settings(deadline=None)
def test_any_text_survives_writing_and_reading(name: str, examples: list[str], description: str) -> None:
    theme = KnownTheme("new-1", tidy("x" + name), tidy(description), tuple(map(tidy, examples)))
    codebook = Codebook("pets", (PETS.themes[0], theme))
    assert Codebook.parse(tomllib.loads(codebook.to_toml()), source="written") == codebook
