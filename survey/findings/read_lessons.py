"""The lessons of a survey for placing new answers: as they were learned, with the decisions that hold now."""

from __future__ import annotations

import io

import numpy as np
from sqlalchemy import select

from analysis.teaching.lessons import Lessons, WordingDecision, read_lessons
from analysis.text.normalise import fold
from survey.core.database import batches, db
from survey.core.models import Answer, Idea, Placement, Run, Theme
from survey.edits.decisions import Decisions
from survey.edits.idea_spans import BATCH_IDEAS, Place
from survey.runs.lookups import in_run


def pack_lessons(lessons: Lessons) -> bytes:
    """Serialise what was learned, without words of answers."""
    file = io.BytesIO()
    np.savez(file, **lessons.arrays())  # type: ignore[arg-type]
    return file.getvalue()


def lessons_of(run: Run, decisions: Decisions) -> Lessons:
    """Return what was learned for the themes of a result; what edits taught that were undone since is left out."""
    wordings = decided_wordings(run.id, decisions) if decisions.teach() else {}
    if run.lessons is None or not wordings:
        return Lessons(wordings)
    with np.load(io.BytesIO(run.lessons), allow_pickle=False) as file:
        lessons = read_lessons({name: file[name] for name in file.files}, wordings)
    hold = {
        *decisions.by_hand.values(),
        *(edit_id for _, _, edit_id in decisions.examples),
        *(split.edit_id for split in decisions.splits),
    }
    return lessons if set(lessons.reasons) <= hold else Lessons(wordings)


def decided_wordings(run_id: int, decisions: Decisions) -> dict[str, WordingDecision]:
    """Return the themes of the folded words of each idea that the owner decided about; of two decisions the last one.

    Phrases that themes were taught are among them. The number of a decision is that of the edit.
    """
    places = sorted(decisions.by_hand, key=lambda place: (decisions.by_hand[place], place))
    texts: dict[Place, str] = {}
    themes: dict[Place, set[str]] = {}
    for batch in batches(sorted({place[0] for place in places}), BATCH_IDEAS):
        rows = db.session.execute(
            select(Idea.answer_id, Idea.starts, Idea.ends, Answer.text, Theme.key)
            .join(Answer, Answer.id == Idea.answer_id)
            .outerjoin(Placement, Placement.idea_id == Idea.id)
            .outerjoin(Theme, Theme.id == Placement.theme_id)
            .where(in_run(run_id), Idea.answer_id.in_(batch))
        )
        for answer_id, starts, ends, text, key in rows:
            place = (answer_id, starts, ends)
            texts[place] = fold(text[starts:ends])
            themes.setdefault(place, set()).update(() if key is None else (key,))
    found = {
        fold(phrase): WordingDecision(frozenset([decisions.current_key(key)]), edit_id)
        for key, phrase, edit_id in decisions.examples
    }
    return found | {
        texts[place]: WordingDecision(frozenset(themes[place]), decisions.by_hand[place])
        for place in places
        if place in texts
    }
