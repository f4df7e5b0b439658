"""Ideas as pages and edits know them: by the answer and the character span, which no run changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.core.database import batches
from survey.core.models import Answer, Idea, Placement
from survey.edits.models import IdeaChange, ProposedMove
from survey.runs.lookups import in_run

MAX_DIGITS = 9
BATCH_IDEAS = 500

Place = tuple[int, int, int]
"""An idea: the id of its answer, and its character range"""


class IdeaSpan(NamedTuple):
    """An idea in a form of a page: the public id of its answer, and its character range."""

    answer: str
    starts: int
    ends: int

    def __str__(self) -> str:
        return f"{self.answer}:{self.starts}:{self.ends}"

    @classmethod
    def parse(cls, text: str) -> IdeaSpan | None:
        """Return the idea of the value of a form field; None if it is none."""
        answer, *numbers = text.split(":")
        if len(numbers) != 2 or not all(len(n) <= MAX_DIGITS and n.isascii() and n.isdigit() for n in numbers):
            return None
        return cls(answer, int(numbers[0]), int(numbers[1]))


class Held(NamedTuple):
    """A placement of an idea: its strength, the rank as a quote, the sub-theme, whether it says the opposite."""

    strength: float
    quote: int | None
    part_id: int | None
    against: bool = False


class ShownIdea(NamedTuple):
    """An idea of the result that is shown: its number there, its span, and the placements by theme."""

    id: int
    answer_id: int
    starts: int
    ends: int
    placements: dict[int, Held]


def shown_ideas(session: Session, run_id: int | None, spans: Sequence[IdeaSpan]) -> list[ShownIdea]:
    """Return those of the ideas that the result of a run has, in the order of the spans."""
    found: dict[IdeaSpan, ShownIdea] = {}
    for batch in batches(dict.fromkeys(spans), BATCH_IDEAS):
        rows = session.execute(
            select(Answer.public_id, Idea.id, Idea.answer_id, Idea.starts, Idea.ends)
            .join(Answer, Answer.id == Idea.answer_id)
            .where(in_run(run_id), Answer.public_id.in_({span.answer for span in batch}))
        ).all()
        wanted = set(batch)
        for public_id, idea_id, answer_id, starts, ends in rows:
            span = IdeaSpan(public_id, starts, ends)
            if span in wanted:
                found[span] = ShownIdea(idea_id, answer_id, starts, ends, {})
    return with_placements(session, [found[span] for span in dict.fromkeys(spans) if span in found])


def with_placements(session: Session, ideas: Sequence[ShownIdea]) -> list[ShownIdea]:
    """Fill in the placements of ideas."""
    held: dict[int, dict[int, Held]] = {}
    for batch in batches((idea.id for idea in ideas), BATCH_IDEAS):
        columns = (Placement.strength, Placement.quote, Placement.part_id, Placement.against)
        for idea_id, theme_id, strength, quote, part_id, against in session.execute(
            select(Placement.idea_id, Placement.theme_id, *columns).where(Placement.idea_id.in_(batch))
        ):
            held.setdefault(idea_id, {})[theme_id] = Held(strength, quote, part_id, against)
    return [idea._replace(placements=held.get(idea.id, {})) for idea in ideas]


def ideas_of_theme(session: Session, run_id: int | None, theme_id: int) -> list[ShownIdea]:
    """Return the ideas that a result has in a theme, with all their placements."""
    rows = session.execute(
        select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends)
        .join(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == run_id, Placement.theme_id == theme_id)
        .order_by(Idea.id)
    ).all()
    return with_placements(session, [ShownIdea(*row, {}) for row in rows])


def ideas_of_answers(session: Session, run_id: int | None, answer_ids: Collection[int]) -> list[ShownIdea]:
    """Return all ideas that a result has of these answers; none of one that says nothing."""
    found: list[ShownIdea] = []
    for batch in batches(answer_ids, BATCH_IDEAS):
        rows = session.execute(
            select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends)
            .where(in_run(run_id), Idea.answer_id.in_(batch), Idea.status != "nonanswer")
            .order_by(Idea.id)
        )
        found += [ShownIdea(*row, {}) for row in rows]
    return with_placements(session, found)


def ideas_at(session: Session, run_id: int | None, places: Collection[Place]) -> dict[Place, ShownIdea]:
    """Return the ideas that a result has at these answers and character ranges."""
    found: list[ShownIdea] = []
    for batch in batches(sorted({place[0] for place in places}), BATCH_IDEAS):
        rows = session.execute(
            select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends).where(in_run(run_id), Idea.answer_id.in_(batch))
        )
        found += [idea for row in rows if (idea := ShownIdea(*row, {}))[1:4] in places]
    return {(idea.answer_id, idea.starts, idea.ends): idea for idea in with_placements(session, found)}


def forget_answer(session: Session, answer_id: int) -> None:
    """Delete what edits and proposals say of the ideas of an answer, whose text is another now."""
    for table in (IdeaChange, ProposedMove):
        session.execute(delete(table).where(table.answer_id == answer_id))
