"""The export of every tool that docs/importing.md names comes in as it says there."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from tests.analysis.tables.support import read_table
from tests.analysis.tables.tool_exports import EXPORTS
from tests.support.every_case import for_each

PAGE = Path(__file__).parents[3] / "docs" / "importing.md"


@for_each("name", EXPORTS)
def test_export(name: str) -> None:
    export = EXPORTS[name]
    read = read_table([*export.headers, *export.rows])
    assert read.layout.tool == export.tool
    assert read.asked == [export.answer]
    assert read.name(read.columns.time) == export.time
    assert read.name(read.columns.response_id) == export.id
    assert len(read.texts) == export.answers
    assert read.left_out == dict(export.left_out)
    assert len(read.layout.title_rows) == export.titles
    assert not any(one.problems for one in read.answers)
    assert "<" not in "".join(read.texts)
    if export.time:
        assert all(one.time for one in read.answers)
    if export.first_time:
        assert read.answers[0].time == datetime.fromisoformat(export.first_time)


def test_the_page_has_a_row_for_each() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    del rows["tool"]
    assert sorted(rows) == sorted(EXPORTS)
    for name, export in EXPORTS.items():
        cells = [cell.strip().replace("\\_", "_").replace("`", "") for cell in rows[name].split("|")]
        if export.id and name not in ("SoSci Survey",):
            assert export.id in cells[3], f"{name} has its id in {export.id}"
        assert bool(export.time) == bool(cells[2]), f"{name} has its time in {export.time}"


@for_each("name", [name for name, export in EXPORTS.items() if "IP" in str(export.headers)])
def test_nothing_personal_is_taken(name: str) -> None:
    export = EXPORTS[name]
    read = read_table([*export.headers, *export.rows])
    taken = {read.name(place) for place in (*read.columns.answers, read.columns.time, read.columns.response_id)}
    personal = [guess.name for guess in read.guesses if guess.role in ("address", "email", "name", "place", "phone")]
    assert personal and taken.isdisjoint(personal)
