"""From rows to answers: what is left out, why, and what a person may choose."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from analysis.files.model import AnswerRow, LeftOut, Reason, Row
from analysis.tables.read_rows import LEAVE_OUT, cell_forms, read_rows, tally
from tests.analysis.tables.support import TEXTS, numbered, read_table
from tests.support.every_case import for_each

HEADER = ["id", "answer", "kind", "received_at"]


@for_each(
    "blank",
    [
        "",
        " ",
        "\t",
        "\xa0",
        "\u200b",
        "\u3000",
        "\ufeff",
        " \u200d \u2060",
        "\u00ad",
        "\u2800",
        "\u3164",
        "\r\n",
        "\u202a\u202c",
    ],
)
def test_blank_answers_are_left_out(blank: str) -> None:
    read = read_table([["id", "answer"], ["1", "Trees"], ["2", blank], ["3", "Buses"]])
    assert (read.texts, read.left_out) == (["Trees", "Buses"], {"blank": 1})


@for_each("text", ["👍", "❤️", "+", "木", "5", "ok", "!", "👨‍👩‍👧"])
def test_short_answers_are_answers(text: str) -> None:
    assert text in read_table([["id", "answer"], ["1", "Trees"], ["2", text], ["3", "Buses"]]).texts


@for_each(
    "text",
    ["Not provided", "N/A", "n/a", "keine Angabe", "(no answer)", "[No response]", "-99", "#N/A", "NULL", "NaN",
     "Sin respuesta", "sans réponse", "无回答", "無回答", "нет ответа", "geen antwoord", "Nessuna risposta", "لا يوجد",
     "Não respondeu", "Brak odpowiedzi"],
)  # fmt: skip
def test_placeholders_are_left_out_and_can_be_taken(text: str) -> None:
    rows = [["id", "answer"], ["1", "Trees"], ["2", text], ["3", "Buses"]]
    read = read_table(rows)
    assert (read.texts, read.left_out) == (["Trees", "Buses"], {"placeholder": 1})
    taken = read_rows(numbered(rows), read.layout, read.columns, read.forms, leave_out=LEAVE_OUT - {"placeholder"})
    assert tally(taken).answers == 3


@for_each(
    "text",
    [
        "No answer to my letters",
        "Blank walls",
        "Missing bus stops",
        "Unknown faces at the desk",
        "Keine Angabe von Preisen",
        "Sans réponse depuis un an",
        "Null interest in cars",
        "Na, mehr Bäume",
        "-99 degrees in the hall",
        "Sin respuesta del ayuntamiento",
        "Nan's garden",
    ],
)
def test_answers_that_begin_like_placeholders(text: str) -> None:
    assert text in read_table([["id", "answer"], ["1", "Trees"], ["2", text], ["3", "Buses"]]).texts


def test_cells_are_left_out_and_named_or_the_whole_row_by_choice() -> None:
    rows = numbered(
        [
            HEADER,
            ["1", "Trees", "friend", "2026-03-01 09:10"],
            ["2", "Buses", "uncle", "2026-03-02 09:10"],
            ["3", "Shade", "N/A", "soon"],
            ["4", "x" * 5_001, "friend", "2026-03-04 09:10"],
        ]
    )
    read = read_table([cells for _, cells in rows])
    columns = replace(read.columns, time=3)
    forms = cell_forms(rows, read.layout, columns)

    def found(leave_out: frozenset[Reason] = LEAVE_OUT) -> list[AnswerRow | LeftOut]:
        return list(read_rows(rows, read.layout, columns, forms, kinds=["Friend"], leave_out=leave_out))

    first, second, third, fourth = found()
    assert isinstance(first, AnswerRow) and first.kind == "friend" and first.time
    assert isinstance(second, AnswerRow) and (second.kind, second.problems) == ("", ("unknown_kind",))
    assert isinstance(third, AnswerRow) and (third.time, third.problems) == (None, ("unreadable_time",))
    assert fourth == LeftOut(5, "too_long", "x" * 80, 5_001)
    counted = tally(found(LEAVE_OUT | {"unknown_kind", "unreadable_time"}))
    assert (counted.answers, dict(counted.rows)) == (1, {"unknown_kind": 1, "unreadable_time": 1, "too_long": 1})
    counted = tally(found(LEAVE_OUT - {"too_long"}))
    assert (counted.answers, counted.problems) == (4, {"unknown_kind": [3], "unreadable_time": [4], "too_long": [5]})


@pytest.mark.parametrize("length", [4_999, 5_000, 5_001, 5_599, 20_000])
@pytest.mark.parametrize("letter", ["x", "木", "ж", "😀"])
def test_too_long(letter: str, length: int) -> None:
    read = read_table([["id", "answer"], ["1", "Trees"], ["2", letter * length], ["3", "Buses"]])
    assert read.left_out == ({"too_long": 1} if length > 5_000 else {})


def test_several_open_questions_are_read_one_by_one() -> None:
    rows = [[str(n), text, f"Because of {n} reasons we have" if n % 2 else ""] for n, text in enumerate(TEXTS)]
    read = read_table([["id", "What?", "Why?"], *rows])
    lines = numbered([["id", "What?", "Why?"], *rows])
    counts = {
        read.name(place): tally(read_rows(lines, read.layout, read.columns, read.forms, answer=place)).answers
        for place in read.columns.answers
    }
    assert counts == {"What?": 6, "Why?": 3}


def test_a_column_of_nothing_but_placeholders_is_said() -> None:
    assert read_table([["id", "answer"], ["1", "N/A"], ["2", "N/A"]]).left_out == {"placeholder": 2}


def test_our_own_export_keeps_what_somebody_wrote() -> None:
    header = ["answer_id", "answer", "kind", "source", "received_at", "status"]
    rows = [
        [f"f69866fad960265{n}", text, "", "", "2026-03-01T09:10:11Z", "shown"] for n, text in enumerate(["N/A", *TEXTS])
    ]
    read = read_table([header, *rows, ["a1b2c3d4e5f60718", "Something rude", "", "", "2026-03-01T09:10:11Z", "hidden"]])
    assert read.texts[0] == "N/A"
    assert [one.status for one in read.answers][-2:] == ["shown", "hidden"]


def test_any_number_of_rows_is_read_in_the_same_little_memory() -> None:
    def rows() -> Iterator[Row]:
        yield 1, ["Timestamp", "What should we change?"]
        for number in range(2, 5_002):
            yield (
                number,
                [f"3/{number % 28 + 1}/2026 {number % 12 + 1}:10:11 PM", f"{TEXTS[number % 6]} in street {number}"],
            )

    read = read_table([cells for _, (_, cells) in zip(range(50), rows(), strict=False)])
    tracemalloc.start()
    forms = cell_forms(rows(), read.layout, read.columns)
    counted = tally(read_rows(rows(), read.layout, read.columns, forms))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (counted.answers, read.name(read.columns.time)) == (5_000, "Timestamp")
    assert peak < 100e3  # all rows together take 1.4 MB
