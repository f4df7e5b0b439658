"""Proposals of other themes: what a finding would change, until the owner accepts all, some or none of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain, count

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from analysis.text.normalise import fold
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Run, Survey, Theme
from survey.edits import change_log, deeds
from survey.edits.change_log import Move
from survey.edits.decisions import merged_themes, read_decisions
from survey.edits.idea_spans import ideas_at
from survey.edits.models import Edit, Proposal, ProposedMove
from survey.results.result_counts import lock_results
from survey.runs import lifecycle as runs
from survey.runs.lookups import FOUND_BY, LOOKED_AGAIN, shown_names, shown_run_id

WAITING = "waiting"


class ProposalGone(Exception):
    """The proposal was decided about or replaced by a newer one meanwhile."""


def waiting(survey: Survey) -> Proposal | None:
    """Return the proposal that waits for the owner of a survey; None if none does."""
    return waiting_of(survey.id)


def waiting_of(survey_id: int) -> Proposal | None:
    """Return the proposal that waits in the survey with this id; None if none does, or the survey is gone."""
    return db.session.scalar(
        select(Proposal)
        .where(Proposal.survey_id == survey_id, Proposal.state == WAITING)
        .order_by(Proposal.id.desc())
        .limit(1)
    )


def last_looked(survey: Survey) -> Proposal | None:
    """Return the newest proposal of a survey, whatever became of it: one without changes says that all would stay."""
    return db.session.scalar(
        select(Proposal).where(Proposal.survey_id == survey.id).order_by(Proposal.id.desc()).limit(1)
    )


def flows(proposal: Proposal) -> list[tuple[int, int | None, int | None, int]]:
    """Return how many people each change of a proposal moves from which theme to which: change, from, to, people."""
    rows = db.session.execute(
        select(
            ProposedMove.change,
            ProposedMove.source_id,
            ProposedMove.target_id,
            func.count(ProposedMove.answer_id.distinct()),
        )
        .where(ProposedMove.proposal_id == proposal.id)
        .group_by(ProposedMove.change, ProposedMove.source_id, ProposedMove.target_id)
        .order_by(ProposedMove.change)
    )
    return [(change, source, target, people) for change, source, target, people in rows]


def accept(survey: Survey, public_id: str, changes: Collection[int]) -> int | None:
    """Accept some changes of a waiting proposal and refuse the others; return the edit's id, None if all are refused.

    Ideas that the owner placed meanwhile stay where they are, and so do those that have moved since. What would go into
    a theme that was merged meanwhile goes into the one it is part of. Raises ProposalGone.
    """
    survey_id = survey.id
    edit_id = run_id = None
    with write_transaction() as session:
        lock_results(session, survey_id)
        proposal = _waiting(session, survey_id, public_id)
        by_hand = read_decisions(survey_id).by_hand
        chosen = sorted(set(changes) & set(range(len(proposal.changes))))
        if chosen:
            edit = change_log.record(
                session, survey_id, "accept", details={"proposal": proposal.public_id, "changes": chosen}
            )
            moves = _moves(session, proposal, chosen, by_hand)
            begin = {move.target_id for move in moves if move.target_id is not None}
            name_apart(session, survey_id, begin - shown_names(session, survey_id).keys())
            change_log.apply(session, edit, moves)
            _forget_other_model(session, survey_id)
            edit_id, run_id = edit.id, change_log.request_evidence(session, survey_id)
        proposal.state, proposal.decided_at = "accepted" if chosen else "refused", now()
        proposal.answers = count_answers(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def _forget_other_model(session: Session, survey_id: int) -> None:
    """Themes are those of the model that proposed them, once that was accepted."""
    shown = session.get_one(Run, shown_run_id(session, survey_id))
    shown.settings = {name: value for name, value in shown.settings.items() if name not in (FOUND_BY, LOOKED_AGAIN)}


def count_answers(session: Session, survey_id: int) -> int:
    """Count the answers of a survey that themes are found in."""
    shown = select(func.count()).where(Answer.survey_id == survey_id, Answer.status == "shown")
    return session.scalar(shown) or 0


def set_takes_findings(survey: Survey, takes: bool) -> None:
    """Switch whether new findings replace the themes that stand by themselves."""
    survey_id = survey.id
    with write_transaction() as session:
        session.execute(update(Survey).where(Survey.id == survey_id).values(takes_findings=takes))
        deeds.record(session, survey_id, "settings", fields=["takes_findings"])


def replace_waiting(session: Session, survey_id: int) -> None:
    """Mark the waiting proposal of a survey as replaced, inside the transaction that adds a newer one."""
    session.execute(
        update(Proposal)
        .where(Proposal.survey_id == survey_id, Proposal.state == WAITING)
        .values(state="replaced", decided_at=now())
    )


def _waiting(session: Session, survey_id: int, public_id: str) -> Proposal:
    proposal = session.scalar(
        select(Proposal).where(Proposal.survey_id == survey_id, Proposal.public_id == public_id).with_for_update()
    )
    if proposal is None or proposal.state != WAITING:
        raise ProposalGone("This proposal was decided about, or replaced by a newer one, meanwhile.")
    return proposal


def _moves(
    session: Session, proposal: Proposal, chosen: Sequence[int], by_hand: Collection[tuple[int, int, int]]
) -> list[Move]:
    rows = session.scalars(
        select(ProposedMove)
        .where(ProposedMove.proposal_id == proposal.id, ProposedMove.change.in_(chosen))
        .order_by(ProposedMove.id)
    ).all()
    places = {(row.answer_id, row.starts, row.ends) for row in rows}
    ideas = ideas_at(session, shown_run_id(session, proposal.survey_id), places)
    merged = merged_themes(session, proposal.survey_id)
    moves = []
    for row in rows:
        place = (row.answer_id, row.starts, row.ends)
        idea = ideas.get(place)
        if idea is None or place in by_hand or (row.source_id is not None and row.source_id not in idea.placements):
            continue
        target_id = row.target_id
        while target_id in merged:
            target_id = merged[target_id]
        if target_id is None or target_id != row.source_id:
            moves.append(Move(idea, row.source_id, target_id, row.strength))
    return moves


def name_apart(session: Session, survey_id: int, theme_ids: Collection[int]) -> None:
    """Number the names of themes that begin, or get a name back, where another theme was given the same meanwhile."""
    taken = {fold(name) for theme_id, name in shown_names(session, survey_id).items() if theme_id not in theme_ids}
    for theme in session.scalars(select(Theme).where(Theme.id.in_(theme_ids)).order_by(Theme.id)):
        numbers = (f"{theme.name} ({number})" for number in count(2))
        theme.name = next(name for name in chain([theme.name], numbers) if fold(name) not in taken)
        taken.add(fold(theme.name))


def accepted_changes(survey: Survey, proposal: Proposal) -> list[int]:
    """Return the numbers of the changes of a proposal that were accepted, also where that was taken back since."""
    edit = edit_of(survey, proposal) if proposal.state == "accepted" else None
    return list((edit.details or {}).get("changes", [])) if edit is not None else []


def edit_of(survey: Survey, proposal: Proposal) -> Edit | None:
    """Return the edit by which parts of a proposal were accepted; None if none were."""
    edits = db.session.scalars(
        select(Edit).where(Edit.survey_id == survey.id, Edit.action == "accept").order_by(Edit.id.desc())
    )
    return next((edit for edit in edits if (edit.details or {}).get("proposal") == proposal.public_id), None)
