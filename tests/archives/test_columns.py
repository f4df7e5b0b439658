"""Nothing of a survey is forgotten: each column of each table is in the archive, or left out for a reason."""

from __future__ import annotations

import re

from sqlalchemy import JSON, DateTime, String, Text
from sqlalchemy.types import TypeDecorator

from survey.archives.owner_parts import LEFT_OUT_TABLES, PARTS, PARTS_BY_NAME
from survey.archives.part import Part, written_name
from survey.archives.shapes import Choice, Ids, Known, Maybe, Moment, Names, Shape, Words
from survey.core.database import Model
from tests.support.every_case import for_each

FIRST_COLUMNS = """
survey: slug question introduction asker kinds_asked own_kinds codebook own_codebook is_open opens_at closes_at
  hold_first published_at shows_check reader_downloads licence created_at takes_findings edit_version current_run_id
pictures: role version width height content
imports: public_id name made_at
answers: public_id text kind source received_at changed_at status reason burst is_askers import_id import_key
  secret_hash nearest
themes: public_id key origin name description colour hidden pinned position created_at
runs: reason finds asked_at claimed_at finished_at answers ideas nonanswers placed found_answers model settings
  changes forming saturation comparison advice bursts by_day reading remaining
theme_results: run_id theme_id rank people mentions wordings candidates parent_id x y radius came_back re_runs
  tentative by_day
ideas: run_id answer_id starts ends status x y suggested_id nearness
placements: idea_id theme_id strength quote part_id
examinations: run_id edit_version findings
advice: public_id title points decisions created_at
left_findings: finding share left_at
edits: made_at undone_at version action theme_id target_id name name_before details
idea_changes: edit_id answer_id starts ends source_id target_id strength quote part_id new_strength taught
codings: public_id name made_at codes counts edit_id
coded_answers: coding_id answer_id marks
proposals: public_id made_at decided_at state answers changes
proposed_moves: proposal_id answer_id starts ends source_id target_id strength change later
checks: public_id started_at themes size drawn_from waiting
checked_answers: check_id place answer_id themes is_silent settled
readers: check_id name started_at finished_at
readings: reader_id answer_id themes note read_at
"""
"""The columns of each part as the first archives with it had them: what was written then is read for good"""

OF_TABLE = {part.table.name: part for part in PARTS}


@for_each("name", sorted(Model.metadata.tables))
def test_every_column_is_in_an_archive_or_left_out_for_a_reason(name: str) -> None:
    """A new column fails here: add it to survey/archives, or say there why it stays on its site."""
    if name in LEFT_OUT_TABLES:
        assert LEFT_OUT_TABLES[name] and name not in OF_TABLE
        return
    part = OF_TABLE[name]
    assert {*part.columns} & {*part.left_out} == set()
    assert {*part.columns} | {*part.left_out} == {*Model.metadata.tables[name].columns.keys()}
    assert all(part.left_out.values())


@for_each("part", PARTS, ids=lambda part: part.name)
def test_a_column_that_came_later_may_be_missing(part: Part) -> None:
    """A new column fails here: say with `since` in which format it came, and with `before` what older archives have."""
    [first] = re.findall(rf"^{part.name}: (.*(?:\n  .*)*)", FIRST_COLUMNS, re.MULTILINE)
    known = Known({other.name: 0 for other in PARTS})
    for name, column in part.columns.items():
        assert (column.since == 0) == (name in first.split()), name
        if column.since:
            assert column.shape.read(column.before, known) == column.before, name


def test_no_table_is_left_out_that_does_not_exist() -> None:
    assert {*LEFT_OUT_TABLES} | {*OF_TABLE} == {*Model.metadata.tables}
    assert len(PARTS_BY_NAME) == len(PARTS)


def test_no_secret_is_in_an_archive() -> None:
    names = {written_name(name, column.shape) for part in PARTS for name, column in part.columns.items()}
    assert {name for name in names if "password" in name or "token" in name or "session" in name} == set()
    assert "form_key" not in names
    assert {name for name in names if name.endswith("_id")} == {"public_id", "response_id"}


@for_each("part", PARTS, ids=lambda part: part.name)
def test_no_text_is_longer_than_its_column(part: Part) -> None:
    """PostgreSQL refuses what is longer; SQLite would keep it."""
    for name, column in part.columns.items():
        shape: Shape = column.shape.shape if isinstance(column.shape, Maybe) else column.shape
        kind = part.table.columns[name].type
        if isinstance(kind, String) and not isinstance(kind, Text) and kind.length and isinstance(shape, Words):
            assert shape.most <= kind.length, name
        if isinstance(kind, String) and isinstance(shape, Choice):
            assert max(map(len, shape.words)) <= (kind.length or 999), name
        impl = kind.impl if isinstance(kind, TypeDecorator) else kind
        assert isinstance(impl, DateTime) == isinstance(shape, Moment), name


@for_each("part", PARTS, ids=lambda part: part.name)
def test_what_is_plain_is_placed_as_it_is(part: Part) -> None:
    """`is_plain` spares a call for each value: it must be true of no shape that places anything else."""
    for name, column in part.columns.items():
        if column.shape.is_plain and not isinstance(part.table.columns[name].type, JSON):
            assert column.shape.place("x", Ids({}, {})) == "x"
            assert column.shape.write("x", Names()) == "x"


def test_parts_refer_only_to_parts_before_them_by_public_id() -> None:
    seen: set[str] = set()
    for part in PARTS:
        if part.through is not None:
            assert part.through[1].name in seen
        seen.add(part.name)
