"""What was understood of a file, in words: for the preview and for the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from analysis.files.model import PERSONAL, ColumnGuess, Columns, FileForm, Layout, LeftOut, Role
from analysis.tables.times import time_parser
from survey.core.i18n import N_, gettext, ngettext
from survey.imports.plan import Cell, Outcome, Understood
from survey.web.formatting import day, listed, number, translated

LONG_WORDS: dict[Outcome, str] = {
    "taken": N_("answers to take in"),
    "here": N_("here already"),
    "alike": N_("look the same as answers here"),
    "changed": N_("here with other words"),
    "deleted": N_("deleted here before"),
    "blank": N_("blank"),
    "placeholder": N_("say only that there is no answer"),
    "preview": N_("test responses"),
    "too_long": N_("too long"),
    "unknown_kind": N_("of a kind not known here"),
    "unreadable_time": N_("with a time nobody can read"),
    "ragged": N_("with more cells than the table has columns"),
}
"""After a number: 7 blank"""
SHORT_WORDS: dict[Outcome, str] = LONG_WORDS | {
    "taken": N_("to take in"),
    "alike": N_("look the same"),
    "changed": N_("other words now"),
    "placeholder": N_("“no answer”"),
    "preview": N_("tests"),
    "unknown_kind": N_("of another kind"),
    "unreadable_time": N_("without a time"),
    "ragged": N_("with too many cells"),
}
DELIMITERS = {
    ",": N_("commas"),
    ";": N_("semicolons"),
    "\t": N_("tabs"),
    "|": N_("upright strokes"),
    ":": N_("colons"),
    " ": N_("spaces"),
}
PERSONAL_WORDS: Mapping[Role, str] = {
    "name": N_("names"),
    "email": N_("e-mail addresses"),
    "phone": N_("phone numbers"),
    "address": N_("network addresses"),
    "place": N_("places"),
}
FORMATS = {
    "csv": "CSV",
    "xlsx": "Excel",
    "xlsb": N_("Excel (binary)"),
    "xls": N_("Excel of the old kind"),
    "ods": "OpenDocument",
    "parquet": "Parquet",
    "json": "JSON",
    "html": N_("a web page’s table"),
}
ENCODINGS = {
    "utf-8": N_("Unicode (UTF-8)"),
    "utf-16": N_("Unicode (UTF-16)"),
    "utf-32": N_("Unicode (UTF-32)"),
    "ascii": N_("plain ASCII"),
    "windows-1250": N_("Central European (Windows)"),
    "windows-1251": N_("Cyrillic (Windows)"),
    "windows-1252": N_("Western European (Windows)"),
    "windows-1253": N_("Greek (Windows)"),
    "windows-1254": N_("Turkish (Windows)"),
    "windows-1255": N_("Hebrew (Windows)"),
    "windows-1256": N_("Arabic (Windows)"),
    "windows-1257": N_("Baltic (Windows)"),
    "windows-1258": N_("Vietnamese (Windows)"),
    "iso-8859-1": N_("Western European (ISO)"),
    "iso-8859-2": N_("Central European (ISO)"),
    "iso-8859-15": N_("Western European (ISO, with €)"),
    "mac-roman": N_("Western European (old Macintosh)"),
    "koi8-r": N_("Russian (KOI8-R)"),
    "shift-jis": N_("Japanese (Shift JIS)"),
    "euc-jp": N_("Japanese (EUC)"),
    "gb18030": N_("Chinese, simplified (GB 18030)"),
    "gbk": N_("Chinese, simplified (GBK)"),
    "big5": N_("Chinese, traditional (Big5)"),
    "euc-kr": N_("Korean (EUC)"),
    "windows-874": N_("Thai (Windows)"),
}
ALIASES = {
    "cp932": "shift-jis",
    "shift-jis-2004": "shift-jis",
    "cp949": "euc-kr",
    "cp850": N_("Western European (old DOS)"),
    "cp437": N_("Western European (old DOS)"),
    "latin-1": "iso-8859-1",
    "tis-620": "windows-874",
    "cp874": "windows-874",
}
NO_TEXT = N_("No column here holds text")
CHOOSE_COLUMN = N_("No column here holds text. Choose the one with the answers, or another file.")
SURELY_DAY_FIRST = N_("Row %(row)s says %(text)s, which can only be %(day)s: the day comes first.")
SURELY_MONTH_FIRST = N_("Row %(row)s says %(text)s, which can only be %(day)s: the month comes first.")
SO_DAY_FIRST = N_("Row %(row)s says %(text)s, so the day comes first.")
SO_MONTH_FIRST = N_("Row %(row)s says %(text)s, so the month comes first.")
TAKEN_DAY_FIRST = N_("%(example)s is %(day)s: the day is taken to come first. No row shows which it is.")
TAKEN_MONTH_FIRST = N_("%(example)s is %(day)s: the month is taken to come first. No row shows which it is.")


def encoding_name(encoding: str) -> str:
    """Return an encoding as people call it."""
    name = encoding.lower().replace("_", "-")
    name = name.removesuffix("-sig").removesuffix("-le").removesuffix("-be").removesuffix("le").removesuffix("be")
    if name.startswith("cp125"):
        name = f"windows-{name[2:]}"
    name = ALIASES.get(name, name)
    return gettext(ENCODINGS.get(name, name if " " in name else encoding))


def answers(count: int) -> str:
    """1 answer, 12,345 answers"""
    return ngettext("%(n)s answer", "%(n)s answers", count, n=number(count))


def headline(counts: Mapping[Outcome, int], taken: int) -> str:
    """Return the sentence that says what would happen. `taken` counts the answers of every question."""
    total, here, own = sum(counts.values()), counts.get("here", 0), counts.get("taken", 0)
    if not total:
        return gettext("There are no rows to take in")
    if here and here >= own:
        if here == total:
            return gettext("All %(n)s are here already", n=number(total))
        return gettext("%(n)s of %(all)s are here already", n=number(here), all=number(total))
    if not own and not taken:
        return gettext("No row can be taken in")
    if own == total:
        return ngettext("The one row can be taken in", "All %(n)s rows can be taken in", total, n=number(total))
    return ngettext(
        "%(n)s of %(all)s row can be taken in",
        "%(n)s of %(all)s rows can be taken in",
        total,
        n=number(own),
        all=number(total),
    )


def lacks_column(understood: Understood) -> bool:
    """Return whether a file has columns, but none that was chosen or looks like answers."""
    return bool(understood.guesses) and not understood.columns.answers


def left_out(counts: Mapping[Outcome, int]) -> str:
    """Return what is left out as a sentence: 7 are blank and 1 is too long. "" where nothing is."""
    parts = [_left_out(outcome, count) for outcome, count in counts.items() if outcome not in ("taken", "here")]
    return listed(parts) + "." if parts else ""


def _left_out(outcome: Outcome, count: int) -> str:
    n = number(count)
    match outcome:
        case "alike":
            return ngettext("%(n)s looks the same as answers here", "%(n)s look the same as answers here", count, n=n)
        case "changed":
            return ngettext("%(n)s is here with other words", "%(n)s are here with other words", count, n=n)
        case "deleted":
            return ngettext("%(n)s was deleted here before", "%(n)s were deleted here before", count, n=n)
        case "blank":
            return ngettext("%(n)s is blank", "%(n)s are blank", count, n=n)
        case "placeholder":
            return ngettext(
                "%(n)s says only that there is no answer", "%(n)s say only that there is no answer", count, n=n
            )
        case "preview":
            return ngettext("%(n)s is a test response", "%(n)s are test responses", count, n=n)
        case "too_long":
            return ngettext("%(n)s is too long", "%(n)s are too long", count, n=n)
        case "unknown_kind":
            return ngettext("%(n)s is of a kind not known here", "%(n)s are of a kind not known here", count, n=n)
        case "unreadable_time":
            return ngettext("%(n)s has a time nobody can read", "%(n)s have a time nobody can read", count, n=n)
        case _:
            return ngettext(
                "%(n)s has more cells than the table has columns",
                "%(n)s have more cells than the table has columns",
                count,
                n=n,
            )


def how_read(form: FileForm) -> str:
    """Return the format in a few words."""
    if form.format == "pasted":
        return gettext("a pasted table") if form.delimiter else gettext("a pasted list")
    name = gettext(FORMATS.get(form.format, form.format))
    if form.format == "csv" and form.delimiter:
        marks = gettext(DELIMITERS.get(form.delimiter, form.delimiter))
        return gettext("%(format)s, its cells set apart by %(marks)s", format=name, marks=marks)
    return gettext("%(format)s, the sheet “%(sheet)s”", format=name, sheet=form.sheet) if form.sheet else name


def header_rows(layout: Layout) -> str:
    """Return how the rows above the answers were read."""
    count = len(layout.header_rows)
    if not count:
        return gettext("None: the first row is an answer already.")
    first, last = number(layout.header_rows[0]), number(layout.header_rows[-1])
    if count == 1:
        told = gettext("One, row %(row)s: it names the columns.", row=first)
    elif layout.tool:
        told = gettext("%(n)s: rows %(first)s to %(last)s, as %(program)s writes them.",
                       n=_small(count), first=first, last=last, program=layout.tool)  # fmt: skip
    else:
        told = gettext("%(n)s: rows %(first)s to %(last)s.", n=_small(count), first=first, last=last)
    titles = len(layout.title_rows)
    if not titles:
        return told
    return " ".join(
        [
            told,
            ngettext(
                "What stands in the row above it is a title.",
                "What stands in the %(n)s rows above is a title.",
                titles,
                n=number(titles),
            ),
        ]
    )


def _small(count: int) -> str:
    return {2: gettext("Two"), 3: gettext("Three")}.get(count, number(count))


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
    read = gettext("%(example)s is %(day)s.", example=example, day=day(moment))
    if order.day_first is None:
        if (moment.hour, moment.minute) == (0, 0):
            return read
        return gettext(
            "%(example)s is %(day)s, %(time)s UTC.", example=example, day=day(moment), time=f"{moment:%H:%M}"
        )
    if order.why and order.decided_by is None:
        return f"{read} {translated(order.why)}"
    if order.decided_by is None or not deciding:
        taken = TAKEN_DAY_FIRST if order.day_first else TAKEN_MONTH_FIRST
        return gettext(taken, example=example, day=day(moment))
    at = number(order.decided_by)
    if deciding == example:
        surely = SURELY_DAY_FIRST if order.day_first else SURELY_MONTH_FIRST
        return gettext(surely, row=at, text=deciding, day=day(moment))
    return f"{read} {gettext(SO_DAY_FIRST if order.day_first else SO_MONTH_FIRST, row=at, text=deciding)}"


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
        (guess.name, gettext(PERSONAL_WORDS[guess.role]))
        for guess in guesses
        if guess.role in PERSONAL and guess.filled and guess.place not in used
    ]


def not_kept(understood: Understood) -> list[str]:
    """Return the names of the columns that hold something, are not used, and are not named for another reason."""
    columns, guesses = understood.columns, understood.guesses
    if understood.is_own_export or not columns.answers:
        return []
    used = {*columns.answers, columns.time, columns.kind, columns.source, columns.response_id, columns.status}
    told = {name for name, _ in personal_columns(guesses, columns)} | set(code_columns(guesses, columns))
    return [one.name for one in guesses if one.filled and one.place not in used and one.name not in told]


def cells_left_out(counts: Mapping[Cell, int]) -> list[str]:
    """Return a sentence for each kind of cell that could not be read, with what became of it."""
    return [_cell_left_out(cell, count) for cell, count in counts.items()]


def _cell_left_out(cell: Cell, count: int) -> str:
    n = number(count)
    match cell:
        case "source":
            return ngettext(
                "The source of %(n)s answer is none that this site knows: it counts as imported.",
                "The sources of %(n)s answers are none that this site knows: they count as imported.",
                count,
                n=n,
            )
        case "kind":
            return ngettext(
                "%(n)s answer came in without its kind, which this survey does not ask.",
                "%(n)s answers came in without their kinds, which this survey does not ask.",
                count,
                n=n,
            )
        case "time":
            return ngettext(
                "The time of %(n)s answer could not be read: it has the time of the import.",
                "The times of %(n)s answers could not be read: they have the time of the import.",
                count,
                n=n,
            )
        case _:
            return ngettext(
                "The response id of %(n)s answer is too long for one, and is not kept.",
                "The response ids of %(n)s answers are too long for one, and are not kept.",
                count,
                n=n,
            )


def code_columns(guesses: Sequence[ColumnGuess], columns: Columns) -> list[str]:
    """Return the names of the columns that somebody coded the answers in, of which no survey is made."""
    used = {columns.kind, columns.source, *columns.answers}
    return [guess.name for guess in guesses if guess.role == "codes" and guess.place not in used]


def said(left: Sequence[LeftOut], most: int = 4) -> list[tuple[str, int]]:
    """Return the texts that are left out most often, with how often."""
    return Counter(" ".join(one.beginning.split())[:60] for one in left if one.beginning.strip()).most_common(most)


def row_numbers(numbers: Sequence[int], most: int = 60) -> str:
    """Return row numbers in words: row 5; rows 5, 12 and 14; rows 1, 2, 3 and 90 more."""
    first = [number(one) for one in numbers[:most]]
    if len(numbers) == 1:
        return gettext("row %(row)s", row=first[0])
    if len(numbers) > most:
        return gettext("rows %(rows)s and %(n)s more", rows=", ".join(first), n=number(len(numbers) - most))
    return gettext("rows %(rows)s", rows=listed(first))
