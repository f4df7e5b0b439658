"""Describe what each column of a table holds, with a reason, and propose which ones to use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from analysis.files.model import ColumnGuess, Columns, Layout, Role, Row
from analysis.tables.layout import data_rows

NAMED: dict[str, Role] = {"answer": "answer", "received_at": "time", "kind": "kind", "source": "source"}


def describe_columns(
    rows: Iterable[Row],
    layout: Layout,
    *,
    question: str = "",
    kinds: Collection[str] = (),
    sources: Collection[str] = (),
) -> list[ColumnGuess]:
    """Return what each column seems to hold. `rows` are all rows of the file.

    `question` is what the survey asks; `kinds` and `sources` are the words that the survey knows, keys and labels.
    """
    width = len(layout.names)
    lengths, filled = [0] * width, [0] * width
    for _, cells in data_rows(rows, layout):
        for place, cell in enumerate(cells):
            lengths[place] += len(cell)
            filled[place] += bool(cell.strip())
    means = [total / (count or 1) for total, count in zip(lengths, filled, strict=True)]
    roles: list[Role] = [NAMED.get(name.lower(), "other") for name in layout.names]
    if "answer" not in roles and roles:
        roles[max(range(width), key=lambda place: (roles[place] == "other", means[place]))] = "answer"
    return [
        ColumnGuess(place, name, role, "", filled[place], means[place])
        for place, (name, role) in enumerate(zip(layout.names, roles, strict=True))
    ]


def propose_columns(guesses: Sequence[ColumnGuess]) -> Columns:
    """Return the columns to use: every column of answers, best first, and one of each other role."""
    first: dict[Role, int] = {}
    for guess in guesses:
        first.setdefault(guess.role, guess.place)
    return Columns(
        tuple(guess.place for guess in guesses if guess.role == "answer"),
        first.get("time"),
        first.get("kind"),
        first.get("source"),
        first.get("id"),
    )
