"""A part of an archive: a table of the site, and the shape of each of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from survey.archives.shapes import Known, ListOf, Maybe, Ref, Shape
from survey.core.database import Model

IN_ORDER = "rows are known by their public id, or by the number of their line"
OF_SURVEY = "an archive holds one survey"
NUMBER = {"id": IN_ORDER}
SURVEY_NUMBER = {"survey_id": OF_SURVEY}
NUMBERS = NUMBER | SURVEY_NUMBER
"""Columns that no part has, and why"""


@dataclass(frozen=True)
class Column:
    """A column of a part; one that came later has its value for archives that are without it."""

    shape: Shape
    since: int = 0
    """The version of the format at which it came: of those of that number only the later ones have it"""
    before: Any = None


@dataclass(frozen=True)
class Part:
    """A table of the site as a file of an archive: NAME.jsonl, one row a line."""

    name: str
    model: type[Model]
    about: str
    columns: Mapping[str, Column]
    most: int
    """Rows of it that an archive may have"""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Columns that are not in archives, and why"""
    through: tuple[str, Part] | None = None
    """The column that refers to the part it belongs to; None where it has the survey's id itself"""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """What left-out columns are given here; only rows that have it are written"""
    unique: Sequence[Sequence[str]] = ()
    """Columns that no two rows may have the same values in, where none of them is nothing"""
    check: Callable[[dict[str, Any], Known], None] | None = None
    """What must be true of a whole row that was read. Raises shapes.Wrong"""

    @property
    def table(self) -> Any:
        """The table in the database."""
        return self.model.__table__

    @property
    def is_named(self) -> bool:
        """Whether its rows have public ids."""
        return "public_id" in self.columns

    @property
    def is_numbered(self) -> bool:
        """Whether its rows have ids of their own in the database."""
        return "id" in self.table.columns

    def belongs(self, survey_id: int) -> ColumnElement[bool]:
        """Return the condition that a row is part of the archive of a survey."""
        columns = self.table.columns
        if self.through is None:
            own: ColumnElement[bool] = columns["survey_id" if "survey_id" in columns else "id"] == survey_id
        else:
            column, parent = self.through
            own = columns[column].in_(select(parent.table.columns["id"]).where(parent.belongs(survey_id)))
        for name, value in self.fixed.items():
            own &= columns[name] == value
        return own

    def rows(self, survey_id: int, *columns: str) -> Select[Any]:
        """Return the query of columns of its rows, in the order in which an archive has them."""
        own = self.table.columns
        return select(*(own[name] for name in columns)).where(self.belongs(survey_id)).order_by(*self.table.primary_key)


def written_name(column: str, shape: Shape) -> str:
    """Return the name of a column in an archive."""
    while isinstance(shape, Maybe | ListOf):
        shape = shape.shape
    return column.removesuffix("_id") if isinstance(shape, Ref) else column
