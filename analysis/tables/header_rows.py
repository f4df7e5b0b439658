"""Tell header rows from answers: one, none, or several (Qualtrics, SurveyMonkey, rows of labels, groups and units)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from analysis.files.model import Row
from analysis.tables import column_names
from analysis.tables.cell_types import count_words, is_empty, type_of
from analysis.tables.tools import known_share, tool_of

IMPORT_ID = '"ImportId"'
LOOKED_AT = 40
"""Rows of answers that headers are compared with"""
MOST, SOME_KNOWN = 0.8, 0.6
_ENDS_AS_QUESTION = re.compile(r"[?\uff1f\u061f\u037e:\uff1a]\s*\*?\s*$")
_ENDS_AS_SENTENCE = re.compile(r"[.!\u3002\uff01\u2026]\s*$")
_SPEAKS_TO_READER = re.compile(
    r"\b(?:you|your|yours|tell us|please (?:tell|name|list|describe|say|write)|ihnen|ihre[mnrs]?|bitte (?:nennen|sagen)"
    r"|vous|votre|vos|usted|ustedes|díganos|cuéntenos|você|vocês|lei|voi|vostr[aeio]|uw|jouw|jullie|państwa|вы|вам|вас"
    r"|ваш\w*)\b|あなた|您|你|당신|귀하|여러분",
    re.IGNORECASE,
)
SHORTER = 3
"""So many times shorter than what stands below it in the middle is a name of a list"""
_CODE = re.compile(r"[A-Za-z]{1,4}\d{1,4}(?:[_.]\w+)*|\w+_\w+|[a-z]+[A-Z]\w*|[A-Za-z]+(?:/\w+)+")
_UNIT = re.compile(
    r"[(\[].{1,30}[)\]]|%|[$€£¥]|min(?:ute)?s?|sec(?:ond)?s?|hours?|days?|years?|months?|weeks?|km|cm|mm|m|kg"
    r"|g|°[CF]|n/?a?"
    r"|text|string|str|number|numeric|integer|int|float|decimal|double|date|datetime|time|timestamp|boolean"
    r"|bool|category"
    r"|categorical|char|varchar|free text|open|closed|minuten|sekunden|jahre|stunden|tage|zahl|datum|texte"
    r"|nombre|ans|fecha"
    r"|texto|número|años|-",
    re.IGNORECASE,
)
_CODED_LABEL = re.compile(r"\[?([A-Za-z][A-Za-z0-9]{0,19}(?:\[\w+\])?)\]?[.:]\s+(\S.*)", re.DOTALL)
"""A code before the question, as LimeSurvey writes both: "Q1. What would you change?" """
OPEN_ENDED = frozenset(column_names.section("open-ended"))
"""What SurveyMonkey writes under an open question, in its languages"""


@dataclass(frozen=True, slots=True)
class Headers:
    """The header rows of a table: how many rows stand before the answers, what the columns are called.

    ``units`` are indexes of rows within the first `count` that name nothing.
    """

    count: int
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    units: tuple[int, ...] = ()


def find_headers(table: Sequence[Row], told: int | None = None) -> Headers:
    """Return the header rows of a table that begins with the first of these rows. `told`: how many there are."""
    rows = [cells for _, cells in table]
    if told == 0:
        return Headers(0)
    if told is not None:
        return _merged(rows[:told])
    for place in (1, 2):
        if len(rows) > place and rows[place] and IMPORT_ID in rows[place][0]:
            codes, labels = rows[0], rows[place - 1]
            return Headers(place + 1, _over(labels, codes), tuple(codes))
    if is_group_row(rows[0], rows[1] if len(rows) > 1 else []) and not _is_data_below_group(rows):
        below = find_headers(table[1:])
        if below.count:
            return Headers(below.count + 1, _grouped(rows[0], below.names), below.codes, below.units)
    if not is_header(rows[0], rows[1 : LOOKED_AT + 1]):
        return Headers(0)
    return _with_second(rows)


def is_labels(codes: Sequence[str], above: Sequence[str]) -> bool:
    """Return whether the row above one with known names is a row of codes, as in Qualtrics of old (V1, V8, Q2)."""
    filled = [cell for cell in above if cell]
    return len(filled) >= 0.8 * len(codes) and all(map(_CODE.fullmatch, filled))


def is_group_row(above: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a row holds headings of several columns each, which were merged: it has gaps that names fill."""
    filled = [place for place, cell in enumerate(above) if cell]
    if len(filled) < 2 or filled[-1] < 2:
        return False
    gaps = [place for place in range(len(names)) if place >= len(above) or not above[place]]
    return len(gaps) >= 2 and any(place < len(above) for place in gaps) and all(names[place] for place in gaps)


def _is_data_below_group(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the second row is an answer, and the gaps above it only columns without a name."""
    return len(rows) < 3 or not is_header(rows[1], rows[2 : LOOKED_AT + 2])


def _merged(rows: Sequence[Sequence[str]]) -> Headers:
    """Return the headers of rows that somebody says are headers: labels over codes, or headings over names."""
    if len(rows) > 1 and any(IMPORT_ID in cell for cell in rows[-1]):
        rows = rows[:-1]
        count = len(rows) + 1
    else:
        count = len(rows)
    names = tuple(rows[0])
    codes: tuple[str, ...] = ()
    for row in rows[1:]:
        if _are_labels(row, names):
            names, codes = _over(row, names), codes or names
        else:
            names = _grouped(names, row)
    return Headers(count, names, codes)


def is_header(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row of a table names its columns, by how it differs from the rows below."""
    if tool_of(first) is not None or not body:
        return True
    filled = [cell for cell in first if cell]
    if not filled:
        return False
    is_list = len(first) == 1 and all(len(row) <= 1 for row in body)
    known = float(_known_as_answer(first[0])) if is_list else known_share(filled)  # "No" is also a name, of a number
    score = 3 * known - 0.25 * (len(filled) < len(first) * 0.5)
    for place, cell in enumerate(first):
        column = [row[place] for row in body if place < len(row) and row[place] and not is_empty(row[place])]
        if cell and column:
            score += _differs(cell, column) / len(filled)
    if is_list and score < 1:
        return score >= 0 and _names_a_list(first[0], [row[0] for row in body if row and row[0]])
    return score >= 0


def _known_as_answer(cell: str) -> bool:
    """Return whether a name is one that survey tools give to answers."""
    known = column_names.role_of(cell)
    return known is not None and known[0] == "answer"


def _names_a_list(cell: str, column: Sequence[str]) -> bool:
    """Return whether a line above a list, which nothing else tells from its lines, is its name.

    It is one where it is far shorter than they all are, or speaks to the reader and they do not. Else it is an answer:
    one too many can be seen in the preview, one that is lost cannot.
    """
    if _SPEAKS_TO_READER.search(cell):
        return sum(1 for one in column if _SPEAKS_TO_READER.search(one)) < 0.2 * len(column)
    lengths = [count_words(one) for one in column if not is_empty(one)] or [0]
    return len(column) > 1 and count_words(cell) * SHORTER <= median(lengths) and min(lengths) > 2 * count_words(cell)


def _differs(cell: str, column: Sequence[str]) -> float:
    """Return how much a cell looks like the name of the column below it: above 0, or below where it is one of them."""
    kinds = [type_of(one) for one in column]
    usual = max(set(kinds), key=kinds.count)
    kind = type_of(cell)
    if kinds.count(usual) >= MOST * len(kinds) and usual != "text":
        return -3 if kind == usual and not _CODE.fullmatch(cell) else 2
    if _ENDS_AS_QUESTION.search(cell) and sum(1 for one in column if _ENDS_AS_QUESTION.search(one)) < 0.2 * len(column):
        return 2
    if _CODE.fullmatch(cell):
        return 2
    score = 0.3 if len(column) > 1 else 0.1
    if cell in column:
        score -= 2
    if _ENDS_AS_SENTENCE.search(cell):
        score -= 1.5
    if kind != "text":
        score -= 1.5
    lengths = sorted(map(len, column))
    if len(cell) > lengths[-1] and len(column) > 4:
        score -= 0.2
    return score


def _with_second(rows: Sequence[Sequence[str]]) -> Headers:
    """Return the headers of a table whose first row is one: further rows of labels, of parts of questions, of units."""
    names: tuple[str, ...] = tuple(rows[0])
    codes: tuple[str, ...] = ()
    units: list[int] = []
    count = 1
    while count < min(4, len(rows)):
        row, body = rows[count], rows[count + 1 : count + 1 + LOOKED_AT]
        if list(row) == list(rows[0]):
            units.append(count)
        elif _is_continued(names, row, body):
            names = _grouped(names, row)
        elif _are_units(row, body):
            units.append(count)
        elif body and _is_second_header(names, row, body):
            if _are_labels(row, names):
                names, codes = _over(row, names), codes or names
            else:
                names = _grouped(names, row)
        else:
            break
        count += 1
    if not codes:
        names, codes = _without_codes(names)
    return Headers(count, names, codes, tuple(units))


def _is_continued(names: Sequence[str], row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether a row names parts of the questions above it (SurveyMonkey), and nothing where all have an id."""
    filled = [place for place, cell in enumerate(row) if cell]
    if not filled or not body:
        return False
    open_ended = any(row[place].lower() in OPEN_ENDED for place in filled)
    gaps = any(place >= len(names) or not names[place] for place in filled)
    if not open_ended and not gaps:
        return False
    always = [place for place in range(min(map(len, body))) if all(other[place] for other in body)]
    missing = [place for place in always if place >= len(row) or not row[place]]
    under = [place for place in filled if place < len(names)]
    return bool(missing) and bool(under or gaps)


def _are_units(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether a row names units. One column alone has none, and a row of "n/a" is one of blank answers."""
    filled = [cell for cell in row if cell]
    if len(row) < 2 or all(map(is_empty, filled)) or not all(map(_UNIT.fullmatch, filled)):
        return False
    below = {cell for other in body for cell in other}
    return sum(cell in below for cell in filled) <= len(filled) / 2


def _is_second_header(names: Sequence[str], row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether a row cannot be an answer: words stand in it where all rows below have numbers, times or ids."""
    typed = against = 0
    for place, cell in enumerate(row):
        column = [other[place] for other in body if place < len(other) and other[place]]
        if not cell or len(column) < 2 or is_empty(cell):
            continue
        kinds = [type_of(one) for one in column]
        usual = max(set(kinds), key=kinds.count)
        if usual != "text" and kinds.count(usual) >= MOST * len(kinds):
            typed += 1
            against += type_of(cell) == "text"
        elif len(set(column)) == 1 and cell != column[0] and len(column) > 4:
            typed += 1
            against += 1
    if typed and against >= max(1, typed * 0.75) and (typed > 1 or known_share(row) > 0):
        return True
    return known_share(row) >= SOME_KNOWN and len([cell for cell in row if cell]) > 2


def _are_labels(row: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a second header row says in words what the first has in codes: nearly every column has both."""
    both = sum(1 for one, other in zip(row, names, strict=False) if one and other)
    return both >= 0.8 * sum(map(bool, names))


def _over(labels: Sequence[str], codes: Sequence[str]) -> tuple[str, ...]:
    """Return the label of each column, or its code where it has none."""
    width = max(len(labels), len(codes))
    padded = [*labels, *[""] * width][:width]
    short = [*codes, *[""] * width][:width]
    return tuple(label or code for label, code in zip(padded, short, strict=True))


def _grouped(headings: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    """Return names made of a heading over several columns and the part that each is: "Which do you use? – Pool"."""
    names = []
    heading = ""
    for place in range(max(len(headings), len(parts))):
        own = headings[place] if place < len(headings) else ""
        part = parts[place] if place < len(parts) else ""
        heading = own or (heading if part else "")
        if not part or part.lower() in OPEN_ENDED or part == heading:
            names.append(heading if own or part else "")
        else:
            names.append(f"{heading} – {part}" if heading else part)
    return tuple(names)


def _without_codes(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names without the codes that stand before them, and the codes, where at least one question has one.

    "Q1. What would you change?" is one; "Note: ..." alone is not: a code has a digit, or all long names have one.
    """
    found = [_CODED_LABEL.fullmatch(name) for name in names]
    coded = [match for match in found if match and any(map(str.isdigit, match[1])) and len(match[2]) > 3]
    if not coded:
        return tuple(names), ()
    split = [match if match in coded else None for match in found]
    return (
        tuple(match[2] if match else name for match, name in zip(split, names, strict=True)),
        tuple(match[1] if match else "" for match in split),
    )
