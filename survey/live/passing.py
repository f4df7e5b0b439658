"""The quotes that pass by on a screen, and which of them is there now.

Which one it is depends on nothing but the clock and the result, so all screens of a room and the presenter's page show
the same one without storing it. Only ideas of answers that are shown, in themes that visitors see, are quoted: exact
words, personal data masked; a short answer whole, of a long one the idea, cut between words where that is long too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run
from survey.results.highlighting import mask_with_spans

SECONDS_EACH = 9
"""How long a quote stays: two short lines are read twice"""
FRESH_FOR = timedelta(seconds=45)
"""Quotes of answers that came so shortly ago go before all others"""
NEWEST_ANSWERS = 40
"""The newest answers, whose ideas pass by beside the quotes of the theme page"""
MAX_BEST = 3
"""Quotes of each theme, as on the theme page"""
MAX_CHARACTERS = 140
"""Of a quote: two lines on a wide screen"""


@dataclass(frozen=True, slots=True)
class Passing:
    """A quote that may pass by: exact words of an answer, and the theme they are in."""

    answer_id: str
    """Public id of the answer, for hiding it"""
    text: str
    theme_id: int
    received_at: datetime
    is_askers: bool

    def is_fresh(self, moment: datetime) -> bool:
        """Return whether its answer has only just come."""
        return moment - self.received_at < FRESH_FOR


def quotes(
    run: Run | None, theme_ids: Collection[int], hidden_ids: Collection[int] = (), *, only: int | None = None
) -> list[Passing]:
    """Return the quotes of visible themes, or of one of them, the oldest first. Three queries at most.

    Of an answer that is in one of the hidden themes too, nothing but ideas in visible ones is quoted.
    """
    if run is None or not theme_ids:
        return []
    wanted = theme_ids if only is None else (only,)
    newest = (
        select(Answer.id)
        .where(Answer.survey_id == run.survey_id, Answer.status == "shown")
        .order_by(Answer.received_at.desc())
        .limit(NEWEST_ANSWERS)
    )
    best = Placement.quote.is_not(None) & (Placement.quote < MAX_BEST)
    rows = [row for among in (Answer.id.in_(newest), best) for row in db.session.execute(_rows(run, wanted, among))]
    partly_hidden = _answers_in(run, hidden_ids, {row.id for row in rows}) if hidden_ids else set()
    found: dict[tuple[int, int | None], tuple[int, Passing]] = {}
    for row in rows:
        # The first row is the strongest: what is in several themes passes by once.
        whole, quote = _passing(row, may_be_whole=row.id not in partly_hidden)
        found.setdefault((row.id, None if whole else row.starts), (row.id, quote))
    return [one for _, one in sorted(found.values(), key=lambda pair: (pair[1].received_at, pair[0])) if one.text]


def choose(passing: Sequence[Passing], moment: datetime) -> Passing | None:
    """Return the quote that is on the screens at a time: fresh ones by turns, or else all by turns."""
    among = [one for one in passing if one.is_fresh(moment)] or passing
    return among[int(moment.timestamp()) // SECONDS_EACH % len(among)] if among else None


def _answers_in(run: Run, theme_ids: Collection[int], answer_ids: Collection[int]) -> set[int]:
    """Return which of these answers have an idea in one of these themes."""
    placed = select(Idea.answer_id).join(Placement, Placement.idea_id == Idea.id)
    of_these = (Idea.answer_id.in_(answer_ids), Idea.run_id + 0 == run.id, Placement.theme_id.in_(theme_ids))
    return set(db.session.scalars(placed.where(*of_these)))


def _rows(run: Run, theme_ids: Collection[int], among: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Answer.id,
            Answer.public_id,
            Answer.text,
            Answer.received_at,
            Answer.is_askers,
            Idea.starts,
            Idea.ends,
            Placement.theme_id,
        )
        .select_from(Placement)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        # `+ 0`: SQLite would read all ideas of the run
        .where(Idea.run_id + 0 == run.id, Placement.theme_id.in_(theme_ids), ~Placement.against)
        .where(Answer.status == "shown", among)
        .order_by(Answer.id, Placement.strength.desc(), Idea.starts, Placement.theme_id)
    )


def _passing(row: Row[Any], *, may_be_whole: bool) -> tuple[bool, Passing]:
    """Return the quote of an idea, and whether it is the whole answer, as where that is short."""
    text, [(starts, ends)] = mask_with_spans(row.text, [(row.starts, row.ends)])
    answer, idea = _one_line(text), _one_line(text[starts:ends])
    whole = may_be_whole and len(answer) <= MAX_CHARACTERS
    return whole, Passing(
        answer_id=row.public_id,
        text=answer if whole else cut(idea),
        theme_id=row.theme_id,
        received_at=row.received_at,
        is_askers=row.is_askers,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def cut(text: str) -> str:
    """Return the beginning of a text that fits the screen, cut between words if there are any."""
    if len(text) <= MAX_CHARACTERS:
        return text
    begun = text[:MAX_CHARACTERS]
    return f"{begun.rpartition(' ')[0]} …" if " " in begun else f"{begun}…"
