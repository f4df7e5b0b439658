"""Columns of codes in many writings, and coded rows found among the answers that are here."""

from __future__ import annotations

from datetime import UTC, datetime

from analysis.files.model import Row
from analysis.tables.layout import find_layout
from survey.coded_files.assign import Mark, WordFit, assign, learned
from survey.coded_files.code_columns import CodeColumns, propose, read_codes
from survey.coded_files.match import FileAnswer, Known, match, split_documents
from tests.support.every_case import for_each

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ANSWERS = ["We talk and laugh", "We trust each other", "Laughing a lot", "Honest talk", "Time for each other", "Trust"]


def table(*columns: list[str]) -> list[Row]:
    """Rows of a file with a column of answers and others; the first of each is its name."""
    return [(number, list(cells)) for number, cells in enumerate(zip(["answer", *ANSWERS], *columns, strict=True), 1)]


LISTS = {
    "bars": ["Codes", "Talk | Fun", "Trust", "Fun", "Talk|Trust", "Time", "Trust"],
    "semicolons, own export": ["themes", "Talk; Fun", "Trust", "Fun", "Talk; Trust", "Time", "Trust"],
    "German": ["Kategorien", "Talk;Fun", "trust", "Fun", "Talk;Trust", "Time", "Trust"],
    "commas": ["coded as", "Talk, Fun", "Trust", "Fun", "Talk, Trust", "Time", "Trust"],
    "unnamed": ["column", "Talk|Fun", "Trust", "Fun|Trust", "Talk|Trust", "Fun|Talk", "Trust"],
}


@for_each("column", LISTS.values(), ids=LISTS)
def test_a_column_of_codes(column: list[str]) -> None:
    rows = table(column, ["age", "31", "22", "45", "31", "60", "28"])
    layout = find_layout(rows)
    found = propose(rows, layout, but=[0])
    assert found is not None and found.places == (1,) and found.separator
    names, coded = read_codes(rows, layout, found)
    assert {name.casefold() for name in names[:3]} == {"talk", "fun", "trust"}
    assert [names[code].casefold() for code in coded[0].codes] == ["talk", "fun"]
    assert [names[code].casefold() for code in coded[1].codes] == ["trust"]


def test_one_code_a_cell_and_none() -> None:
    rows = table(["Code", "Talk", "Trust", "Fun", "Talk", "n/a", "-"])
    layout = find_layout(rows)
    found = propose(rows, layout, but=[0])
    assert found == CodeColumns((1,), "")
    names, coded = read_codes(rows, layout, found)
    assert names == ["Talk", "Trust", "Fun"] and [row.codes for row in coded][-2:] == [(), ()]


FLAGS = {
    "0 and 1": (["Talk", *"100100"], ["Trust", *"010101"]),
    "x": (["Talk", "x", "", "", "X", "", ""], ["Trust", "", "x", "", "x", "", "x"]),
    "yes and no": (["Talk", "Yes", "No", "No", "Yes", "No", "No"], ["Trust", "no", "yes", "no", "yes", "no", "yes"]),
    "TRUE": (["Talk", "TRUE", "FALSE", "FALSE", "TRUE", "", ""], ["Trust", "FALSE", "TRUE", "", "TRUE", "", "TRUE"]),
    "ja und nein": (["Talk", "ja", "nein", "nein", "ja", "", ""], ["Trust", "nein", "ja", "nein", "ja", "nein", "ja"]),
    "its own name": (["Talk", "Talk", "", "", "Talk", "", ""], ["Trust", "", "Trust", "", "Trust", "", "Trust"]),
    "decimals": (
        ["Talk", *(["1.0", "0.0", "0.0", "1.0", "0.0", "0.0"])],
        ["Trust", *(["0.0", "1.0", "0.0", "1.0", "0.0", "1.0"])],
    ),
}


@for_each("columns", FLAGS.values(), ids=FLAGS)
def test_a_column_for_each_code(columns: tuple[list[str], list[str]]) -> None:
    rows = table(*columns, ["age", "31", "22", "45", "31", "60", "28"])
    layout = find_layout(rows)
    found = propose(rows, layout, but=[0])
    assert found == CodeColumns((1, 2))
    names, coded = read_codes(rows, layout, found)
    assert names == ["Talk", "Trust"]
    assert [row.codes for row in coded] == [(0,), (1,), (), (0, 1), (), (1,)]


def test_choices_of_a_question_are_named_without_it() -> None:
    """A question with several choices, as a survey tool with two header rows writes it."""
    rows: list[Row] = [
        (1, ["Respondent ID", "Collector ID", "Start Date", "End Date", "What keeps you?", "Which apply?", ""]),
        (2, ["", "", "", "", "Open-Ended Response", "Talk", "Trust"]),
    ]
    for number, text in enumerate(ANSWERS):
        given = ["Talk" if number % 2 else "", "Trust" if number % 3 else ""]
        day = f"03/0{number + 1}/2026 10:00:00 AM"
        rows.append((number + 3, [f"1180{number}", "42", day, day, text, *given]))
    layout = find_layout(rows)
    found = propose(rows, layout, but=[0, 2, 3, 4])
    assert found == CodeColumns((5, 6))
    names, coded = read_codes(rows, layout, found)
    assert names == ["Talk", "Trust"] and [row.codes for row in coded][:3] == [(), (0, 1), (1,)]


def test_a_table_without_codes_proposes_none() -> None:
    rows = table(["age", "31", "22", "45", "31", "60", "28"], ["town", "Bonn", "Köln", "Ulm", "Bonn", "Kiel", "Hof"])
    assert propose(rows, find_layout(rows), but=[0]) is None


def known(*texts: str) -> list[Known]:
    return [Known(number, f"{number:016x}", text, MOMENT) for number, text in enumerate(texts, 1)]


def test_rows_are_matched_by_id_then_time_then_text_each_answer_once() -> None:
    here = [
        *known("Trust", "Trust", "Talk"),
        Known(9, "f" * 16, "Trust", datetime(2026, 5, 5, 5, 5, tzinfo=UTC)),
    ]
    rows = [
        FileAnswer(1, "Trust", (Mark(0),)),
        FileAnswer(2, "Trust", (Mark(1),), time=datetime(2026, 5, 5, 5, 5, 40, tzinfo=UTC)),
        FileAnswer(3, "Trust", (Mark(2),), id=f"{1:016x}"),
        FileAnswer(4, "Trust", (Mark(3),)),
        FileAnswer(5, " ", (Mark(4),)),
        FileAnswer(6, "talk", (Mark(5),)),
    ]
    found = match(rows, here)
    assert found.here == {1: (Mark(2),), 9: (Mark(1),), 2: (Mark(0),)}
    assert [row.number for row in found.missing] == [4, 6]


def test_spans_follow_spaces_and_line_ends_and_become_whole_where_the_text_is_another() -> None:
    there = "We  talk 👩‍👩‍👧.\nHe never lies"
    here = "We talk 👩‍👩‍👧.\r\n\r\nHe never  lies "
    marks = (Mark(0, (4, there.index("."))), Mark(1, (there.index("He"), len(there))), Mark(2))
    (row,) = match([FileAnswer(1, there, marks, id=f"{1:016x}")], known(here)).here.values()
    spans = [mark.span for mark in row if mark.span is not None]
    assert [here[slice(*span)] for span in spans] == ["talk 👩‍👩‍👧", "He never  lies"]
    (row,) = match([FileAnswer(1, there, marks, id=f"{1:016x}")], known("Another")).here.values()
    assert row == (Mark(0), Mark(1), Mark(2))


def test_a_document_of_many_answers_is_cut_into_them() -> None:
    text = "Trust\n\nWe talk a lot\nunknown\n"
    marks = (Mark(0, (0, 5)), Mark(1, (text.index("talk"), text.index("\nunknown"))), Mark(2, (3, 12)))
    cut = split_documents([FileAnswer(1, text, marks)], known("Trust", "We talk a lot"))
    assert [(one.text, one.marks) for one in cut] == [
        ("Trust", (Mark(0), Mark(2, (3, 5)))),
        ("We talk a lot", (Mark(1, (3, 13)), Mark(2, (0, 5)))),
        ("unknown", ()),
    ]
    assert split_documents([FileAnswer(1, text, marks)], known("Something")) == [FileAnswer(1, text, marks)]


def test_codes_of_a_whole_answer_go_to_the_ideas_whose_words_they_share() -> None:
    fit = learned([("we laugh", [Mark(0)]), ("laughing, we laugh", [Mark(0)]), ("he listens", [Mark(1)])])
    text = "she listens. we laugh. and tea"
    ideas = [(0, 11), (13, 21), (23, 30)]
    assert assign(text, ideas, [Mark(0), Mark(1)], fit)[:2] == [{1}, {0}]
    assert all(assign(text, ideas, [Mark(0), Mark(1)], fit))
    assert assign(text, ideas, [Mark(0)], fit) == [{0}] * 3
    assert assign(text, ideas[:1], [Mark(0), Mark(1), Mark(2)], fit) == [{0, 1, 2}]
    assert assign(text, [], [Mark(0)], fit) == []
    assert assign(text, ideas, [], fit) == [set()] * 3


def test_a_part_belongs_to_the_ideas_it_overlaps() -> None:
    text, ideas = "she listens. we laugh", [(0, 11), (13, 21)]
    fit = WordFit()
    assert assign(text, ideas, [Mark(0, (4, 11))], fit) == [{0}, set()]
    assert assign(text, ideas, [Mark(0, (0, 21))], fit) == [{0}, {0}]
    assert assign(text, ideas, [Mark(0, (9, 21)), Mark(1, (0, 11))], fit) == [{1}, {0}]
    assert assign(text, ideas, [Mark(0, (11, 13))], fit) == [set(), set()]
    assert assign(text, ideas, [Mark(0, (4, 11)), Mark(1)], fit) == [{0}, {1}]
