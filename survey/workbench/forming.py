"""Groups of similar ideas in no theme, which may become themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Answer, Idea, Run
from survey.edits.idea_spans import IdeaSpan
from survey.runs.lookups import in_run
from survey.workbench.idea_list import is_left_out

MAX_FORMING = 3
"""Groups that a page shows"""
MIN_ANSWERS = 2
"""Of one alone nobody can say that they resemble each other"""
MAX_NAME_WORDS = 5


@dataclass(frozen=True, slots=True)
class FormingGroup:
    """Similar ideas in no theme that wait together, their answers, and a name for them out of their own words."""

    spans: list[IdeaSpan]
    texts: list[str]
    answers: frozenset[int]
    name: str


def forming_groups(run: Run | None) -> list[FormingGroup]:
    """Return groups of similar ideas that wait in no theme, without what was changed, placed or deleted since."""
    groups = run.forming if run else []
    if run is None or not groups:
        return []
    rows = db.session.execute(
        select(Idea.answer_id, Idea.starts, Idea.ends, Answer.public_id, Answer.text)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(in_run(run.id), Idea.status == "unplaced", ~is_left_out())
        .where(Idea.answer_id.in_([idea[0] for group in groups for idea in group]))
    )
    found = {
        (answer_id, starts, ends): (IdeaSpan(public_id, starts, ends), text[starts:ends])
        for answer_id, starts, ends, public_id, text in rows
    }
    there = [[key for key in map(tuple, group) if key in found] for group in groups]
    return [
        FormingGroup(
            [found[key][0] for key in group],
            [found[key][1] for key in group],
            answers,
            _short_name([found[key][1] for key in group]),
        )
        for group in there
        if len(answers := frozenset(key[0] for key in group)) >= MIN_ANSWERS
    ]


def _short_name(texts: Sequence[str]) -> str:
    """Return the shortest of some texts as a name: its first words, without what stands at its end."""
    words = min(texts, key=len).split()[:MAX_NAME_WORDS]
    name = " ".join(words).strip(" .,;:!?…")
    return (name[:1].upper() + name[1:])[:60]
