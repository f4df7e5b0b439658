"""Add new answers to the proposal that waits: where its themes would have them elsewhere than those that stand.

Of the themes that a proposal has, new ones draw new answers too, and themes that would end give theirs away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.embedding.models import Embedder
from analysis.new_answers import PlacedAnswers, Themes, place_new_answers
from analysis.text.normalise import fold
from survey.edits import proposals
from survey.edits.models import Proposal, ProposedMove
from survey.findings.packed_centres import unpack_centres
from survey.runs.lookups import themes_by_key

Homes = Mapping[str, float]
"""The themes of an idea, by key, with the strength of each"""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a proposal that waits would have the ideas of new answers.

    `decided` are wordings that the owner placed, which nothing moves.
    """

    proposal_id: int
    placed: PlacedAnswers
    decided: Collection[str]


def place_elsewhere(survey_id: int, texts: Sequence[str], themes: Themes, embedder: Embedder) -> Elsewhere | None:
    """Place new answers among the themes of the proposal that waits; None if none does. `themes` are those that stand.

    Raises what `embedder` raises.
    """
    proposal = proposals.waiting_of(survey_id)
    if proposal is None or proposal.centres is None:
        return None
    centres = unpack_centres(proposal.centres)
    if centres.shared.shape != themes.centres.shared.shape:  # of another model: see survey.worker.other_model
        return None
    proposed = replace(themes, centres=centres, only=None)
    return Elsewhere(
        proposal.id, place_new_answers(texts, themes=proposed, embedder=embedder), themes.lessons.wordings.keys()
    )


def add_moves(
    session: Session, elsewhere: Elsewhere, answer_ids: Sequence[int], standing: PlacedAnswers, added: Collection[int]
) -> None:
    """Add to a proposal what it would do with new answers, in the transaction that adds those.

    `answer_ids` are in the order in which `standing` placed their texts, `added` those that are added.
    """
    proposal = session.scalar(
        select(Proposal).where(Proposal.id == elsewhere.proposal_id, Proposal.state == proposals.WAITING)
    )
    if proposal is None:
        return
    ids = {key: theme.id for key, theme in themes_by_key(session, proposal.survey_id).items()}
    stands, proposed = _homes(standing), _homes(elsewhere.placed)
    rows: list[dict[str, Any]] = []
    for number, idea in enumerate(standing.ideas):
        if answer_ids[idea.answer] not in added or fold(idea.text) in elsewhere.decided:
            continue
        place = {"answer_id": answer_ids[idea.answer], "starts": idea.start, "ends": idea.end}
        for move in _moves(proposal.changes, stands.get(number, {}), proposed.get(number, {}), ids):
            rows.append({"proposal_id": proposal.id, **place, **move, "later": True})
    if rows:
        session.execute(insert(ProposedMove), rows)


def _homes(placed: PlacedAnswers) -> dict[int, dict[str, float]]:
    homes: dict[int, dict[str, float]] = {}
    for placement in placed.placements:
        homes.setdefault(placement.idea, {})[placement.theme] = placement.strength
    return homes


def _moves(
    changes: Sequence[Mapping[str, Any]], stands: Homes, proposed: Homes, ids: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """Return the moves of an idea that belong to a change of the proposal; others are left to the next finding."""
    sources: list[int | None] = [ids[key] for key in sorted(stands) if key not in proposed and key in ids]
    targets = {ids[key]: strength for key, strength in proposed.items() if key not in stands and key in ids}
    target = max(targets, key=lambda own: (targets[own], -own), default=None)
    for source in sources or ([None] if target is not None else []):
        number = _change_of(changes, source, target)
        if number is not None:
            yield {
                "source_id": source,
                "target_id": target,
                "strength": 0.0 if target is None else targets[target],
                "change": number,
            }


def _change_of(changes: Sequence[Mapping[str, Any]], source: int | None, target: int | None) -> int | None:
    """Return the number of the change that a move between two themes belongs to; None if there is none."""
    for number, change in enumerate(changes):
        kind, theme, other = change["kind"], change["theme"], change["other"]
        if (
            (kind in ("new", "split") and target is not None and theme == target)
            or (kind in ("merged", "gone") and source is not None and theme == source)
            or (kind == "moved" and (theme, other) == (source, target))
        ):
            return number
    return None
