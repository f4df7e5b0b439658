"""Which columns of a table say how answers were coded, and what each row was given.

Either one column with the codes of an answer, separated, or one column for each code, with a sign where it was given:
0 and 1, x and blank, yes and no, or the name of the code itself, as survey tools write a question with several choices.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.files.model import Layout, Row
from analysis.formula_cells import undefused
from analysis.tables import column_names
from analysis.tables.layout import data_rows
from analysis.text.normalise import fold

SEPARATORS = ("|", ";", ",", "/", "\n")
OWN_CODES, OWN_SEPARATOR = "themes", ";"
"""The column of codes in our own export of answers, and what stands between them"""
OWN_SEMICOLON = "；"
"""Stands there for a semicolon within a name"""
YES = frozenset(
    [
        "1",
        "1.0",
        "x",
        "xx",
        "✓",
        "✔",
        "☑",
        "yes",
        "y",
        "true",
        "t",
        "ja",
        "j",
        "wahr",
        "oui",
        "o",
        "vrai",
        "sí",
        "si",
        "s",
        "verdadero",
        "sim",
        "verdadeiro",
        "vero",
        "da",
        "tak",
        "igen",
    ]
)
NO = frozenset(
    [
        "0",
        "0.0",
        "no",
        "n",
        "false",
        "f",
        "nein",
        "falsch",
        "non",
        "faux",
        "falso",
        "não",
        "nao",
        "nie",
        "nem",
        "-",
        "–",
        "☐",
    ]
)
NO_CODE = frozenset(
    [
        "-",
        "–",
        ".",
        "none",
        "n/a",
        "na",
        "nan",
        "null",
        "0",
        "keine",
        "keiner",
        "aucun",
        "aucune",
        "ninguno",
        "ninguna",
        "nenhum",
        "nessuno",
    ]
)
CALLED = re.compile(
    r"code[sd]?\b|coding|theme|categor|tag|label|topic|thema|themen|kategorie|kod|tema|thème|código", re.I
)
"""In the name of a column of codes, beside the words of `analysis.tables.column_names`"""
QUESTION_END = " – "
"""Between a question and its choice, in the names of columns"""
LOOKED_AT = 2000
MAX_CODES = 300
MAX_CODE_CHARACTERS = 120
REPEATS = 2.0
"""How often each code of a column of codes is used, at least, unless its name says what it is"""


@dataclass(frozen=True, slots=True)
class CodeColumns:
    """The columns of codes: one with a separator ("" for one code a cell), or several that each are a code."""

    places: tuple[int, ...]
    separator: str | None = None
    """None: each column is a code"""
    is_own: bool = False
    """Whether the file is our own export, whose cells have apostrophes before what looks like a formula"""


@dataclass(frozen=True, slots=True)
class CodedRow:
    """A row of the table and the places of its codes."""

    number: int
    cells: Sequence[str]
    codes: tuple[int, ...]


def is_called_codes(name: str) -> bool:
    """Return whether a column's name says that it has codes, themes or categories."""
    return bool(CALLED.search(name)) or column_names.says_codes(name)


def propose(rows: Iterable[Row], layout: Layout, *, but: Iterable[int] = ()) -> CodeColumns | None:
    """Return the columns of codes as their cells tell, other than those in `but`; None if nothing looks like codes."""
    taken = set(but)
    cells: list[list[str]] = [[] for _ in layout.names]
    for at, (_, row) in enumerate(data_rows(rows, layout)):
        if at == LOOKED_AT:
            break
        for place, cell in enumerate(row):
            cells[place].append(" ".join(cell.split()))
    open_places = [place for place in range(len(cells)) if place not in taken and any(cells[place])]
    lists = {
        place: found for place in open_places if (found := _as_list(layout.names[place], cells[place])) is not None
    }
    named = [place for place in lists if is_called_codes(layout.names[place])]
    flags = [place for place in open_places if _is_flags(layout.names[place], cells[place])]
    if named and not (len(flags) > 1 and not any(lists[place] for place in named)):
        best = max(named, key=lambda place: (bool(lists[place]), -place))
        return CodeColumns((best,), lists[best])
    if len(flags) > 1:
        return CodeColumns(tuple(flags))
    separated = [place for place, separator in lists.items() if separator]
    if separated:
        return CodeColumns((separated[0],), lists[separated[0]])
    return CodeColumns(tuple(flags)) if flags else None


def separator_of(cells: Iterable[str]) -> str:
    """Return what separates the codes in the cells of a column; "" where each cell is one code."""
    return _as_list("codes", [" ".join(cell.split(" ")) for cell in cells]) or ""


def read_codes(rows: Iterable[Row], layout: Layout, columns: CodeColumns) -> tuple[list[str], list[CodedRow]]:
    """Return the names of the codes, in the order they first come, and all rows with the places of their codes."""
    names: list[str] = []
    known: dict[str, int] = {}

    def place_of(name: str) -> int:
        key = fold(name) or name
        if key not in known:
            known[key] = len(names)
            names.append(name[:MAX_CODE_CHARACTERS])
        return known[key]

    found: list[CodedRow] = []
    if columns.separator is None:
        called = _choice_names([layout.names[place] for place in columns.places])
        places = [place_of(undefused(name) if columns.is_own else name) for name in called]
        for number, cells in data_rows(rows, layout):
            given = (code for code, place in zip(places, columns.places, strict=True) if is_given(cells[place]))
            found.append(CodedRow(number, cells, tuple(dict.fromkeys(given))))
    else:
        (place,) = columns.places[:1]
        for number, cells in data_rows(rows, layout):
            cell = undefused(cells[place]) if columns.is_own else cells[place]
            given_names = split_cell(cell, columns.separator)
            if columns.is_own:
                given_names = [name.replace(OWN_SEMICOLON, OWN_SEPARATOR) for name in given_names]
            codes = dict.fromkeys(map(place_of, given_names))
            found.append(CodedRow(number, cells, tuple(codes)))
    return names, found


def _choice_names(names: Sequence[str]) -> Sequence[str]:
    """Return the names of columns without the question that they share: "Which? – Pool" is Pool."""
    pairs = [name.rsplit(QUESTION_END, 1) for name in names]
    shared = len(names) > 1 and len({pair[0] for pair in pairs}) == 1 and all(len(pair) == 2 for pair in pairs)
    return [pair[1] for pair in pairs] if shared else names


def split_cell(cell: str, separator: str) -> list[str]:
    """Return the codes in a cell."""
    pieces = cell.split(separator) if separator else [cell]
    return [name for piece in pieces if (name := " ".join(piece.split())) and name.casefold() not in NO_CODE]


def is_given(cell: str) -> bool:
    """Return whether a cell of a column that is a code says that the answer has it."""
    word = cell.strip().casefold()
    return bool(word) and word not in NO


def _as_list(name: str, cells: Sequence[str]) -> str | None:
    """Return the separator of a column of codes ("" for one a cell); None if it is none."""
    filled = [cell for cell in cells if cell]
    called = is_called_codes(name)
    if not filled or sum(map(len, filled)) > 200 * len(filled):
        return None
    for separator in SEPARATORS:
        with_it = sum(separator in cell for cell in filled)
        if not with_it:
            continue
        counts = Counter(fold(code) for cell in filled for code in split_cell(cell, separator))
        if _are_codes(counts, called) and (separator in "|;\n" or with_it > len(filled) / 5):
            return separator
    counts = Counter(map(fold, filled))
    if all(cell.casefold() in YES | NO for cell in filled) or not _are_codes(counts, called=called):
        return None
    return "" if called else None


def _are_codes(counts: Counter[str], called: bool) -> bool:
    """Return whether pieces are few and come again and again; of what is called codes, once may do."""
    if not counts or len(counts) > MAX_CODES or max(map(len, counts)) > MAX_CODE_CHARACTERS:
        return False
    return counts.total() >= (1.0 if called else REPEATS) * len(counts)


def _is_flags(name: str, cells: Sequence[str]) -> bool:
    """Return whether a column is one code: yes and no in some writing, or its own name where it was given."""
    values = {cell.casefold() for cell in cells if cell}
    if not values - NO:
        return False
    if values <= YES | NO:
        return True
    return len(values) == 1 and f" {fold(name)}".endswith(f" {fold(values.pop())}")
