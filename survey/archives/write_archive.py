"""Write a survey as an archive: all of it as it was at one moment, while answers arrive."""

from __future__ import annotations

import hashlib
import json
import tomllib
import zipfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, Any

from sqlalchemy.engine import Connection

from survey.archives import package
from survey.archives.owner_parts import PARTS
from survey.archives.package import MANIFEST, READ_ME, SUFFIX
from survey.archives.part import Part, written_name
from survey.archives.shapes import Missing, Names
from survey.core.database import db, now
from survey.core.models import Survey
from survey.core.settings import PROJECT

BATCH_ROWS = 2000
COMPRESSION = 5
READ_ME_TEXT = """\
This is one survey of Common Threads, written {written_at}:

    {question}

Each .jsonl file is a table: one row a line, as a JSON object. Rows are named by their public ids, or, where they have
none, by the number of their line, from 1. manifest.json has the number of rows and the SHA-256 of each file. Take it
into another site with "Bring a survey from another site", or with: flask --app app import-survey FILE --owner NAME

It holds everything people wrote. Keep it as you would keep the answers.

{parts}
"""


def write_archive(survey: Survey, target: IO[bytes]) -> dict[str, int]:
    """Write the archive of a survey to an open file; return the number of rows of each part.

    All of it is read in one transaction, a batch of rows at a time.
    """
    survey_id = survey.id
    db.session.rollback()
    with (
        _snapshot() as connection,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as file,
    ):
        names, parts = _names(connection, survey_id), {}
        for part in PARTS:
            parts[part.name] = _write_part(file, connection, part, survey_id, names)
        moment = now().isoformat(timespec="seconds")
        manifest = {
            "format": package.FORMAT,
            "version": package.VERSION,
            "software": software(),
            "written_at": moment,
            "parts": parts,
        }
        file.writestr(MANIFEST, json.dumps(manifest, indent=1) + "\n")
        question = connection.execute(PARTS[0].rows(survey_id, "question")).scalar_one()
        listed = "\n".join(f"    {part.name + SUFFIX:24} {part.about}" for part in PARTS)
        file.writestr(READ_ME, READ_ME_TEXT.format(written_at=moment, question=question, parts=listed))
    return {name: about["rows"] for name, about in parts.items()}


@cache
def software() -> str:
    """Return the name and version of this program."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"Common Threads {project['version']}"


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """Open a connection that sees the database as it is at its first query."""
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "postgresql":  # SQLite's transactions are that anyway
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _names(connection: Connection, survey_id: int) -> Names:
    names = Names()
    for part in PARTS:
        if part.is_named:
            found = _stream(connection, part, survey_id, "id", "public_id")
            names.public[part.name] = dict(found)
        elif part.is_numbered:
            names.lines[part.name] = array("q", (row_id for (row_id,) in _stream(connection, part, survey_id, "id")))
    return names


def _write_part(
    file: zipfile.ZipFile, connection: Connection, part: Part, survey_id: int, names: Names
) -> dict[str, Any]:
    """Write a part; return what the manifest says of it."""
    columns = [(name, written_name(name, column.shape), column.shape) for name, column in part.columns.items()]
    digest, rows, size = hashlib.sha256(), 0, 0
    with file.open(part.name + SUFFIX, "w") as target:
        for values in _stream(connection, part, survey_id, *part.columns):
            try:
                row = {
                    written: value if value is None else shape.write(value, names)
                    for (_, written, shape), value in zip(columns, values, strict=True)
                }
            except Missing:
                continue
            line = json.dumps(row, ensure_ascii=False, separators=(", ", ": ")).encode() + b"\n"
            digest.update(line)
            rows, size = rows + 1, size + len(line)
            target.write(line)
    return {"rows": rows, "bytes": size, "sha256": digest.hexdigest()}


def _stream(connection: Connection, part: Part, survey_id: int, *columns: str) -> Iterator[Any]:
    options = {"yield_per": BATCH_ROWS, "stream_results": True}
    yield from connection.execute(part.rows(survey_id, *columns), execution_options=options)
