"""Rows that were written come back as they were, but for line breaks of other kinds and what no text needs."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.files import row_writer
from analysis.files.convert import convert
from analysis.files.model import FileChoices, FileRefused
from analysis.files.row_writer import RowWriter, read_rows
from tests.support.examples import examples

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\v\x85\u2028\u2029"))


@given(st.lists(st.lists(WORDS, max_size=4), max_size=6))
@settings(max_examples=examples(200), deadline=None)
def test_rows_come_back_as_they_were(rows: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows")
        RowWriter(path).write(enumerate(rows, start=5))
        assert list(read_rows(path)) == list(enumerate(rows, start=5))


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("one\r\ntwo\rthree\vfour", "one\ntwo\nthree\nfour"),
        ("one\u2028two\u2029three\x85four", "one\ntwo\nthree\nfour"),
        ("a\x1fb\x1dc\x10u", "a\x1fb\x1dc\x10u"),
        ("\x1f", "\x1f"),
        ("\0a\0", "a"),
        ("a\x1cb\x1ed\fe", "a\x1cb\x1ed\fe"),
        ("\\n \\x1f _x000D_", "\\n \\x1f _x000D_"),
        ("half \ud83d of a letter", "half ? of a letter"),
        ("\n", "\n"),
        ("", ""),
    ],
)
def test_what_a_cell_becomes(cell: str, read: str, tmp_path: Path) -> None:
    RowWriter(tmp_path / "rows").write([(1, [cell]), (7, ["before", cell, "é", cell])])
    assert list(read_rows(tmp_path / "rows")) == [(1, [read]), (7, ["before", read, "é", read])]


def test_a_cell_that_no_person_wrote_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_writer, "MAX_CELL_CHARACTERS", 20)
    RowWriter(tmp_path / "rows").write([(1, ["twenty characters at"] * 5)])
    with pytest.raises(FileRefused, match="Row 2 has a cell of more than 20 characters"):
        RowWriter(tmp_path / "rows").write([(1, ["short"]), (2, ["a", "more than twenty of them"])])


def test_a_small_file_that_grows_far_beyond_its_size_is_refused(tmp_path: Path) -> None:
    """As a table of one long text many times does, packed into a few kilobytes."""
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.table({"answer": ["the same words " * 130] * 25_000}), buffer)
    content = buffer.getvalue().to_pybytes()
    assert len(content) < 50_000
    (tmp_path / "original").write_bytes(content)
    with pytest.raises(FileRefused, match="far larger than a list of answers"):
        convert(tmp_path, FileChoices())
    assert (tmp_path / "rows.new").stat().st_size < 45_000_000


def test_how_much_is_written_depends_on_the_size() -> None:
    assert row_writer.most_written(1) == 40_000_000
    assert row_writer.most_written(2_000_000) == 80_000_000
    assert row_writer.most_written(200_000_000) == 400_000_000
