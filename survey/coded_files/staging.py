"""Coded files between upload and bringing in: kept in the instance folder for a day, read by a process of their own.

They lie where uploads of an import do, so the same sweep removes them, and they go when the owner brings another file.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app

from analysis.files.model import CellForms, Columns, FileRefused, Layout
from analysis.files.read_file import StoredFile, open_stored, read_file
from analysis.formula_cells import DEFUSED_FORMATS
from analysis.refi_qda import convert
from analysis.refi_qda.model import RefiQdaRefused
from analysis.tables.columns import describe_columns, propose_columns
from analysis.tables.layout import data_rows, find_layout
from analysis.tables.read_rows import cell_forms, own_columns, read_rows
from survey.coded_files import code_columns
from survey.coded_files.assign import Mark
from survey.coded_files.code_columns import OWN_CODES, OWN_SEPARATOR, CodeColumns
from survey.coded_files.codings import Code
from survey.coded_files.match import FileAnswer
from survey.core.i18n import N_
from survey.core.models import Survey

FOLDER = "uploads"
KEY_BYTES = 8
KEY = re.compile(r"[0-9a-f]{16}")
ABOUT = "coded.json"
TAIL_BYTES = 65_536
SEVERAL, NO_COLUMN = "several", "none"
OWN_FIELDS = ("changed_at", "status", "placement", "askers_own", "response_id", "language")
"""Columns of our own export that hold no code"""
COLUMN = "column-"
"""Prefix of the fields that tick a column as a code"""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that waits to be brought in."""

    key: str
    name: str
    folder: Path
    is_project: bool
    """Whether it is a REFI-QDA file; else it is a table"""


@dataclass(frozen=True, slots=True)
class TableChoices:
    """The columns of a table, as proposed and as changed by the owner."""

    layout: Layout
    answer: int
    response_id: int | None
    time: int | None
    codes: CodeColumns | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says. `table` is None for a REFI-QDA file; `skipped` counts pictures, sounds and the like."""

    codes: list[Code]
    answers: list[FileAnswer]
    blank: int = 0
    skipped: int = 0
    table: TableChoices | None = None


def keep(owner_id: int, survey_id: int, name: str, stream: BinaryIO) -> str:
    """Keep and read a file; return its key. Raises FileRefused."""
    for old in _root().glob(f"{owner_id}-{survey_id}-{'?' * 2 * KEY_BYTES}"):  # not what waits to be imported
        shutil.rmtree(old, ignore_errors=True)
    key = secrets.token_hex(KEY_BYTES)
    folder = _folder(owner_id, survey_id, key)
    folder.mkdir(parents=True, mode=0o700)
    try:
        is_project = _is_project(name, stream)
        if is_project:
            with (folder / convert.ORIGINAL).open("wb") as file:
                shutil.copyfileobj(stream, file)
            try:
                convert.convert(folder)
            except RefiQdaRefused as refused:
                raise FileRefused(refused.message) from refused
        else:
            stored = read_file(stream, folder, name=name)
            if next(iter(data_rows(stored.rows(), find_layout(stored.rows()))), None) is None:
                raise FileRefused(N_("The file has no answers below its header."))
        about = {"name": name, "is_project": is_project}
        (folder / ABOUT).write_text(json.dumps(about), encoding="ascii")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return key


def find(owner_id: int, survey_id: int, key: str) -> StagedFile | None:
    """Return the file with this key if it belongs to this owner and survey; None where it is gone."""
    folder = _folder(owner_id, survey_id, key)
    try:
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="ascii")) if KEY.fullmatch(key) else {}
    except FileNotFoundError:
        about = {}
    return StagedFile(key, about["name"], folder, about["is_project"]) if about else None


def drop(waiting: StagedFile) -> None:
    """Remove a file that was brought in."""
    shutil.rmtree(waiting.folder, ignore_errors=True)


def read(survey: Survey, waiting: StagedFile, chosen: Mapping[str, str]) -> Reading:
    """Return what a file says, its columns as chosen (fields of a form), or as its cells tell."""
    if waiting.is_project:
        return _read_project(waiting.folder)
    stored = open_stored(waiting.folder)
    table = _choices(survey, stored, chosen)
    columns = Columns((table.answer,), time=table.time, response_id=table.response_id)
    forms: CellForms = cell_forms(stored.rows(), table.layout, columns)
    names, rows = (
        code_columns.read_codes(stored.rows(), table.layout, table.codes) if table.codes is not None else ([], [])
    )
    codes = {row.number: row.codes for row in rows}
    found: list[FileAnswer] = []
    blank = 0
    leave_out = frozenset({"blank", "preview"})
    for row in read_rows(stored.rows(), table.layout, columns, forms, longest=None, leave_out=leave_out):  # type: ignore[arg-type]
        if hasattr(row, "reason"):
            blank += 1
            continue
        marks = tuple(Mark(code) for code in codes.get(row.number, ()))
        found.append(FileAnswer(row.number, row.text, marks, row.response_id, row.time))
    return Reading([Code(name) for name in names], found, blank, table=table)


def _read_project(folder: Path) -> Reading:
    about = json.loads((folder / convert.ABOUT).read_text(encoding="utf-8"))
    codes = [Code(name[: code_columns.MAX_CODE_CHARACTERS], description) for name, description in about["codes"]]
    return Reading(codes, list(_texts(folder)), skipped=about["skipped"])


def _texts(folder: Path) -> Iterator[FileAnswer]:
    with (folder / convert.TEXTS).open(encoding="utf-8") as lines:
        for line in lines:
            number, name, text, marks = json.loads(line)
            own = tuple(Mark(code, None if starts is None else (starts, ends)) for code, starts, ends in marks)
            yield FileAnswer(number, text, own, name.removeprefix("Answer ").strip())


def _choices(survey: Survey, stored: StoredFile, chosen: Mapping[str, str]) -> TableChoices:
    layout = find_layout(stored.rows())
    proposed = propose_columns(describe_columns(stored.rows(), layout, question=survey.question))
    width = len(layout.names)

    def column(field: str, otherwise: int | None) -> int | None:
        said = chosen.get(field, "")
        if said == NO_COLUMN:
            return None
        return int(said) if said.isascii() and said.isdigit() and len(said) < 5 and int(said) < width else otherwise

    answer = column("answer", proposed.answers[0] if proposed.answers else 0) or 0
    response_id, time = column("id", proposed.response_id), column("time", proposed.time)
    named = {place for place in (proposed.kind, proposed.source) if place is not None}
    kept = {answer, *(place for place in (response_id, time) if place is not None)}
    kept |= {place for place in named if not code_columns.is_called_codes(layout.names[place])}
    is_own = own_columns(layout) is not None and stored.form.format in DEFUSED_FORMATS
    own = layout.names.index(OWN_CODES) if is_own and OWN_CODES in layout.names else None
    if is_own:
        kept |= {place for place, name in enumerate(layout.names) if name in OWN_FIELDS}
    codes = chosen.get("codes", "")
    if codes == SEVERAL:
        ticked = tuple(place for place in range(width) if chosen.get(f"{COLUMN}{place}"))
        several = CodeColumns(ticked, is_own=is_own) if ticked else None
        return TableChoices(layout, answer, response_id, time, several)
    place = column("codes", own)
    if place is None:
        found = code_columns.propose(stored.rows(), layout, but=kept)
        return TableChoices(layout, answer, response_id, time, replace(found, is_own=is_own) if found else None)
    said = chosen.get("separator", "")
    separator = (
        OWN_SEPARATOR
        if place == own
        else said
        if said in code_columns.SEPARATORS
        else code_columns.separator_of(cells[place] for _, cells in data_rows(stored.rows(), layout))
    )
    return TableChoices(layout, answer, response_id, time, CodeColumns((place,), separator, is_own))


def _is_project(name: str, stream: BinaryIO) -> bool:
    """Return whether a file is a REFI-QDA file: by its name, or by what the end of a zip lists."""
    if name.lower().endswith((".qdpx", ".qdc", ".qde")):
        return True
    start = stream.tell()
    is_zip = stream.read(2) == b"PK"
    end = stream.seek(0, 2)
    stream.seek(max(start, end - TAIL_BYTES))
    tail = stream.read()
    stream.seek(start)
    return is_zip and b"project.qde" in tail


def _root() -> Path:
    return Path(current_app.instance_path) / FOLDER


def _folder(owner_id: int, survey_id: int, key: str) -> Path:
    return _root() / f"{owner_id}-{survey_id}-{key}"
