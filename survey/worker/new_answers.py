"""New answers at once: what the worker saves of them beside the result that is shown.

Used by the worker alone. A full run finds the same answers again and replaces what is written here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from survey.core.database import db, insert_new
from survey.core.models import Answer, Idea, Run, Survey, ThemeResult
from survey.results import daily_counts
from survey.results.result_counts import nothing_yet

ANSWERS_AT_ONCE = 50
"""Answers placed before another survey has its turn; a large number is mostly left to the run that was asked for"""


def waiting(survey: Survey) -> Sequence[Answer]:
    """The first answers that the result shown now has not seen, oldest first."""
    seen = exists().where(Idea.run_id == survey.current_run_id, Idea.answer_id == Answer.id)
    return db.session.scalars(
        select(Answer)
        .where(Answer.survey_id == survey.id, Answer.status == "shown", ~seen)
        .order_by(Answer.id)
        .limit(ANSWERS_AT_ONCE)
    ).all()


def still_waiting(session: Session, run_id: int, read: Mapping[int, str]) -> set[int]:
    """Of answers read before this transaction, those that may be written now: unchanged, not deleted, not yet placed.

    Empty where another result is shown by now. Until the transaction ends no other worker is told the same, nor is
    the result replaced: PostgreSQL would let two write at once what neither sees of the other.
    """
    session.execute(select(Survey.id).where(Survey.current_run_id == run_id).with_for_update(key_share=True))
    seen = exists().where(Idea.run_id == run_id, Idea.answer_id == Answer.id)
    shown = exists().where(Survey.id == Answer.survey_id, Survey.current_run_id == run_id)
    rows = session.execute(
        select(Answer.id, Answer.text).where(Answer.id.in_(read), Answer.status == "shown", ~seen, shown)
    )
    return {answer_id for answer_id, text in rows if read[answer_id] == text}


def count_in(
    session: Session,
    run_id: int,
    themes_of: Mapping[int, Sequence[int]],
    people: Collection[int],
    *,
    ideas: int,
    nonanswers: int,
    answers: int,
) -> None:
    """Count newcomers into a result: `themes_of` gives the theme of each placed idea, by answer; `people` are the
    answers that make a point.
    """
    named: Counter[int] = Counter()
    mentions: Counter[int] = Counter()
    for themes in themes_of.values():
        named.update(set(themes))
        mentions.update(themes)
    for theme_id in sorted(named):
        insert_new(session, ThemeResult, [nothing_yet(session, run_id, theme_id)])
        session.execute(
            update(ThemeResult)
            .where(ThemeResult.run_id == run_id, ThemeResult.theme_id == theme_id)
            .values(
                people=ThemeResult.people + named[theme_id],
                mentions=ThemeResult.mentions + mentions[theme_id],
            )
        )
    session.execute(
        update(Run)
        .where(Run.id == run_id)
        .values(
            answers=Run.answers + answers,
            ideas=Run.ideas + ideas,
            nonanswers=Run.nonanswers + nonanswers,
            placed=Run.placed + len(themes_of),
        )
    )
    came = dict(session.execute(select(Answer.id, Answer.received_at).where(Answer.id.in_(people))).all())
    daily_counts.add(session, run_id, came, themes_of)
