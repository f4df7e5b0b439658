"""Guess which column of a table holds the answers, with a reason, for the owner to confirm or change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TYPEFORM = {"#", "submit date (utc)", "network id"}
TYPEFORM_TIME = "submit date (utc)"
TYPEFORM_OTHER = TYPEFORM | {"start date (utc)", "stage date (utc)", "response type", "tags", "ending", "score"}
GOOGLE_TIME = "timestamp"
GOOGLE_OTHER = {"username", "email address", "score", "total score"}
TIMES = ("received_at", "time", "date", "submitted at")


@dataclass(frozen=True, slots=True)
class Columns:
    """The index of each column that is used, from 0."""

    answer: int
    time: int | None = None
    kind: int | None = None
    source: int | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """The columns a table seems to have, and the reason, a sentence for the owner."""

    columns: Columns
    reason: str


def guess(header: Sequence[str], lengths: Sequence[float], question: str) -> Guess:
    """Return the guess for a table. `lengths` is the mean number of characters in each column."""
    names = [" ".join(name.lower().split()) for name in header]
    kind, source = _place(names, "kind"), _place(names, "source")
    time = next((place for name in TIMES if (place := _place(names, name)) is not None), None)
    if (answer := _place(names, "answer")) is not None:
        return Guess(Columns(answer, time, kind, source), "It is called “answer”.")
    if set(names) >= TYPEFORM:
        return _of_form("Typeform", names, lengths, TYPEFORM_OTHER, names.index(TYPEFORM_TIME))
    if names[0] == GOOGLE_TIME and len(names) > 1:
        return _of_form("Google Forms", names, lengths, GOOGLE_OTHER | {GOOGLE_TIME}, 0)
    asked = " ".join(question.lower().split())
    if (answer := _place(names, asked)) is not None:
        return Guess(Columns(answer, time, kind, source), "It is called what your survey asks.")
    free = [place for place in range(len(names)) if place not in (time, kind, source)] or [0]
    why = "It has the longest texts." if len(names) > 1 else "It is the only column."
    return Guess(Columns(_longest(free, lengths), time, kind, source), why)


def _of_form(program: str, names: Sequence[str], lengths: Sequence[float], other: set[str], time: int) -> Guess:
    questions = [place for place, name in enumerate(names) if name not in other and place != time] or [0]
    many = f"A file from {program}. Of its {len(questions)} questions this one has the longest answers."
    why = f"A file from {program}, with this one question." if len(questions) == 1 else many
    return Guess(Columns(_longest(questions, lengths), time), why)


def _place(names: Sequence[str], wanted: str) -> int | None:
    return names.index(wanted) if names.count(wanted) == 1 else None


def _longest(places: Sequence[int], lengths: Sequence[float]) -> int:
    return max(places, key=lambda place: (lengths[place], -place))
