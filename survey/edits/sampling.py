"""Which answers of a large survey a run finds themes in: some, by their ids, and all that its owner decided about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, or_, select

from analysis.large.sizes import MAX_WHOLE_ANSWERS, SAMPLE_ANSWERS
from survey.core.database import db
from survey.core.models import Answer
from survey.edits.models import BY_HAND, Edit, IdeaChange

SCATTER, RANGE = 2_654_435_761, 2**32
"""Fibonacci hashing (Knuth, "The Art of Computer Programming", volume 3, 6.4): ids in a row are spread evenly"""


@dataclass(frozen=True, slots=True)
class SampleRule:
    """One answer in 2**halvings, and those that hold a decision of the owner.

    A survey that grows keeps its sample until that is halved: what was in the smaller one was in the larger.
    """

    survey_id: int
    halvings: int

    def holds(self, answer_id: ColumnElement[int] | Any) -> ColumnElement[bool]:
        """Return the condition that the answer with this id is in the sample."""
        place = cast(answer_id, BigInteger) * SCATTER % RANGE
        decided = (
            select(IdeaChange.answer_id)
            .join(Edit, Edit.id == IdeaChange.edit_id)
            .where(Edit.survey_id == self.survey_id, Edit.undone_at.is_(None), Edit.action.in_(BY_HAND))
            .where(~IdeaChange.taught)
        )
        return or_(place < RANGE >> self.halvings, answer_id.in_(decided))


def count_answers(survey_id: int) -> int:
    """Count the answers that runs read."""
    own = select(func.count()).where(Answer.survey_id == survey_id, Answer.status == "shown")
    return db.session.scalar(own) or 0


def sample_rule(survey_id: int, answers: int) -> SampleRule | None:
    """Return the rule for a survey of so many answers; None for one that is read as a whole."""
    if answers <= MAX_WHOLE_ANSWERS:
        return None
    halvings = 0
    while answers >> halvings > SAMPLE_ANSWERS:
        halvings += 1
    return SampleRule(survey_id, halvings)
