"""Codes as known themes and back, and what `python -m analysis` writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.known_themes.codebook import Codebook, CodebookError
from analysis.refi_qda.codebook_file import read_codebook, write_codebook
from analysis.refi_qda.known_themes import PALETTE, from_codes, load_codebook, split_description, to_codes
from analysis.refi_qda.model import Code, make_guid

ROOT = Path(__file__).parents[3]


def test_the_packaged_codebook_comes_back_whole(tmp_path: Path) -> None:
    codebook = Codebook.load("relationships")
    (tmp_path / "own.qdc").write_bytes(write_codebook(to_codes(codebook)))
    back = load_codebook(tmp_path / "own.qdc")
    assert [(one.name, one.description, one.examples) for one in back.themes] == [
        (one.name, one.description, one.examples) for one in codebook.themes
    ]
    assert Codebook.from_toml(back.to_toml(), source="x") == back


def test_codes_of_other_programs_become_themes() -> None:
    codes = [
        Code(make_guid(1), "Work", codable=False, children=(Code(make_guid(2), "Pay", "Wages and\nsalaries"),)),
        Code(make_guid(3), "Home", children=(Code(make_guid(4), "pay"), Code(make_guid(5), "!!"))),
        Code(make_guid(6), "信頼", "For example\n* 信じる\n• 任せる"),
    ]
    codebook = from_codes(codes, name="x", source="x.qdc")
    assert [(one.name, one.examples) for one in codebook.themes] == [
        ("Pay", ("Pay", "Wages and salaries")),
        ("Home", ("Home",)),
        ("Home / pay", ("Home / pay",)),
        ("信頼", ("信じる", "任せる")),
    ]
    assert len({one.key for one in codebook.themes}) == 4
    assert all(re.fullmatch("[a-z0-9_-]+", one.key) for one in codebook.themes)


def test_a_description_with_examples_in_its_sentence_stays_whole() -> None:
    assert split_description("Trust. Examples: keeps secrets") == ("Trust. Examples: keeps secrets", [])


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "x.qdc: The file is damaged"), (b"<CodeBook><Codes><Code name='?!'/></Codes></CodeBook>", "no codes that")],
)
def test_a_codebook_without_themes_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.qdc").write_bytes(content)
    with pytest.raises(CodebookError, match=re.escape(said)):
        load_codebook(tmp_path / "x.qdc")


def test_a_missing_codebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match="There is no codebook file"):
        load_codebook(tmp_path / "y.qdc")


def test_colours_are_those_of_the_pages() -> None:
    css = (ROOT / "static" / "base.css").read_text()
    assert re.findall(r"--theme-\d+: (#[0-9a-f]{6})", css)[: len(PALETTE)] == list(PALETTE)


def test_every_code_written_has_a_colour_and_is_read(tmp_path: Path) -> None:
    with (tmp_path / "x.qdc").open("wb+") as file:
        file.write(write_codebook(to_codes(Codebook.load("relationships"))))
        file.seek(0)
        assert all(code.colour in PALETTE for code in read_codebook(file))
