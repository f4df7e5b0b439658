"""Save what a finding changed or would change, and carry over the edits that were made while a run was under way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.known_themes.placements import themes_of_ideas
from analysis.results import Analysis, IdeaMove, ThemeChange
from analysis.standing.differences import idea_moves
from survey.core.models import Survey, Theme
from survey.edits import change_log, replay
from survey.edits.change_log import results_of, write_placements
from survey.edits.idea_spans import Held, ideas_at
from survey.edits.models import Edit, IdeaChange, Proposal, ProposedMove
from survey.edits.proposals import replace_waiting
from survey.findings.packed_centres import pack_centres
from survey.findings.result_rows import NewTheme, insert_missing_themes
from survey.findings.run_inputs import RunInputs
from survey.findings.turned_down import Change, is_turned_down, turned_down


class Outdated(Exception):
    """A result must not be shown: the owner edited themes that it would replace, or chose other known themes."""


def refuse_outdated(session: Session, inputs: RunInputs) -> None:
    """Raise Outdated if findings were taken by themselves when the run began and are not any more, or if the owner
    chose other known themes since.
    """
    survey = session.get_one(Survey, inputs.survey_id, populate_existing=True)
    if survey.codebook != inputs.started_from:
        raise Outdated
    by_itself = inputs.finding == "replace" and inputs.sample is None
    if by_itself and stands(inputs) and not survey.takes_findings:
        raise Outdated


def stands(inputs: RunInputs) -> bool:
    """Return whether there are themes that a finding would replace."""
    return inputs.standing is not None and bool(inputs.standing.themes)


def record_found(
    session: Session,
    run_id: int | None,
    inputs: RunInputs,
    result: Analysis,
    theme_ids: Mapping[str, int],
    gone: Collection[int],
) -> None:
    """Record what themes found again changed, so that all of it can be taken back. A proposal that waited is replaced.

    `run_id` is the run shown so far, `gone` the positions of answers that were deleted or changed meanwhile. Of a large
    survey nothing is recorded: what a sample moved does not say what all answers did.
    """
    if inputs.standing is None or not stands(inputs) or inputs.finding != "replace" or run_id is None:
        return
    if inputs.sample is not None:
        return
    replace_waiting(session, inputs.survey_id)
    stood = {at: idea for at, idea in enumerate(inputs.standing.by_idea(result.ideas)) if idea is not None}
    after = themes_of_ideas(result.placements)
    moves = idea_moves({at: idea.themes for at, idea in stood.items()}, {at: after.get(at, {}) for at in stood})
    moves = [move for move in moves if result.ideas[move.idea].answer not in gone]
    if not moves:
        return
    old, new = {theme.key for theme in inputs.standing.themes}, {theme.key for theme in result.themes}
    ended = results_of(session, run_id, [theme_ids[key] for key in old - new if key in theme_ids])
    details: dict[str, Any] = {"new": len(new - old), "gone": len(old - new)}
    details["results"] = {str(own): row for own, row in ended.items()}
    details["people"] = len({result.ideas[move.idea].answer for move in moves})
    details["codebooks"] = [inputs.standing.codebook, result.settings.get("codebook")]
    edit = change_log.record(session, inputs.survey_id, "found", details=details)
    session.execute(
        insert(IdeaChange),
        [
            {
                "edit_id": edit.id,
                **_place(inputs, result, move),
                "source_id": theme_ids[move.source] if move.source else None,
                "target_id": theme_ids[move.target] if move.target else None,
                "strength": stood[move.idea].themes[move.source] if move.source else None,
                "new_strength": move.strength if move.target else None,
                "taught": False,
            }
            for move in moves
        ],
    )


def save_proposal(session: Session, inputs: RunInputs, result: Analysis, gone: Collection[int]) -> None:
    """Save what a finding would change in the themes that stand, in place of an older proposal.

    What the owner turned down before is left out, unless answers have come since.
    """
    proposed = result.proposed
    if proposed is None:
        return
    named = {key: names for key, names in proposed.names.items() if key not in inputs.decisions.touched}
    before = turned_down(session, inputs.survey_id, len(inputs.ids))
    new = [NewTheme(key, names[0], "", "discovered") for key, names in proposed.names.items()]
    began = {change.key for change in proposed.changes}
    new += [
        NewTheme(theme.key, theme.name, theme.description) for theme in inputs.codebook.themes if theme.key in began
    ]
    theme_ids = insert_missing_themes(session, inputs.survey_id, new)
    _rename_proposed(session, theme_ids, named)
    replace_waiting(session, inputs.survey_id)
    changes = [
        change
        for change in proposed.changes
        if not is_turned_down(_to_compare(inputs, result, change, theme_ids), before)
    ]
    proposal = Proposal(
        survey_id=inputs.survey_id,
        answers=len(inputs.ids),
        state="waiting" if changes else "same",
        changes=[
            {
                "kind": change.kind,
                "theme": theme_ids[change.key] if change.key else None,
                "other": theme_ids[change.other] if change.other else None,
                "people": change.people,
                "ideas": len(change.moves),
            }
            for change in changes
        ],
        centres=pack_centres(proposed.centres),
    )
    session.add(proposal)
    session.flush()
    rows = [
        {
            "proposal_id": proposal.id,
            **_place(inputs, result, move),
            "source_id": theme_ids[move.source] if move.source else None,
            "target_id": theme_ids[move.target] if move.target else None,
            "strength": move.strength,
            "change": number,
            "later": False,
        }
        for number, change in enumerate(changes)
        for move in change.moves
        if result.ideas[move.idea].answer not in gone
    ]
    if rows:
        session.execute(insert(ProposedMove), rows)


def carry_edits(session: Session, old_run_id: int | None, run_id: int, inputs: RunInputs) -> set[int]:
    """Give the new result the placements that edits changed while the run was under way; return the themes changed."""
    if old_run_id is None:
        return set()
    rows = session.execute(
        select(IdeaChange.answer_id, IdeaChange.starts, IdeaChange.ends)
        .join(Edit, Edit.id == IdeaChange.edit_id)
        .where(Edit.survey_id == inputs.survey_id, Edit.version > inputs.edit_version)
    )
    places = {(answer_id, starts, ends) for answer_id, starts, ends in rows}
    shown, new = ideas_at(session, old_run_id, places), ideas_at(session, run_id, places)
    before, after = [], []
    for place in sorted(shown.keys() & new.keys()):
        own = new[place].placements
        held = {
            theme_id: replay.marked(own.get(theme_id, Held(there.strength, None, None)), there.against)
            for theme_id, there in shown[place].placements.items()
        }
        before.append(new[place])
        after.append(new[place]._replace(placements=held))
    return write_placements(session, before, after)


def _rename_proposed(session: Session, theme_ids: Mapping[str, int], names: Mapping[str, tuple[str, ...]]) -> None:
    """Name themes that were proposed before, and never shown, as this finding does."""
    for key, own in names.items():
        theme = session.get_one(Theme, theme_ids[key])
        theme.name = own[0]


def _to_compare(inputs: RunInputs, result: Analysis, change: ThemeChange, theme_ids: Mapping[str, int]) -> Change:
    rows = [_place(inputs, result, move) for move in change.moves]
    return Change(
        change.kind,
        theme_ids[change.key] if change.key else None,
        theme_ids[change.other] if change.other else None,
        frozenset((row["answer_id"], row["starts"], row["ends"]) for row in rows),
    )


def _place(inputs: RunInputs, result: Analysis, move: IdeaMove) -> dict[str, Any]:
    idea = result.ideas[move.idea]
    return {"answer_id": inputs.ids[idea.answer], "starts": idea.start, "ends": idea.end}
