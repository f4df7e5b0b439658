"""Find the answers that stop an analysis by bisection, and hold them, so that all others are analysed."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from analysis.embedding.models import ModelError
from analysis.known_themes.codebook import CodebookError
from analysis.new_answers import PlacedAnswers
from survey.core.database import now, write_transaction
from survey.core.models import Answer
from survey.results.result_counts import remove_answers
from survey.runs.lifecycle import ClaimLost

logger = logging.getLogger(__name__)

UNRELATED_ERRORS = (ModelError, CodebookError, OperationalError, ClaimLost)
"""Errors that no answer causes"""
MAX_TRIES = 200
"""Finding one text among 10,000 takes about 28"""
HARMLESS_TEXT = "Listening to each other"
"""If this text fails too, the answers are not the cause"""

Analyse = Callable[[Sequence[str]], object]
PlaceTexts = Callable[[Sequence[str]], PlacedAnswers]


def find_unreadable(texts: Sequence[str], analyse: Analyse) -> list[str]:
    """Return the texts for which `analyse` raises when called with that text alone; calls it at most MAX_TRIES times.

    Empty if it fails for another reason: with a harmless text too, or only with several texts at once.
    UNRELATED_ERRORS are raised.
    """

    def fails(texts: Sequence[str]) -> bool:
        try:
            analyse(texts)
        except UNRELATED_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 - an answer may cause any error
            logger.info("the analysis of %s texts failed (%s)", len(texts), type(error).__name__)
            return True
        return False

    if fails([HARMLESS_TEXT]):
        return []
    found: list[str] = []
    tries = 1
    groups = [sorted(set(texts))]
    while groups and tries < MAX_TRIES:
        group = groups.pop()
        tries += 1
        if not group or not fails(group):
            continue
        if len(group) == 1:
            found += group
        else:
            middle = len(group) // 2
            groups += [group[middle:], group[:middle]]
    return found


def hold_answers(survey_id: int, answers: Mapping[int, str], texts: Sequence[str]) -> int:
    """Hold those of the answers (text by id) that have one of the texts, for the owner to review; return how many."""
    unreadable = set(texts)
    wanted = {answer_id: text for answer_id, text in answers.items() if text in unreadable}
    with write_transaction() as session:
        rows = session.execute(select(Answer.id, Answer.text).where(Answer.id.in_(wanted), Answer.status == "shown"))
        held = [answer_id for answer_id, text in rows if wanted[answer_id] == text]
        if held:
            remove_answers(session, survey_id, held)
            session.execute(
                update(Answer).where(Answer.id.in_(held)).values(status="held", reason="unreadable", changed_at=now())
            )
    return len(held)


def traceback_without_message(error: Exception) -> str:
    """Format an error for the log: traceback and type, without its message, which may quote an answer."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__


def place_readable(
    survey_id: int, answers: Mapping[int, str], place: PlaceTexts
) -> tuple[Mapping[int, str], PlacedAnswers]:
    """Place answers (text by id); hold those that make it fail and place the others. Return the answers placed and
    their placements.
    """
    try:
        return answers, place(list(answers.values()))
    except UNRELATED_ERRORS:
        raise
    except Exception as error:
        logger.error("survey %s: searching for unreadable answers\n%s", survey_id, traceback_without_message(error))
        unreadable = find_unreadable(list(answers.values()), place)
        if not hold_answers(survey_id, answers, unreadable):
            raise
        readable = {answer_id: text for answer_id, text in answers.items() if text not in unreadable}
        return readable, place(list(readable.values()))
