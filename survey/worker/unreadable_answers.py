"""Answers that stop the analysis: found by halving, and held, so that all the others are read.

Used by the worker alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select, update

from survey.core.database import now, write_transaction
from survey.core.models import Answer
from survey.results.result_counts import take_out

logger = logging.getLogger(__name__)

TRIES_MOST = 200
"""One among 10,000 texts takes about 28"""
HARMLESS = "Listening to each other"
"""A text that can be read: where it stops the analysis too, the answers are not to blame"""

Reader = Callable[[Sequence[str]], object]


def culprits(texts: Sequence[str], read: Reader, known: type[Exception] | tuple[type[Exception], ...]) -> list[str]:
    """The texts that make `read` raise by themselves, in the order found; at most TRIES_MOST readings are made.

    Empty where reading fails for another reason: with a harmless text too, or with no text alone. The exceptions
    `known` are not the answers' and are raised on.
    """

    def stops(part: Sequence[str]) -> bool:
        try:
            read(part)
        except known:
            raise
        except Exception as error:  # noqa: BLE001 - what it may be is not known, that is the point
            logger.info("a part of %s texts cannot be read (%s)", len(part), type(error).__name__)
            return True
        return False

    if stops([HARMLESS]):
        return []
    found: list[str] = []
    tries = 1
    groups = [sorted(set(texts))]
    while groups and tries < TRIES_MOST:
        group = groups.pop()
        tries += 1
        if not group or not stops(group):
            continue
        if len(group) == 1:
            found += group
        else:
            middle = len(group) // 2
            groups += [group[middle:], group[:middle]]
    return found


def hold(survey_id: int, answers: Mapping[int, str], texts: Sequence[str]) -> int:
    """Hold the answers with these texts for the owner to look at; gives how many. `answers` are those read, by id."""
    bad = set(texts)
    wanted = {answer_id: text for answer_id, text in answers.items() if text in bad}
    with write_transaction() as session:
        rows = session.execute(select(Answer.id, Answer.text).where(Answer.id.in_(wanted), Answer.status == "shown"))
        held = [answer_id for answer_id, text in rows if wanted[answer_id] == text]
        if held:
            take_out(session, survey_id, held)
            session.execute(
                update(Answer).where(Answer.id.in_(held)).values(status="held", reason="unreadable", changed_at=now())
            )
    return len(held)
