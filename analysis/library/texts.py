"""Read what a program hands over as answers: a list, or a column of pandas, polars or numpy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

_MISSING = frozenset({"NAType", "NaTType"})
"""Types of pandas' own marks for a missing value"""


@dataclass(frozen=True, slots=True)
class Texts:
    """The answers as given (None where there is none), the label of each, and pandas' index if they had one."""

    answers: tuple[str | None, ...]
    labels: tuple[Any, ...]
    index: Any = None

    @property
    def written(self) -> list[str]:
        """The answers, "" where there is none."""
        return [answer or "" for answer in self.answers]


def read_texts(given: object) -> Texts:
    """Return the answers in a list or another collection in order, or in a Series, whose index is kept.

    None, NaN, NA and NaT are no answers. Raises TypeError for anything that is no collection of texts (one text, a
    number, a table, a list with a number in it), and ValueError for a text that is not valid Unicode.
    """
    if isinstance(given, str | bytes | bytearray):
        raise TypeError("answers is one text. Give a list of texts, one for each answer: [text].")
    if isinstance(given, Mapping | Set):
        raise TypeError(
            f"answers is a {type(given).__name__}. Give a list or a Series, in which answers have an order."
        )
    library = type(given).__module__.partition(".")[0]
    if library in ("pandas", "polars") and hasattr(given, "columns"):
        raise TypeError("answers is a whole table. Give the column with the answers, such as table['answer'].")
    if getattr(given, "ndim", 1) > 1:
        raise TypeError("answers has more than one dimension. Give one column of texts.")
    index = getattr(given, "index", None) if library == "pandas" else None
    if library in ("pandas", "numpy", "polars", "pyarrow") and hasattr(given, "tolist"):
        given = given.tolist()
    elif library in ("pandas", "polars", "pyarrow") and hasattr(given, "to_list"):
        given = given.to_list()
    if not isinstance(given, Iterable):
        raise TypeError(f"answers is {_named(given).rstrip(',')}. Give a list of texts, one for each answer.")
    cells = list(given)
    if index is not None and len(index) != len(cells):
        index = None
    labels = tuple(range(len(cells))) if index is None else tuple(index.tolist())
    answers = tuple(_text(cell, label) for cell, label in zip(cells, labels, strict=True))
    return Texts(answers, labels, index)


def _text(cell: object, label: object) -> str | None:
    if isinstance(cell, str):
        text = str(cell)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(f"The answer at {label!r} is not valid Unicode: half a character stands alone.") from None
        return text
    if _is_missing(cell):
        return None
    raise TypeError(
        f"The answer at {label!r} is {_named(cell)} and not a text. Give texts; if these are answers all the same, "
        "make texts of them first, with str."
    )


def _is_missing(cell: object) -> bool:
    if cell is None or type(cell).__name__ in _MISSING:
        return True
    try:
        return bool(cell != cell)
    except (TypeError, ValueError):
        return False


def _named(value: object) -> str:
    kind = type(value).__name__
    return f"{value!r}, a number," if isinstance(value, int | float) and not isinstance(value, bool) else f"a {kind}"
