"""What was understood of a file, in words: for the preview and for the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from analysis.files.model import PERSONAL, ColumnGuess, Columns, FileForm, Layout, LeftOut, Role
from analysis.tables.times import time_parser
from survey.answers.lifecycle import MAX_LENGTH
from survey.imports.plan import Outcome, Understood
from survey.web.formatting import day, number, plural

LONG_WORDS: dict[Outcome, str] = {
    "taken": "answers to take in",
    "here": "here already",
    "alike": "look the same as answers here",
    "changed": "here with other words",
    "deleted": "deleted here before",
    "blank": "blank",
    "placeholder": "say only that there is no answer",
    "preview": "test responses",
    "too_long": "too long",
    "unknown_kind": "of a kind not known here",
    "unreadable_time": "with a time nobody can read",
    "ragged": "with more cells than the table has columns",
}
"""After a number: 7 blank"""
SHORT_WORDS: dict[Outcome, str] = LONG_WORDS | {
    "taken": "to take in",
    "alike": "look the same",
    "changed": "other words now",
    "placeholder": "“no answer”",
    "preview": "tests",
    "unknown_kind": "of another kind",
    "unreadable_time": "without a time",
    "ragged": "with too many cells",
}
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright strokes", ":": "colons", " ": "spaces"}
PERSONAL_WORDS: Mapping[Role, str] = {
    "name": "names",
    "email": "e-mail addresses",
    "phone": "phone numbers",
    "address": "network addresses",
    "place": "places",
}
FORMATS = {
    "csv": "CSV",
    "xlsx": "Excel",
    "xlsb": "Excel (binary)",
    "xls": "Excel of the old kind",
    "ods": "OpenDocument",
    "parquet": "Parquet",
    "html": "a web page’s table",
}
ENCODINGS = {
    "utf-8": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "utf-32": "Unicode (UTF-32)",
    "ascii": "plain ASCII",
    "windows-1250": "Central European (Windows)",
    "windows-1251": "Cyrillic (Windows)",
    "windows-1252": "Western European (Windows)",
    "windows-1253": "Greek (Windows)",
    "windows-1254": "Turkish (Windows)",
    "windows-1255": "Hebrew (Windows)",
    "windows-1256": "Arabic (Windows)",
    "windows-1257": "Baltic (Windows)",
    "windows-1258": "Vietnamese (Windows)",
    "iso-8859-1": "Western European (ISO)",
    "iso-8859-2": "Central European (ISO)",
    "iso-8859-15": "Western European (ISO, with €)",
    "mac-roman": "Western European (old Macintosh)",
    "koi8-r": "Russian (KOI8-R)",
    "shift-jis": "Japanese (Shift JIS)",
    "euc-jp": "Japanese (EUC)",
    "gb18030": "Chinese, simplified (GB 18030)",
    "gbk": "Chinese, simplified (GBK)",
    "big5": "Chinese, traditional (Big5)",
    "euc-kr": "Korean (EUC)",
    "windows-874": "Thai (Windows)",
}
ALIASES = {
    "cp932": "shift-jis",
    "shift-jis-2004": "shift-jis",
    "cp949": "euc-kr",
    "cp850": "Western European (old DOS)",
    "cp437": "Western European (old DOS)",
    "latin-1": "iso-8859-1",
    "tis-620": "windows-874",
    "cp874": "windows-874",
}


def encoding_name(encoding: str) -> str:
    """Return an encoding as people call it."""
    name = encoding.lower().replace("_", "-")
    name = name.removesuffix("-sig").removesuffix("-le").removesuffix("-be").removesuffix("le").removesuffix("be")
    if name.startswith("cp125"):
        name = f"windows-{name[2:]}"
    name = ALIASES.get(name, name)
    return ENCODINGS.get(name, name if " " in name else encoding)


def many(count: int, one: str, more: str) -> str:
    """1 answer, 12,345 answers"""
    return f"{number(count)} {plural(count, one, more)}"


def headline(counts: Mapping[Outcome, int], taken: int) -> str:
    """Return the sentence that says what would happen. `taken` counts the answers of every question."""
    total = sum(counts.values())
    here = counts.get("here", 0)
    if not total:
        return "There are no rows to take in"
    if here and here >= counts.get("taken", 0):
        return (
            f"All {number(total)} are here already"
            if here == total
            else (f"{number(here)} of {number(total)} are here already")
        )
    own = counts.get("taken", 0)
    if not own and not taken:
        return "No row can be taken in"
    if own == total:
        return "The one row can be taken in" if total == 1 else f"All {number(total)} rows can be taken in"
    return f"{number(own)} of {number(total)} rows can be taken in"


def left_out(counts: Mapping[Outcome, int]) -> str:
    """Return what is left out as a sentence: 7 are blank and 1 is too long. "" where nothing is."""
    parts = []
    for outcome, count in counts.items():
        words = LONG_WORDS[outcome]
        if outcome in ("taken", "here"):
            continue
        if outcome in ("alike", "placeholder"):
            verb, words = words.split(" ", 1)
            parts.append(f"{number(count)} {verb if count > 1 else verb + 's'} {words}")
        elif outcome == "deleted":
            parts.append(f"{number(count)} {plural(count, 'was', 'were')} {words}")
        elif outcome == "unreadable_time":
            parts.append(f"{number(count)} {plural(count, 'has', 'have')} a time nobody can read")
        elif outcome == "ragged":
            parts.append(f"{number(count)} {plural(count, 'has', 'have')} more cells than the table has columns")
        elif outcome == "preview":
            parts.append(many(count, "is a test response", "are test responses"))
        else:
            parts.append(f"{number(count)} {plural(count, 'is', 'are')} {words}")
    if not parts:
        return ""
    return (", ".join(parts[:-1]) + " and " if len(parts) > 1 else "") + parts[-1] + "."


def how_read(form: FileForm) -> str:
    """Return the format in a few words."""
    if form.format == "pasted":
        return "a pasted list"
    name = FORMATS.get(form.format, form.format)
    if form.format == "csv" and form.delimiter:
        return f"{name}, its cells set apart by {DELIMITERS.get(form.delimiter, form.delimiter)}"
    return f"{name}, the sheet “{form.sheet}”" if form.sheet else name


def header_rows(layout: Layout) -> str:
    """Return how the rows above the answers were read."""
    count = len(layout.header_rows)
    if not count:
        return "None: the first row is an answer already."
    numbers = [number(one) for one in layout.header_rows]
    titles = ""
    if layout.title_rows:
        which = plural(len(layout.title_rows), "the row above it is", f"the {len(layout.title_rows)} rows above are")
        titles = f" What stands in {which} a title."
    if count == 1:
        return f"One, row {numbers[0]}: it names the columns.{titles}"
    of = f", as {layout.tool} writes them" if layout.tool else ""
    return f"{('Two', 'Three')[count - 2] if count < 4 else count}: rows {numbers[0]} to {numbers[-1]}{of}.{titles}"


def time_sentence(understood: Understood, cells: Iterable[tuple[int, str]]) -> str:
    """Return how times are read, with the row that decides. `cells` are those of the column, with their rows."""
    order = understood.forms.time
    example = deciding = ""
    for row, cell in cells:
        if not example and read_example(understood, cell) is not None:
            example = cell
        if row == order.decided_by:
            deciding = cell[:60]
        if example and (deciding or order.decided_by is None):
            break
    example = example or order.example
    moment = read_example(understood, example)
    if moment is None:
        return ""
    example = example[:60]
    read = f"{example} is {day(moment)}"
    if order.day_first is None:
        return f"{read}, {moment:%H:%M} UTC." if (moment.hour, moment.minute) != (0, 0) else f"{read}."
    first = "the day" if order.day_first else "the month"
    if order.why and order.decided_by is None:
        return f"{read}. {order.why}"
    if order.decided_by is not None and deciding == example:
        return f"Row {number(order.decided_by)} says {deciding}, which can only be {day(moment)}: {first} comes first."
    if order.decided_by is not None and deciding:
        return f"{read}. Row {number(order.decided_by)} says {deciding}, so {first} comes first."
    return f"{read}: {first} is taken to come first. No row shows which it is."


def read_example(understood: Understood, text: str) -> datetime | None:
    """Return the time that a cell says, None where it cannot be read."""
    try:
        return time_parser(understood.forms.time)(text) if text else None
    except ValueError:
        return None


def personal_columns(guesses: Sequence[ColumnGuess], columns: Columns) -> list[tuple[str, str]]:
    """Return the columns that say who somebody is and are not taken in: their names, and what they hold."""
    used = {*columns.answers, columns.kind, columns.source, columns.response_id}
    return [
        (guess.name, PERSONAL_WORDS[guess.role])
        for guess in guesses
        if guess.role in PERSONAL and guess.filled and guess.place not in used
    ]


def too_long(length: int) -> str:
    """Return why an answer is too long."""
    return f"{number(length)} characters; {number(MAX_LENGTH)} fit"


def said(left: Sequence[LeftOut], most: int = 4) -> list[tuple[str, int]]:
    """Return the texts that are left out most often, with how often."""
    return Counter(" ".join(one.beginning.split())[:60] for one in left if one.beginning.strip()).most_common(most)


def row_numbers(numbers: Sequence[int], most: int = 60) -> str:
    """Return row numbers in words: row 5; rows 5, 12 and 14; rows 1, 2, 3 and 90 more."""
    first = [number(one) for one in numbers[:most]]
    if len(numbers) == 1:
        return f"row {first[0]}"
    if len(numbers) > most:
        return f"rows {', '.join(first)} and {number(len(numbers) - most)} more"
    return f"rows {', '.join(first[:-1])} and {first[-1]}"
