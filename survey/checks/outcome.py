"""The result of a check: how far machine and readers agree, where they differ, and by how much it may be off."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from analysis.evidence.agreement import (
    Agreement,
    Pair,
    ThemeAgreement,
    agreement,
    agreement_by_theme,
    krippendorff_alpha,
)
from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.checks.drawing import MIN_ANSWERS
from survey.checks.theme_changes import CheckThemes, check_themes
from survey.core.database import db
from survey.core.models import Answer, Theme

MIN_FOR_THEME = 5
"""Answers that one of two must have named a theme in before it is called weak, or precision or recall is given"""
WEAK_BELOW = 0.7
MAX_WEAK = 5
RELIABLE, TENTATIVE = 0.8, 0.667
"""Krippendorff's customary limits of alpha: below the second, draw no conclusions (Content Analysis, 2004, p. 241)"""


@dataclass(frozen=True, slots=True)
class CheckedPair:
    """An answer that was read: the ids of the reader's themes and of the machine's, as they stand now."""

    place: int
    answer_id: int
    answer: str
    """Its public id"""
    text: str
    reader: frozenset[int]
    machine: frozenset[int]
    is_silent: bool
    settled: str | None
    note: str

    @property
    def differs(self) -> bool:
        """Whether reader and machine named other themes."""
        return self.reader != self.machine


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme in a result. `precision` and `recall` are the machine's, 0-1; None where too few answers tell."""

    theme: Theme
    both: int
    reader_only: int
    machine_only: int
    precision: float | None
    recall: float | None

    @property
    def either(self) -> int:
        """In how many answers reader or machine named it."""
        return self.both + self.reader_only + self.machine_only

    @property
    def same(self) -> float:
        """The part of these in which both did, 0-1."""
        return self.both / self.either


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found about one reader and the machine."""

    pairs: list[CheckedPair]
    """The answers that count"""
    found: Agreement | None
    """None if fewer than MIN_ANSWERS answers were read"""
    skipped: int
    """Answers about which the reader could not tell"""
    unread: int
    dropped: int
    """Answers that were deleted, changed or hidden since they were drawn"""
    silent: int
    """Answers, of those that count, that say nothing to the question by the machine: it has them in no theme"""
    themes: list[ThemeLine]
    """All themes that were named, weakest first"""
    hidden: int
    """Themes of the check that were hidden since, and count on neither side"""
    emptied: int
    """Answers of which that leaves nothing on either side, and which are left out: else they would seem to agree"""

    @property
    def differing(self) -> list[CheckedPair]:
        """The answers that reader and machine see differently."""
        return [pair for pair in self.pairs if pair.differs]

    @property
    def weak(self) -> list[ThemeLine]:
        """The themes that hold most of what is seen differently, as far as enough answers tell."""
        told = [line for line in self.themes if line.either >= MIN_FOR_THEME and line.same < WEAK_BELOW]
        return told[:MAX_WEAK]


@dataclass(frozen=True, slots=True)
class PeopleAgreement:
    """How far people who read the same answers agree. `alpha` is Krippendorff's; None if there is nothing to tell."""

    readers: list[CheckReader]
    answers: int
    """Number of answers that two of them or more read"""
    alpha: float | None
    f1: float | None
    """The mean of all pairs of people; None if no two read the same answer"""

    @property
    def verdict(self) -> str:
        """What alpha says: reliable, tentative, poor, or nothing."""
        if self.alpha is None:
            return "nothing"
        return "reliable" if self.alpha >= RELIABLE else "tentative" if self.alpha >= TENTATIVE else "poor"


def outcome(check: Check, reader: CheckReader) -> Outcome:
    """Compare what a reader said with what the machine said when the check was started. Four queries."""
    themes = check_themes(check)
    rows = db.session.execute(
        select(CheckedAnswer, Answer.public_id, Answer.text, Reading)
        .join(Answer, Answer.id == CheckedAnswer.answer_id)
        .outerjoin(Reading, (Reading.answer_id == CheckedAnswer.answer_id) & (Reading.reader_id == reader.id))
        .where(CheckedAnswer.check_id == check.id, Answer.status == "shown")
        .order_by(CheckedAnswer.place)
    ).all()
    told = [row for row in rows if row[3] is not None and row[3].themes is not None]
    pairs = [
        CheckedPair(
            place=checked.place,
            answer_id=checked.answer_id,
            answer=public_id,
            text=text,
            reader=themes.settle(reading.themes or ()),
            machine=themes.settle(checked.themes),
            is_silent=checked.is_silent,
            settled=checked.settled,
            note=reading.note,
        )
        for checked, public_id, text, reading in told
        if not themes.leaves_nothing(reading.themes or (), checked.themes)
    ]
    read = sum(reading is not None for *_, reading in rows)
    return Outcome(
        pairs=pairs,
        found=agreement([_sets(pair) for pair in pairs]) if len(pairs) >= MIN_ANSWERS else None,
        skipped=read - len(told),
        unread=len(rows) - read,
        dropped=check.size - len(rows),
        silent=sum(pair.is_silent for pair in pairs),
        themes=_theme_lines(themes, agreement_by_theme(_sets(pair) for pair in pairs)),
        hidden=len(themes.hidden),
        emptied=len(told) - len(pairs),
    )


def people_agreement(check: Check, readers: Sequence[CheckReader]) -> PeopleAgreement | None:
    """Compare the people who finished reading; None if fewer than two have."""
    finished = [reader for reader in readers if reader.finished_at is not None]
    if len(finished) < 2:
        return None
    themes = check_themes(check)
    order = {reader.id: place for place, reader in enumerate(finished)}
    rows = db.session.execute(
        select(Reading.answer_id, Reading.reader_id, Reading.themes)
        .join(Answer, Answer.id == Reading.answer_id)
        .where(Reading.reader_id.in_(order), Reading.themes.is_not(None), Answer.status == "shown")
    )
    said: dict[int, dict[int, list[int]]] = {}
    for answer_id, reader_id, ids in rows:
        said.setdefault(answer_id, {})[order[reader_id]] = ids or []
    units = [
        list(map(themes.settle, sets.values()))
        for _, sets in sorted(said.items())
        if len(sets) > 1 and not themes.leaves_nothing(*sets.values())
    ]
    pairs: list[Pair] = [(one, other) for sets in units for place, other in enumerate(sets) for one in sets[:place]]
    return PeopleAgreement(
        readers=finished,
        answers=len(units),
        alpha=krippendorff_alpha(units) if len(units) >= MIN_ANSWERS else None,
        f1=agreement(pairs).f1 if len(units) >= MIN_ANSWERS else None,
    )


def _sets(pair: CheckedPair) -> Pair:
    return pair.reader, pair.machine


def _theme_lines(themes: CheckThemes, counts: Mapping[Hashable, ThemeAgreement]) -> list[ThemeLine]:
    lines = []
    for theme in themes.by_name():
        count = counts.get(theme.id)
        if count is None:
            continue
        by_machine, by_reader = count.both + count.second_only, count.both + count.first_only
        lines.append(
            ThemeLine(
                theme=theme,
                both=count.both,
                reader_only=count.first_only,
                machine_only=count.second_only,
                precision=count.both / by_machine if by_machine >= MIN_FOR_THEME else None,
                recall=count.both / by_reader if by_reader >= MIN_FOR_THEME else None,
            )
        )
    return sorted(lines, key=lambda line: (line.same, -line.either))
