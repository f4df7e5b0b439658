"""Reading small tables in tests: from rows, or from a file of `../shared/inputs`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.files.model import AnswerRow, CellForms, ColumnGuess, Columns, FileChoices, Layout, LeftOut, Row
from analysis.files.read_file import read_file
from analysis.tables.columns import describe_columns, propose_columns
from analysis.tables.layout import find_layout
from analysis.tables.read_rows import cell_forms, read_rows, tally

INPUTS = Path(__file__).parents[4] / "shared" / "inputs"
TEXTS = (
    "More trees along the main road",
    "Better buses at night",
    "A place for teenagers to meet",
    "Cleaner parks please",
    "Slower cars near the school",
    "Cheaper tickets for families",
)


@dataclass(frozen=True)
class Read:
    """All that is found in a table."""

    layout: Layout
    guesses: list[ColumnGuess]
    columns: Columns
    forms: CellForms
    found: list[AnswerRow | LeftOut]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.found if isinstance(one, AnswerRow)]

    @property
    def answers(self) -> list[AnswerRow]:
        return [one for one in self.found if isinstance(one, AnswerRow)]

    @property
    def left_out(self) -> dict[str, int]:
        return {str(reason): count for reason, count in tally(self.found).rows.items()}

    def name(self, place: int | None) -> str | None:
        return None if place is None else self.layout.names[place]

    @property
    def asked(self) -> list[str]:
        """The names of the columns of answers, best first."""
        return [self.layout.names[place] for place in self.columns.answers]

    def role(self, name: str) -> str:
        return self.guesses[self.layout.names.index(name)].role


def numbered(rows: Iterable[Sequence[str]]) -> list[Row]:
    return [(number, list(cells)) for number, cells in enumerate(rows, start=1)]


def read_table(rows: Iterable[Sequence[str]], header_rows: int | None = None, **known: object) -> Read:
    """Read a table from its rows of cells."""
    return read_numbered(numbered(rows), header_rows, **known)


def read_numbered(rows: list[Row], header_rows: int | None = None, **known: object) -> Read:
    layout = find_layout(iter(rows), header_rows)
    guesses = describe_columns(iter(rows), layout, **known)  # type: ignore[arg-type]
    columns = propose_columns(guesses)
    forms = cell_forms(iter(rows), layout, columns)
    found = list(read_rows(iter(rows), layout, columns, forms)) if columns.answers else []
    return Read(layout, guesses, columns, forms, found)


def read_input(name: str, folder: Path, sheet: str | None = None) -> Read:
    """Read one of the small files of `../shared/inputs`, or skip the test where it is missing."""
    path = INPUTS / name
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    with path.open("rb") as stream:
        stored = read_file(stream, folder, FileChoices(sheet=sheet), name=name)
    return read_numbered(list(stored.rows()))
