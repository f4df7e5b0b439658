"""Write what was found: CSV, Excel, JSON or Parquet by the ending, and the report."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.command.options import InputError
from analysis.languages import language_name
from analysis.library.themes import FoundThemes
from analysis.results import Analysis
from analysis.text.personal_data import masked

COLUMNS = (
    "row", "answer", "idea", "start", "end", "status", "theme_id", "theme", "origin", "strength", "quote", "against",
)  # fmt: skip
MAX_SHEET_ROWS, MAX_SHEET_CELL_CHARACTERS = 1_048_576, 32_767
Cell = str | int | float | bool | None


def theme_rows(found: FoundThemes) -> Iterator[tuple[Cell, ...]]:
    """Yield the lines of THEMES.csv, with COLUMNS: one per idea and theme, and one per non-answer."""
    for line in found.table():
        strength = None if line["strength"] is None else round(line["strength"], 3)
        yield line["label"], *(line[name] for name in COLUMNS[1:9]), strength, line["quote"], line["against"]


def write_themes(path: Path, found: FoundThemes) -> None:
    """Write the lines in the form that the ending of the path names, CSV where it names none. Raises InputError."""
    write = _WRITERS.get(path.suffix.lower(), _write_csv)
    try:
        write(path, found)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def write_report(path: Path, rows: Sequence[int], analysis: Analysis) -> None:
    """Write REPORT.json: counts, settings and the themes with the texts of their quotes. Raises InputError.

    ``rows`` are the numbers of the answers' rows.
    """
    report = {
        "answers": len(rows),
        "nonanswers": len(analysis.nonanswers),
        "ideas": len(analysis.ideas),
        "unplaced_ideas": len(analysis.unplaced),
        "saturation": asdict(analysis.saturation),
        "model": analysis.model,
        "settings": dict(analysis.settings),
        "notices": notices(analysis),
        "themes": [
            {
                **asdict(theme),
                "quotes": [
                    {**asdict(idea), "row": rows[idea.answer], "text": masked(idea.text)}
                    for idea in map(analysis.ideas.__getitem__, theme.quotes)
                ],
            }
            for theme in analysis.themes
        ],
    }
    try:
        path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def notices(analysis: Analysis) -> list[str]:
    """Return sentences about the languages of the answers, and what the model reads less well or not at all."""
    told = []
    languages, other, unknown, unread = (
        analysis.settings[name] for name in ("languages", "other_languages", "unknown_languages", "unreadable_answers")
    )
    assert isinstance(languages, Mapping) and isinstance(other, Mapping)
    if len(languages) > 1:
        told.append("The answers are in " + ", ".join(f"{_name(code)} ({n})" for code, n in languages.items()) + ".")
    if other:
        some = _some(sum(other.values()))
        told.append(f"{some} in {', '.join(map(_name, other))}, which {analysis.model} reads less well.")
    if unknown:
        told.append(f"{_some(unknown)} in no language that is recognised here, and may be read less well.")
    if unread:
        them = "it" if unread == 1 else "them"
        told.append(f"{_some(unread)} in a script that {analysis.model} cannot read: nothing was looked for in {them}.")
    return told


def _name(language: str) -> str:
    return language_name(language, "en")


def _some(answers: object) -> str:
    return "1 answer is" if answers == 1 else f"{answers} answers are"


def _write_csv(path: Path, found: FoundThemes) -> None:
    """Write CSV with a byte order mark, without which Excel on Windows misreads letters."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for *cells, strength, quote, against in theme_rows(found):
            number = "" if strength is None else f"{strength:.3f}"
            writer.writerow([*cells, number, int(bool(quote)), int(bool(against))])


def _write_json(path: Path, found: FoundThemes) -> None:
    with path.open("w", encoding="utf-8") as file:
        lines = (json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) for row in theme_rows(found))
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


def _write_xlsx(path: Path, found: FoundThemes) -> None:
    """Write a workbook with a sheet of the ideas and one of the themes."""
    # Imported here: most runs write CSV.
    from xlsxwriter import Workbook

    themes = found.table("themes")
    named = [{**theme, "quotes": "\n".join(theme["quotes"])} for theme in themes]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with Workbook(path, options) as book:
        bold = book.add_format({"bold": True})
        tables: list[tuple[str, Sequence[str], Iterator[Sequence[Cell]]]] = [
            ("Ideas", COLUMNS, theme_rows(found)),
            ("Themes", list(named[0]) if named else ["theme"], (list(theme.values()) for theme in named)),
        ]
        for title, header, rows in tables:
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, header, bold)
            for at, row in enumerate(rows, start=1):
                if at == MAX_SHEET_ROWS:
                    raise InputError(f"{path}: an Excel sheet holds {MAX_SHEET_ROWS:,} rows. Write CSV or Parquet.")
                for place, cell in enumerate(row):
                    _write_cell(sheet, at, place, cell)


def _write_cell(sheet: Any, row: int, place: int, cell: Cell) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, place, cell[:MAX_SHEET_CELL_CHARACTERS])
    elif isinstance(cell, bool):
        sheet.write_boolean(row, place, cell)
    elif cell is not None:
        sheet.write_number(row, place, cell)


def _write_parquet(path: Path, found: FoundThemes) -> None:
    # Imported here: most runs write CSV.
    import pyarrow
    from pyarrow import parquet

    types = {
        "row": "int64",
        "start": "int64",
        "end": "int64",
        "strength": "float64",
        "quote": "bool_",
        "against": "bool_",
    }
    schema = pyarrow.schema([(name, getattr(pyarrow, types.get(name, "string"))()) for name in COLUMNS])
    columns = list(zip(*theme_rows(found), strict=True)) or [()] * len(COLUMNS)
    arrays = [pyarrow.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
    parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


_WRITERS: dict[str, Callable[[Path, FoundThemes], None]] = {
    ".xlsx": _write_xlsx,
    ".json": _write_json,
    ".parquet": _write_parquet,
}
