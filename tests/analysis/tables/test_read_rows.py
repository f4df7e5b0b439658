"""From rows to answers."""

from analysis.files.model import AnswerRow, LeftOut, Row
from analysis.tables.columns import describe_columns, propose_columns
from analysis.tables.layout import find_layout
from analysis.tables.read_rows import cell_forms, read_rows


def answers_of(rows: list[Row]) -> list[AnswerRow | LeftOut]:
    layout = find_layout(rows)
    columns = propose_columns(describe_columns(rows, layout))
    return list(read_rows(rows, layout, columns, cell_forms(rows, layout, columns)))


def test_a_plain_table() -> None:
    rows = [(1, ["id", "answer"]), (2, ["1", "Talk every evening"]), (3, ["2", " "]), (4, ["3"])]
    assert answers_of(rows) == [
        AnswerRow(2, "Talk every evening", response_id="1"),
        LeftOut(3, "blank"),
        LeftOut(4, "blank"),
    ]
