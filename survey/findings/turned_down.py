"""Leave out of a proposal what the owner turned down before, until new answers come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.core.models import Survey
from survey.edits.idea_spans import Place
from survey.edits.models import Proposal, ProposedMove
from survey.edits.proposals import accepted_changes

DECIDED = ("accepted", "refused")
SAME_SHARE = 0.5
"""Share of a change's ideas that have to be in one that was turned down for it to be the same"""
FAMILIES = {"new": "begins", "split": "begins", "merged": "ends", "gone": "ends", "moved": "moved"}
"""Kinds that differ only in where most of the ideas come from or go to"""


@dataclass(frozen=True, slots=True)
class Change:
    """A change as far as it is compared: its kind, the ids of the themes that stand in it, and its ideas."""

    kind: str
    theme_id: int | None
    other_id: int | None
    places: frozenset[Place]

    def is_same(self, other: Change) -> bool:
        """Return whether it is the other change again, maybe with some other ideas and a new theme of another id."""
        family = FAMILIES[self.kind]
        if family != FAMILIES[other.kind]:
            return False
        if family != "begins" and self.theme_id != other.theme_id:
            return False
        if family == "moved" and self.other_id != other.other_id:
            return False
        return len(self.places & other.places) > SAME_SHARE * len(self.places)


def turned_down(session: Session, survey_id: int, answers: int) -> list[Change]:
    """Return the changes that the owner turned down when there were at least so many answers as now."""
    survey = session.get_one(Survey, survey_id)
    found = []
    for proposal in session.scalars(
        select(Proposal)
        .where(Proposal.survey_id == survey_id, Proposal.state.in_(DECIDED), Proposal.answers >= answers)
        .order_by(Proposal.id)
    ):
        kept = accepted_changes(survey, proposal)
        places = _places(session, proposal.id)
        found += [
            Change(change["kind"], change["theme"], change["other"], frozenset(places.get(number, ())))
            for number, change in enumerate(proposal.changes)
            if number not in kept
        ]
    return found


def is_turned_down(change: Change, before: Sequence[Change]) -> bool:
    """Return whether a change was turned down before."""
    return any(change.is_same(other) for other in before)


def _places(session: Session, proposal_id: int) -> dict[int, Collection[Place]]:
    places: dict[int, set[Place]] = {}
    for number, answer_id, starts, ends in session.execute(
        select(ProposedMove.change, ProposedMove.answer_id, ProposedMove.starts, ProposedMove.ends).where(
            ProposedMove.proposal_id == proposal_id
        )
    ):
        places.setdefault(number, set()).add((answer_id, starts, ends))
    return dict(places)
