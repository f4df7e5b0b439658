"""The options of the command, and the error that ends it."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.known_themes.codebook import DEFAULT, packaged
from analysis.library.choices import MAX_SEED, checked_language, checked_seed

STANDARD_INPUT = STANDARD_OUTPUT = "-"
NOWHERE = "none"
CELL_ENDS = '\r\n"'
DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
NAMED = "tab, comma, semicolon or pipe"


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
        help="one line per idea and theme; .csv, .xlsx, .json or .parquet by its ending, CSV without one",
    )
    made.add_argument(
        "--column", help="the column with the answers (default: the one called answer, else one found by what is in it)"
    )
    made.add_argument("--sheet", help="the sheet of a workbook, by its name")
    made.add_argument("--encoding", help="of a CSV file, such as windows-1252 (default: found out)")
    made.add_argument("--delimiter", type=_delimiter, help="of a CSV file: a character, or tab (default: found out)")
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
    made.add_argument("--seed", type=_seed, default=0, help="of the random samples of large sets (default: 0)")
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


def refuse_other_endings(options: argparse.Namespace) -> None:
    """Raise InputError, before anything is read, where the ending of a file to write is that of another format."""
    files = (options.output, ENDINGS), (options.json, (".json",)), (options.qdpx, (".qdpx",)), (options.qdc, (".qdc",))
    for path, endings in files:
        if path is None:
            continue
        if str(path) == STANDARD_OUTPUT:
            raise InputError(f"{path}: the list of themes goes to standard output. Name a file")
        if path.suffix and path.suffix.lower() not in endings:
            raise InputError(f"{path}: write {' or '.join(filter(None, (', '.join(endings[:-1]), endings[-1])))}")


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
    try:
        checked_language(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no language: use a code such as de, zh or pt-BR") from None
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 3):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows from 0 to 99")
    return int(text)


def _seed(text: str) -> int:
    try:
        return checked_seed(int(text))
    except ValueError:
        words = f"{text!r} is no seed: use a whole number from 0 to {MAX_SEED}"
        raise argparse.ArgumentTypeError(words) from None


def _delimiter(text: str) -> str:
    delimiter = DELIMITERS.get(text.lower(), text)
    if len(delimiter) != 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not one character, nor {NAMED}")
    if delimiter in CELL_ENDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not one character that can set cells apart")
    return delimiter
