"""Responses that are files to keep: tables in any format, and texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from flask import Response, send_file, stream_with_context

from survey.exports import file_formats
from survey.tables.data_dictionary import Column, Row

TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
"""The formats of a table, by the ending of the file"""
NO_STORE = "no-store"


def table(
    name: str, columns: Sequence[Column], rows: Iterable[Row], form: str, file_name: str, caching: str = NO_STORE
) -> Response:
    """Return a table as a file in one of TYPES; `name` is that of the sheet, `caching` the Cache-Control."""
    if form == "xlsx":
        return file(file_formats.as_xlsx(name, columns, rows), TYPES[form], file_name, caching)
    if form == "parquet":
        return file(file_formats.as_parquet(columns, rows), TYPES[form], file_name, caching)
    write = file_formats.as_csv if form == "csv" else file_formats.as_json
    return text(stream_with_context(write(columns, rows)), TYPES[form], file_name, caching)


def file(content: BinaryIO, kind: str, file_name: str, caching: str = NO_STORE) -> Response:
    """Return an open file to keep."""
    sent = send_file(content, kind, as_attachment=True, download_name=file_name)
    sent.headers["Cache-Control"] = caching
    return sent


def text(content: str | bytes | Iterator[str], kind: str, file_name: str, caching: str = NO_STORE) -> Response:
    """Return what is given, or yielded, to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": caching}
    return Response(content, mimetype=kind, headers=headers)
