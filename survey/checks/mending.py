"""Mend a difference that a check showed: put the ideas of an answer where its owner saw them, or say they are right.

These are the edits of survey/curation: they hold, teach, and can be undone like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.checks.theme_changes import CheckThemes, check_themes
from survey.core.database import db, write_transaction
from survey.core.i18n import gettext
from survey.core.models import Answer, Idea, Placement, Survey
from survey.curation.theme_edits import EditRefused, refuse_gone
from survey.edits import change_log
from survey.edits.change_log import Move
from survey.edits.idea_spans import IdeaSpan, shown_ideas
from survey.results.quotes import Quote, quote
from survey.runs import lifecycle as runs
from survey.runs.lookups import in_run, shown_run_id

MINE, MACHINE = "mine", "machine"


@dataclass(frozen=True, slots=True)
class AnswerIdea:
    """An idea of an answer in the shown result: its character span, and the ids of the themes it is in."""

    starts: int
    ends: int
    quote: Quote
    is_silent: bool
    themes: frozenset[int]

    @property
    def key(self) -> str:
        """Its name in forms; no run changes it."""
        return f"{self.starts}-{self.ends}"


class Step(NamedTuple):
    """One idea goes from a theme to another (`move`; None for no theme), or is in one more (`also`)."""

    action: str
    idea: AnswerIdea
    source: int | None
    """Of `also`: a theme that it stays in"""
    target: int | None


class Deed(NamedTuple):
    """An edit of ideas of one answer: moved from one theme to another, in one more, or right in the one they are in."""

    action: str
    spans: Sequence[IdeaSpan]
    source_id: int | None
    target_id: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What an owner said of an answer, and what the machine says now."""

    answer_id: int
    answer: str
    """Its public id"""
    mine: frozenset[int]
    ideas: list[AnswerIdea]
    settled: str | None

    @property
    def machine(self) -> frozenset[int]:
        """The machine's themes of it now."""
        return frozenset[int]().union(*(idea.themes for idea in self.ideas))

    def span(self, idea: AnswerIdea) -> IdeaSpan:
        """Return how edits name an idea of it."""
        return IdeaSpan(self.answer, idea.starts, idea.ends)

    @property
    def missing(self) -> list[int]:
        """The themes that only the owner named."""
        return sorted(self.mine - self.machine)

    @property
    def speaking(self) -> list[AnswerIdea]:
        """The ideas that say something, which can be in themes."""
        return [idea for idea in self.ideas if not idea.is_silent]

    @property
    def movable(self) -> list[AnswerIdea]:
        """The ideas that are in no theme that the owner named."""
        return [idea for idea in self.speaking if not idea.themes & self.mine]

    @property
    def is_mended(self) -> bool:
        """Whether the machine says the same by now."""
        return bool(self.ideas) and self.mine == self.machine

    @property
    def is_open(self) -> bool:
        """Whether the owner did nothing about it, and the machine still says something else."""
        return self.settled is None and not self.is_mended

    @property
    def is_stuck(self) -> bool:
        """Whether no idea can take the themes that are missing: it is read as saying nothing."""
        return bool(self.missing) and not self.speaking

    @property
    def needs_choice(self) -> bool:
        """Whether only the owner can tell which part of the answer belongs to which theme."""
        is_plain = len(self.speaking) == 1 or (len(self.missing) == 1 and len(self.movable) == 1)
        return bool(self.missing) and not self.is_stuck and not is_plain

    def steps(self, chosen: Mapping[str, Collection[int]]) -> list[Step]:
        """Return what has to change.

        `chosen` gives by idea the themes it belongs to, where that `needs_choice`; nothing changes unless every theme
        that the owner named is chosen for some idea.
        """
        if self.needs_choice:
            belongs = {idea.key: self.mine.intersection(chosen.get(idea.key, ())) for idea in self.speaking}
            if self.mine != frozenset().union(*belongs.values()):
                return []
        elif len(self.speaking) == 1:
            belongs = {idea.key: self.mine for idea in self.speaking}
        else:
            belongs = {idea.key: idea.themes & self.mine for idea in self.ideas}
            belongs |= {idea.key: frozenset(self.missing) for idea in self.movable}
        return [step for idea in self.ideas if idea.key in belongs for step in _steps(idea, belongs[idea.key])]


def _steps(idea: AnswerIdea, belongs: frozenset[int]) -> list[Step]:
    """Return what puts an idea in exactly these themes."""
    out, new = sorted(idea.themes - belongs), sorted(belongs - idea.themes)
    count = len(out) if idea.themes else 1
    moved, more = new[:count], new[count:]
    steps = [Step("move", idea, source, target) for source, target in zip_longest(out, moved)]
    return steps + [Step("also", idea, min(idea.themes & belongs | {*moved}), target) for target in more]


def differences(survey: Survey, check: Check, reader: CheckReader, answer_ids: Sequence[int]) -> list[Difference]:
    """Return what owner and machine say of answers of a check, in the order of reading. Four queries."""
    themes = check_themes(check)
    said = db.session.execute(
        select(Answer.id, Answer.public_id, CheckedAnswer.settled, Reading.themes)
        .join(CheckedAnswer, CheckedAnswer.answer_id == Answer.id)
        .join(Reading, (Reading.answer_id == Answer.id) & (Reading.reader_id == reader.id))
        .where(CheckedAnswer.check_id == check.id, Answer.id.in_(answer_ids), Answer.status == "shown")
        .where(Reading.themes.is_not(None))
        .order_by(CheckedAnswer.place)
    ).all()
    ideas = _ideas(survey, themes, [answer_id for answer_id, *_ in said])
    return [
        Difference(answer_id, public_id, themes.settle(mine or ()), ideas.get(answer_id, []), settled)
        for answer_id, public_id, settled, mine in said
    ]


def use_mine(survey: Survey, check: Check, found: Difference, chosen: Mapping[str, Collection[int]]) -> None:
    """Put the ideas of an answer where its owner saw them; `chosen`, as in `steps`, is needed where it `needs_choice`.

    Raises EditRefused where nothing can be moved.
    """
    if found.is_stuck:
        raise EditRefused(gettext("It is read as saying nothing, so it can be in no theme."))
    steps = found.steps(chosen)
    if not steps and not found.is_mended:
        raise EditRefused(gettext("Say which part of the answer belongs to which theme."))
    moves = [Deed(action, [found.span(idea)], source, target) for action, idea, source, target in steps]
    _settle(survey, check, found, MINE, moves)


def keep_machines(survey: Survey, check: Check, found: Difference) -> None:
    """Say that the machine is right about an answer. What its owner said blind stays in the check.

    Raises EditRefused where that cannot be kept.
    """
    deeds = [
        Deed("confirm", [found.span(idea) for idea in found.ideas if theme_id in idea.themes], theme_id, theme_id)
        for theme_id in sorted(found.machine)
    ]
    if not found.machine and (loose := [found.span(idea) for idea in found.ideas if not idea.is_silent]):
        deeds.append(Deed("dismiss", loose, None, None))
    _settle(survey, check, found, MACHINE, deeds)


def _settle(survey: Survey, check: Check, found: Difference, how: str, deeds: Sequence[Deed]) -> None:
    """Do what settles a difference, all or nothing. Raises EditRefused."""
    survey_id, check_id, run_id = survey.id, check.id, None
    with write_transaction() as session:
        for deed in deeds:
            _do(session, survey_id, deed)
            run_id = change_log.request_evidence(session, survey_id)
        session.execute(
            update(CheckedAnswer)
            .where(CheckedAnswer.check_id == check_id, CheckedAnswer.answer_id == found.answer_id)
            .values(settled=how)
        )
    runs.enqueue(run_id)


def _do(session: Session, survey_id: int, deed: Deed) -> None:
    """Record an edit of ideas inside a write transaction, as survey/curation/idea_edits.py does in one of its own."""
    action, spans, source_id, target_id = deed
    edit = change_log.record(session, survey_id, action, theme_id=source_id, target_id=target_id)
    run_id = shown_run_id(session, survey_id)
    refuse_gone(session, run_id, target_id)
    ideas = shown_ideas(session, run_id, spans)
    there = [idea for idea in ideas if (source_id in idea.placements if source_id else not idea.placements)]
    if len(there) < len(set(spans)):
        raise EditRefused(
            gettext("Something was moved or changed meanwhile. Nothing was done: look again, and choose again.")
        )
    leaves = None if action == "also" else source_id
    change_log.apply(session, edit, [Move(idea, leaves, target_id) for idea in there])


def _ideas(survey: Survey, themes: CheckThemes, answer_ids: Sequence[int]) -> dict[int, list[AnswerIdea]]:
    """Return the ideas of answers in the shown result, in the order of the text."""
    rows = db.session.execute(
        select(Idea.answer_id, Answer.text, Idea.starts, Idea.ends, Idea.status, Placement.theme_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(in_run(survey.current_run_id), Idea.answer_id.in_(answer_ids))
        .order_by(Idea.answer_id, Idea.starts, Idea.ends)
    )
    placed: dict[tuple[int, str, int, int, str], set[int]] = {}
    for *idea, theme_id in rows:
        placed.setdefault(tuple(idea), set()).update(() if theme_id is None else (theme_id,))  # type: ignore[arg-type]
    found: dict[int, list[AnswerIdea]] = {}
    for (answer_id, text, starts, ends, status), theme_ids in placed.items():
        is_silent = status == "nonanswer"
        quoted = quote(text, 0, len(text)) if is_silent else quote(text, starts, ends)
        idea_themes = frozenset(theme_ids) - themes.hidden
        found.setdefault(answer_id, []).append(AnswerIdea(starts, ends, quoted, is_silent, idea_themes))
    return found
