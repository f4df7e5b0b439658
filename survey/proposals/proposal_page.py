"""The page of a proposal: each change in words and numbers, with quotes of those who would move.

Only what would still happen is counted: ideas that the owner placed since, and those that moved since, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, exists, func, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.edits import proposals
from survey.edits.change_log import decided_by_hand
from survey.edits.decisions import merged_themes
from survey.edits.models import IdeaChange, Proposal, ProposedMove
from survey.results.quotes import Quote, quote
from survey.results.visible_themes import FoundTheme, all_themes
from survey.runs.lookups import shown_run

MAX_TURNS = 60
"""Changes that can be ticked one by one; static/proposal.css has a rule for each"""
MAX_SMALL_MOVES = 12
"""Of the moves between two themes that stay; the smaller ones have one tick for all"""
MAX_QUOTES = 5


@dataclass(frozen=True, slots=True)
class NamedTheme:
    """A theme of a proposal; those that stand have a result, too."""

    id: int
    public_id: str
    name: str
    colour: int
    hidden: bool
    came_back: int = 0
    re_runs: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """Ideas that a change would move from one theme to another; None is no theme."""

    source: NamedTheme | None
    target: NamedTheme | None
    people: int
    ideas: int


@dataclass(slots=True)
class Turn:
    """What one tick accepts: a change, or all the small ones together.

    `theme` and `other` as in analysis.results.ThemeChange; `flows` most ideas first.
    """

    numbers: tuple[int, ...]
    kind: str
    theme: NamedTheme | None
    other: NamedTheme | None
    people: int = 0
    flows: list[Flow] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)

    @property
    def value(self) -> str:
        """The value of its tick in the form."""
        return "-".join(map(str, self.numbers))

    @property
    def ideas(self) -> int:
        """The number of ideas that move."""
        return sum(flow.ideas for flow in self.flows)


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """The page of a proposal that waits."""

    public_id: str
    answers: int
    """Number of answers it was found in"""
    came_since: int
    came_in: int
    """How many of the answers that came since it takes in"""
    turns: list[Turn]
    standing: list[FoundTheme]
    unplaced: int
    """Ideas that are in no theme"""

    @property
    def untouched(self) -> int:
        """The number of themes that nothing would come to or go from."""
        ends = {end.id for turn in self.turns for flow in turn.flows for end in (flow.source, flow.target) if end}
        return sum(theme.id not in ends for theme in self.standing)


def proposal_page(survey: Survey, proposal: Proposal) -> ProposalPage:
    """Return the page of a proposal that waits. The number of queries does not grow with anything."""
    run = shown_run(survey)
    standing = all_themes(run)
    named = _named_themes(survey, standing)
    turns = _turns(proposal.changes, named)
    people: dict[int, int] = {}
    if run is not None:
        people = dict(db.session.execute(_counted(proposal, run, ProposedMove.change)).all())
    merged = merged_themes(db.session, survey.id)
    for turn in turns.values():
        turn.people = people.get(turn.numbers[0], 0)
    for number, source_id, target_id, count, ideas in _flow_rows(proposal, run):
        while target_id in merged:
            target_id = merged[target_id]
        if number in turns and source_id != target_id:
            turns[number].flows.append(Flow(named.get(source_id or 0), named.get(target_id or 0), count, ideas))
    for number, found in _quotes(proposal, run).items():
        if number in turns:
            turns[number].quotes = found
    came_in = db.session.scalar(
        select(func.count(ProposedMove.answer_id.distinct())).where(
            ProposedMove.proposal_id == proposal.id, ProposedMove.later
        )
    )
    unplaced = select(func.count()).where(Idea.run_id == (run.id if run else None), Idea.status == "unplaced")
    return ProposalPage(
        public_id=proposal.public_id,
        answers=proposal.answers,
        came_since=max(0, proposals.count_answers(db.session, survey.id) - proposal.answers),
        came_in=came_in or 0,
        turns=_joined([turn for turn in turns.values() if turn.flows]),
        standing=standing,
        unplaced=db.session.scalar(unplaced) or 0,
    )


def _named_themes(survey: Survey, standing: Sequence[FoundTheme]) -> dict[int, NamedTheme]:
    found = {theme.id: (theme.came_back, theme.re_runs) for theme in standing}
    rows = db.session.execute(
        select(Theme.id, Theme.public_id, Theme.name, Theme.colour, Theme.hidden).where(
            Theme.survey_id == survey.id, Theme.origin != "part"
        )
    )
    return {row.id: NamedTheme(*row, *found.get(row.id, (0, 0))) for row in rows}


def _turns(changes: Sequence[Mapping[str, Any]], named: Mapping[int, NamedTheme]) -> dict[int, Turn]:
    return {
        number: Turn((number,), change["kind"], named.get(change["theme"] or 0), named.get(change["other"] or 0))
        for number, change in enumerate(changes)
    }


def _joined(turns: list[Turn]) -> list[Turn]:
    """Return the changes with one tick for all small moves where there are many; changes of themes come first."""
    moves = sorted((turn for turn in turns if turn.kind == "moved"), key=lambda turn: -turn.ideas)
    others = [turn for turn in turns if turn.kind != "moved"]
    room = max(0, min(MAX_SMALL_MOVES, MAX_TURNS - 2 - len(others)))
    kept = [*others[: MAX_TURNS - 2], *(moves if len(moves) <= room + 1 else moves[:room])]
    left = [turn for turn in turns if turn not in kept]
    if not left:
        return kept
    many = Turn(
        tuple(sorted(number for turn in left for number in turn.numbers)),
        "many",
        None,
        None,
        sum(turn.people for turn in left),
        [flow for turn in left for flow in turn.flows],
        [words for turn in left for words in turn.quotes][:MAX_QUOTES],
    )
    return [*kept, many]


def _still_moves(statement: Select[Any], proposal: Proposal, run: Run) -> Select[Any]:
    """Restrict a statement to the moves that accepting a proposal would still make."""
    own = (IdeaChange.answer_id == ProposedMove.answer_id) & (IdeaChange.starts == ProposedMove.starts)
    by_hand = exists().where(own, IdeaChange.ends == ProposedMove.ends, decided_by_hand())
    return (
        statement.join(
            Idea,
            (Idea.answer_id == ProposedMove.answer_id)
            & (Idea.starts == ProposedMove.starts)
            & (Idea.ends == ProposedMove.ends),
        )
        .outerjoin(Placement, (Placement.idea_id == Idea.id) & (Placement.theme_id == ProposedMove.source_id))
        # `+ 0` makes SQLite look up ideas by answer, not by run.
        .where(ProposedMove.proposal_id == proposal.id, Idea.run_id + 0 == run.id)
        .where(ProposedMove.source_id.is_(None) | Placement.idea_id.is_not(None), ~by_hand)
    )


def _counted(proposal: Proposal, run: Run, *by: Any) -> Select[Any]:
    counted = select(*by, func.count(ProposedMove.answer_id.distinct())).select_from(ProposedMove)
    return _still_moves(counted, proposal, run).group_by(*by)


def _flow_rows(proposal: Proposal, run: Run | None) -> list[tuple[int, int | None, int | None, int, int]]:
    """Return change, source, target, people and ideas of what would move, most ideas of a change first."""
    if run is None:
        return []
    by = (ProposedMove.change, ProposedMove.source_id, ProposedMove.target_id)
    counted = _counted(proposal, run, *by).add_columns(func.count())
    return [tuple(row) for row in db.session.execute(counted.order_by(ProposedMove.change, func.count().desc(), *by))]


def _quotes(proposal: Proposal, run: Run | None) -> dict[int, list[Quote]]:
    """Return what some of those say who would move, by change."""
    if run is None:
        return {}
    place = func.row_number().over(
        partition_by=ProposedMove.change, order_by=(ProposedMove.strength.desc(), ProposedMove.id)
    )
    ranked = _still_moves(
        select(
            ProposedMove.change, ProposedMove.answer_id, ProposedMove.starts, ProposedMove.ends, place.label("place")
        ).select_from(ProposedMove),
        proposal,
        run,
    ).subquery()
    rows = db.session.execute(
        select(ranked.c.change, Answer.text, ranked.c.starts, ranked.c.ends)
        .join(Answer, Answer.id == ranked.c.answer_id)
        .where(ranked.c.place <= MAX_QUOTES)
        .order_by(ranked.c.change, ranked.c.place)
    )
    found: dict[int, list[Quote]] = {}
    for number, text, starts, ends in rows:
        found.setdefault(number, []).append(quote(text, starts, ends))
    return found
