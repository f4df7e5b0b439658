"""The encoding of a file is found, shown, and can be chosen otherwise."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from analysis.files.encodings import ENCODINGS, codec, find_encoding
from analysis.files.model import FileRefused
from tests.analysis.files.made_files import read

SAID = {
    "windows-1252": "Bänke für größere Plätze",
    "windows-1250": "Więcej zieleni, mniej hałasu i ścieżki rowerowe",
    "windows-1251": "Больше скамеек и деревьев",
    "windows-1253": "Περισσότερα παγκάκια στο πάρκο",
    "windows-1254": "Çocuklar için daha çok oyun alanı, ışık ve ağaç",
    "windows-1255": "יותר ספסלים בפארק",
    "windows-1256": "المزيد من الأشجار في الحديقة",
    "windows-874": "ต้นไม้มากขึ้นในสวนสาธารณะ",
    "shift_jis": "公園にもっと木を植えてほしい",
    "euc-jp": "公園にもっと木を植えてほしい、ベンチも",
    "iso-2022-jp": "公園にもっと木を植えてほしい",
    "gb18030": "公园里多种一些树，晚上安静一点",
    "big5": "公園裡多種一些樹，晚上安靜一點",
    "euc-kr": "공원에 나무를 더 심어 주세요",
    "koi8-r": "Больше скамеек и деревьев во дворах",
    "utf-8": "Bänke und 木 und деревья",
    "utf-16": "Bänke und 木 und деревья",
    "utf-16-le": "公園にもっと木を植えてほしい",
    "utf-16-be": "Bänke und Bäume",
    "utf-32": "Bänke",
}
BROKEN = "�"


@pytest.mark.parametrize("encoding", SAID)
def test_one_answer_tells_the_encoding(encoding: str, tmp_path: Path) -> None:
    content = f"id,answer\r\n1,{SAID[encoding].replace(',', '')}\r\n2,no\r\n".encode(codec(encoding))
    form, rows = read(content, tmp_path)
    assert rows == [["id", "answer"], ["1", SAID[encoding].replace(",", "")], ["2", "no"]]
    assert (form.encoding, form.encodings[0], form.broken) == (encoding, encoding, 0)
    assert form.samples
    assert all(word in SAID[encoding] for word in form.samples)


def test_an_old_macs_file_is_known_by_its_line_ends() -> None:
    assert find_encoding(io.BytesIO("id,answer\r1,Bänke für Größere\r".encode("mac_roman"))).encoding == "mac-roman"


@pytest.mark.parametrize("broken", [b"B\xe4nke", b"\xff", b"caf\xe9", b"\xc3", b"\xe2\x80"])
def test_some_broken_letters_leave_a_file_what_it_is(broken: bytes, tmp_path: Path) -> None:
    content = "id,answer\n1,Bäume für alle, größer\n2,".encode().replace(b", gr", b" gr") + broken + b"\n3,ok\n"
    form, rows = read(content, tmp_path)
    assert form.encoding == "utf-8"
    assert rows[1] == ["1", "Bäume für alle größer"]
    assert BROKEN in rows[2][1]
    assert form.broken == rows[2][1].count(BROKEN)
    assert BROKEN in form.samples[0]


def test_a_forced_encoding_shows_what_does_not_fit(tmp_path: Path) -> None:
    form, rows = read("id,answer\n1,Bänke für\n".encode("cp1252"), tmp_path, encoding="utf-8")
    assert rows[1] == ["1", f"B{BROKEN}nke f{BROKEN}r"]
    assert form.samples == (f"B{BROKEN}nke", f"f{BROKEN}r")
    assert form.encoding == "utf-8"
    assert "windows-1252" in form.encodings
    assert form.broken == 2


@pytest.mark.slow
def test_letters_far_down_decide(tmp_path: Path) -> None:
    content = b"id,answer\n" + b"1,plain words\n" * 200_000 + "2,Bänke\n".encode("cp1252")
    with pytest.raises(FileRefused, match="200,000 rows"):
        read(content, tmp_path)
    content = b"id,answer\n" + b"1,plain words\n" * 150_000 + "2,Bänke für größere Plätze\n".encode("cp1252")
    form, rows = read(content, tmp_path)
    assert form.encoding == "windows-1252"
    assert form.samples == ("Bänke", "für", "größere", "Plätze")
    assert rows[-1][1] == "Bänke für größere Plätze"


def test_plain_text_has_nothing_to_choose(tmp_path: Path) -> None:
    form, _ = read(b"id,answer\n1,plain\n", tmp_path)
    assert (form.encoding, form.encodings, form.samples) == ("utf-8", ("utf-8",), ())


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    for name in ("no-such", "base64", "../x"):
        with pytest.raises(FileRefused, match="no encoding called"):
            read(b"a,b\n1,2\n", tmp_path, encoding=name)


def test_every_encoding_that_is_offered_can_be_read() -> None:
    assert all("a".encode(python) for python in ENCODINGS.values())
