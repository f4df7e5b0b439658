"""All tables of a survey in one Excel workbook, the data dictionary first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from survey.core.models import Survey
from survey.exports.file_formats import as_workbook
from survey.tables import rows as export_rows
from survey.tables.data_dictionary import DICTIONARY, TABLES, Row

SHEETS = ("answers", "wide", "clusters", "themes", "kinds", "edits", "checks", "readings")
"""The tables in the order of the sheets"""


def workbook(survey: Survey) -> BinaryIO:
    """Return the workbook of a survey: a sheet that says what every column holds, then a sheet for each table."""
    tables = ((name, export_rows.columns_of(survey, name), export_rows.ROWS[name](survey)) for name in SHEETS)
    return as_workbook([(DICTIONARY.name, DICTIONARY.columns, dictionary_rows(survey)), *tables])


def dictionary_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each column of each table, in the order of the sheets; first those of the table itself."""
    for name in SHEETS:
        table = TABLES[name]
        yield name, None, None, f"{table.title}. {table.line}"
        for column in export_rows.columns_of(survey, name):
            yield name, column.name, column.type, column.meaning
