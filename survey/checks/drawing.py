"""Start a blind check: draw answers at random, and keep what the machine says of them now.

The draw depends on nothing but the public id of the check: answers are sorted by a hash of both ids, and the first are
taken. So anybody who has the exported answers can repeat it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from survey.answers.check_models import Check, CheckedAnswer, CheckReader
from survey.core.database import db, write_transaction
from survey.core.i18n import gettext
from survey.core.models import Answer, Idea, Placement, Run, Survey, public_id
from survey.edits import deeds
from survey.results.result_counts import lock_results
from survey.results.visible_themes import FoundTheme, all_themes
from survey.runs.lookups import in_run, shown_run
from survey.web import access

SIZES = (30, 60, 100)
"""How many answers a check may have"""
MIN_ANSWERS = 5
"""With fewer answers, in all or read, there is nothing to estimate"""
MAX_CHECKS = 50


class CheckRefused(Exception):
    """A check cannot be started, or read further; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PastCheck:
    """A check in the list: who has read it."""

    check: Check
    readers: list[CheckReader]


def refusal(survey: Survey) -> str | None:
    """Return why no check can be started now; None if one can."""
    run = shown_run(survey)
    if not checked_themes(run):
        return gettext("There are no themes yet that readers see, so there is nothing to check.")
    if run is None or run.answers < MIN_ANSWERS:
        return _too_few()
    return None


def checked_themes(run: Run | None) -> list[FoundTheme]:
    """Return the themes that a check is about: those that readers see, by name."""
    return sorted((theme for theme in all_themes(run) if not theme.hidden), key=lambda theme: theme.name.casefold())


def start(survey: Survey, size: int) -> Check:
    """Draw answers for a new check and make whoever starts it the first reader. Raises CheckRefused."""
    if size not in SIZES:
        raise CheckRefused(gettext("Choose how many answers you want to read."))
    survey_id = survey.id
    with write_transaction() as session:
        lock_results(session, survey_id)
        survey = session.get_one(Survey, survey_id)
        if refused := refusal(survey):
            raise CheckRefused(refused)
        if (session.scalar(select(func.count()).where(Check.survey_id == survey_id)) or 0) >= MAX_CHECKS:
            raise CheckRefused(gettext("There are %(n)s checks already. Delete one first.", n=MAX_CHECKS))
        run_id = survey.current_run_id or 0
        found = session.execute(select(Answer.id, Answer.public_id).where(*_readable(survey_id, run_id))).all()
        if len(found) < MIN_ANSWERS:
            raise CheckRefused(_too_few())
        shown = session.scalar(select(func.count()).where(Answer.survey_id == survey_id, Answer.status == "shown"))
        check = Check(
            public_id=public_id(),
            survey_id=survey_id,
            themes=[theme.id for theme in checked_themes(shown_run(survey))],
            size=min(size, len(found)),
            drawn_from=len(found),
            waiting=(shown or 0) - len(found),
        )
        session.add(check)
        session.flush()
        drawn = draw(check.public_id, ((answer_public_id, number) for number, answer_public_id in found), check.size)
        session.add_all(_machine_says(session, run_id, check, drawn))
        who = access.actor()
        session.add(CheckReader(check_id=check.id, owner_id=who.owner_id, owner_name=who.name))
    return check


def draw(seed: str, answers: Iterable[tuple[str, int]], size: int) -> list[int]:
    """Return the ids of `size` answers, given as public id and id, in the order of the hashes of seed and public id."""
    return [number for _, number in nsmallest(size, ((_rank(seed, public), number) for public, number in answers))]


def past_checks(survey: Survey) -> list[PastCheck]:
    """Return the checks of a survey, newest first, with their readers in the order they came."""
    checks = db.session.scalars(select(Check).where(Check.survey_id == survey.id).order_by(Check.id.desc())).all()
    readers: dict[int, list[CheckReader]] = {check.id: [] for check in checks}
    for reader in db.session.scalars(
        select(CheckReader)
        .join(Check, Check.id == CheckReader.check_id)
        .where(Check.survey_id == survey.id)
        .order_by(CheckReader.id)
    ):
        readers[reader.check_id].append(reader)
    return [PastCheck(check, readers[check.id]) for check in checks]


def find_check(survey: Survey, identity: str) -> Check | None:
    """Return the check of a survey with this public id; None if there is none."""
    return db.session.scalar(select(Check).where(Check.survey_id == survey.id, Check.public_id == identity))


def delete_check(check: Check) -> None:
    """Delete a check with all that was read for it."""
    check_id = check.id
    with write_transaction() as session:
        session.execute(delete(Check).where(Check.id == check_id))


def set_shown(survey: Survey, shows_check: bool) -> None:
    """Let readers of the theme page see what the newest finished check found, or not."""
    survey_id = survey.id
    with write_transaction() as session:
        session.get_one(Survey, survey_id).shows_check = shows_check
        deeds.record(session, survey_id, "settings", fields=["shows_check"])


def machine_themes(session: Session, run_id: int | None, answer_ids: Sequence[int]) -> dict[int, set[int]]:
    """Return the ids of the themes that a run has answers in, by answer; nothing for those it did not read."""
    rows = session.execute(
        select(Idea.answer_id, Placement.theme_id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(in_run(run_id), Idea.answer_id.in_(answer_ids))
    )
    themes: dict[int, set[int]] = {}
    for answer_id, theme_id in rows:
        themes.setdefault(answer_id, set()).update(() if theme_id is None else (theme_id,))
    return themes


def _readable(survey_id: int, run_id: int) -> tuple[ColumnElement[bool], ...]:
    """Conditions of answers that can be drawn. `+ 0` makes SQLite look up ideas by answer, not by run."""
    was_read = exists().where(Idea.answer_id == Answer.id, Idea.run_id + 0 == run_id)
    return Answer.survey_id == survey_id, Answer.status == "shown", was_read


def _rank(seed: str, answer_public_id: str) -> bytes:
    return hashlib.sha256(f"{seed}:{answer_public_id}".encode()).digest()


def _machine_says(session: Session, run_id: int, check: Check, drawn: Sequence[int]) -> list[CheckedAnswer]:
    placed = machine_themes(session, run_id, drawn)
    silent = set(
        session.scalars(
            select(Idea.answer_id).where(in_run(run_id), Idea.answer_id.in_(drawn), Idea.status == "nonanswer")
        )
    )
    known = set(check.themes)
    return [
        CheckedAnswer(
            check_id=check.id,
            place=place,
            answer_id=answer_id,
            themes=sorted(placed.get(answer_id, set()) & known),
            is_silent=answer_id in silent,
        )
        for place, answer_id in enumerate(drawn, 1)
    ]


def _too_few() -> str:
    return gettext("A check needs %(least)s answers at least. There are fewer.", least=MIN_ANSWERS)
