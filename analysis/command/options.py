"""The options of the command, and the error that ends it."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.known_themes.codebook import DEFAULT, packaged
from analysis.languages import is_language

STANDARD_INPUT = "-"
NOWHERE = "none"
DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


ENDINGS = (".csv", ".xlsx", ".json", ".parquet")
"""Of files of themes; without one it is CSV"""


class InputError(Exception):
    """The answers cannot be read or the results not written; the message says why."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Find the themes in a file of answers to one open question, on this machine alone. Prints them; "
        "what was understood of the file, and the progress, go to standard error.",
        epilog="row, in what is written, counts the rows of the table from 0: the first below its header rows is 0; "
        "rows of blank cells count and wholly blank lines do not, as pandas counts. Texts are as they were given, so "
        "that start and end fit them; a cell may begin with =, +, - or @. Open files from strangers in a spreadsheet "
        "as text, or take the site's export, whose cells are defused. To check a codebook: python -m analysis "
        "check-codebook FILE.toml",
    )
    made.add_argument(
        "answers",
        metavar="ANSWERS.csv",
        help="CSV in any usual encoding, Excel (.xlsx, .xls), ODS, Parquet; - for standard input",
    )
    made.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="THEMES.csv",
        help="one line per idea and theme; .csv, .xlsx, .json or .parquet by its ending",
    )
    made.add_argument(
        "--column", help="the column with the answers (default: the one called answer, else one found by what is in it)"
    )
    made.add_argument("--sheet", help="the sheet of a workbook, by its name")
    made.add_argument("--encoding", help="of a CSV file, such as windows-1252 (default: found out)")
    made.add_argument("--delimiter", help="of a CSV file: a character, or tab (default: found out)")
    made.add_argument("--header-rows", type=_count, metavar="N", help="how many rows name the columns, 0 for none")
    made.add_argument(
        "--codebook",
        default=DEFAULT,
        metavar="NAME",
        help=f"{', '.join(packaged())}, none or FILE.toml (default: %(default)s)",
    )
    made.add_argument(
        "--language",
        type=_language,
        metavar="CODE",
        help="of the question, such as de or pt-BR: themes are named in it where enough people answered in it",
    )
    made.add_argument("--json", type=Path, metavar="REPORT.json", help="also write counts, themes and quotes as JSON")
    made.add_argument("--qdpx", type=Path, metavar="PROJECT.qdpx", help="also write a project of REFI-QDA, coded")
    made.add_argument("--qdc", type=Path, metavar="CODEBOOK.qdc", help="also write the themes as a REFI-QDA codebook")
    made.add_argument("--seed", type=int, default=0, help="of the random samples of large sets (default: 0)")
    made.add_argument(
        "--model", default="packaged", help="a sentence-transformers model on this machine (default: packaged)"
    )
    made.add_argument(
        "--keep",
        type=_folder,
        default=_own_folder(),
        metavar="FOLDER",
        help="where the packaged encoders are kept as they were converted (140 MB), so that later calls start sooner; "
        "none for nowhere (default: ~/.cache/common-threads)",
    )
    return made


def outputs(options: argparse.Namespace) -> list[Path]:
    """Return the files that are to be written."""
    return [path for path in (options.output, options.json, options.qdpx, options.qdc) if path is not None]


def refuse_other_ending(path: Path | None) -> None:
    """Raise InputError, before anything is read, where the ending of a file of themes is that of another format."""
    if path is not None and path.suffix and path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path}: write {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")


def refuse_unwritable(path: Path, answers: str) -> None:
    """Raise InputError, before the analysis, when a file cannot be written or is that of the answers."""
    try:
        if answers != STANDARD_INPUT and path.exists() and path.samefile(answers):
            raise InputError(f"{path} is the file of the answers: write the themes to another")
        existed = path.exists()
        with path.open("a", encoding="utf-8"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def _folder(text: str) -> Path | None:
    return None if text == NOWHERE else Path(text)


def _own_folder() -> Path | None:
    """Return the folder of this user for what can be made again; None for one without a home."""
    try:
        return Path.home() / ".cache" / "common-threads"
    except RuntimeError:
        return None


def _language(text: str) -> str:
    if not is_language(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no language: use a code such as de, zh or pt-BR")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 3):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)
