"""python -m analysis check-codebook: what it finds, what it prints, and its exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.embedding.precomputed import MODEL, precomputed_vectors
from analysis.known_themes.codebook import Codebook, KnownTheme, packaged
from analysis.known_themes.place import example_texts, leave_one_out, score_ideas
from analysis.shelf.check import MIN_EXAMPLES, CodebookReport, check_codebook
from docs.architecture import PROJECT
from tests.support.toy_model import ToyModel

WORDS = ("purr", "sleep", "run", "eat", "hide", "play", "sit", "jump")


def theme(name: str, *extra: str, count: int = 8) -> KnownTheme:
    return KnownTheme(name.lower(), name, "", (*(f"{name.lower()} {word}" for word in WORDS[:count]), *extra))


def report(*themes: KnownTheme) -> CodebookReport:
    book = Codebook("pets", themes)
    return check_codebook(book, ToyModel().encode(example_texts(book)))


def test_a_good_codebook_is_sound() -> None:
    found = report(theme("Cats"), theme("Dogs"), theme("Hens"))
    assert found.is_sound
    assert (found.themes, found.examples, found.own, found.strays) == (3, 24, 1.0, ())


def test_too_few_examples() -> None:
    assert report(theme("Cats"), theme("Dogs", count=MIN_EXAMPLES - 1)).few == {"Dogs": MIN_EXAMPLES - 1}


def test_a_text_that_stands_twice() -> None:
    found = report(theme("Cats", "Cats purr!"), theme("Dogs", "cats hide"))
    assert found.twice == {"cats purr": ["Cats", "Cats"], "cats hide": ["Cats", "Dogs"]}


def placed_at(*axes: list[int]) -> CodebookReport:
    """Check themes A, B … whose examples lie about the given axes of a space."""
    themes = [
        KnownTheme(name.lower(), name, "", tuple(f"{name} {number} words" for number in range(len(own))))
        for name, own in zip("ABCDEF", axes, strict=False)
    ]
    rows = [axis for own in axes for axis in own]
    vectors = np.random.default_rng(0).normal(0, 0.05, (len(rows), 8))
    vectors[np.arange(len(rows)), rows] += 1
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return check_codebook(Codebook("axes", tuple(themes)), vectors.astype(np.float32))


def test_an_example_that_is_nearer_to_another_theme_is_named_and_no_fault() -> None:
    found = placed_at([0] * 9, [1] * 12 + [0])
    (stray,) = found.strays
    assert (stray.text, stray.theme, stray.nearer) == ("b 12 words", "B", "A")
    assert stray.margin > 0
    assert found.is_sound


def test_twins() -> None:
    found = placed_at([0] * 10, [1] * 7 + [2] * 3, [2] * 7 + [1] * 3)
    assert [(pair.one, pair.other, pair.share) for pair in found.twins] == [("B", "C", 0.3)]
    assert not found.is_sound


def test_a_muddled_theme() -> None:
    found = placed_at([0] * 10, [1] * 10, [0] * 3 + [1] * 3 + [2] * 3)
    assert found.muddled == {"C": pytest.approx(1 / 3)}


def test_leaving_one_out_is_what_scoring_without_it_gives() -> None:
    whole = Codebook("pets", (theme("Cats"), theme("Dogs")))
    left = Codebook("pets", (KnownTheme("cats", "Cats", "", whole.themes[0].examples[1:]), whole.themes[1]))
    model = ToyModel()
    vectors = model.encode(example_texts(whole))
    without = score_ideas(["?"], vectors[:1], left, model.encode(example_texts(left)))
    assert leave_one_out(whole, vectors)[0] == pytest.approx(without[0], abs=0.03)  # the penalty is of one more


@pytest.mark.slow
@pytest.mark.parametrize("name", packaged())
def test_the_packaged_codebooks_are_sound(name: str) -> None:
    book, ready = Codebook.load(name), precomputed_vectors(MODEL)
    found = check_codebook(book, np.stack([ready[text] for text in example_texts(book)]))
    assert found.is_sound, (found.few, found.twice, found.muddled, found.twins)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.command.check_codebook.load", lambda model: ToyModel())


@pytest.mark.usefixtures("toy")
def test_the_command_says_what_is_to_be_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pets.toml"
    file.write_text(Codebook("pets", (theme("Cats"), theme("Dogs"))).to_toml(), encoding="utf-8")
    assert main(["check-codebook", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "2 themes, 16 examples"
    file.write_text(Codebook("pets", (theme("Cats"), theme("Dogs", "cats hide", count=3))).to_toml(), encoding="utf-8")
    assert main(["check-codebook", str(file)]) == 1
    out = capsys.readouterr().out
    assert "To mend: Dogs: 4 examples are too few" in out
    assert "To mend: “cats hide” stands in Cats and in Dogs" in out


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("text", ["", "name = 'x'", "[[themes]]\nkey='A b'", "\x00"])
def test_what_is_no_codebook_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    assert main(["check-codebook", str(file)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("To mend: ") and out.count("\n") == 1


@pytest.mark.usefixtures("toy")
def test_a_codebook_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-codebook", "nowhere.toml"]) == 1
    assert main(["check-codebook", "none"]) == 1
    assert capsys.readouterr().out.count("To mend") == 2


def test_what_the_command_says_arrives_though_its_process_ends_at_once(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("themes = []", encoding="utf-8")
    own = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "analysis", "check-codebook", str(path)]
    ended = subprocess.run(command, cwd=PROJECT, env=own, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout[:9]) == (1, "To mend: ")
