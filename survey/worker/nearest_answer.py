"""What somebody else said that comes nearest to a new answer, for the thank-you page.

Found by the worker when it places the answer; shown as long as the other answer is there and says the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from sqlalchemy import select, update

from analysis.new_answers import PlacedAnswers
from analysis.text.normalise import fold
from analysis.text.personal_data import has_personal_data
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Theme
from survey.worker.vector_store import Embedder

LOOKED_AT_MOST = 500
"""Ideas of a theme, the surest ones, among which the nearest is looked for"""
LONGEST = 160
TELLING_WORDS = 3


@dataclass(frozen=True, slots=True)
class Voice:
    """A span of somebody's answer; `checksum` (CRC-32) tells whether it still says the same."""

    public_id: str
    starts: int
    ends: int
    checksum: int


@dataclass(frozen=True, slots=True)
class _Said:
    voice: Voice
    answer_id: int
    folded: str


def keep_nearest(
    survey_id: int, run_id: int, answers: Mapping[int, str], found: PlacedAnswers, embedder: Embedder
) -> None:
    """Find and keep the nearest idea for each new answer that joined a theme. `answers` are their texts by id."""
    ids = list(answers)
    strongest: dict[int, tuple[float, str, str]] = {}
    for placement in found.placements:
        idea = found.ideas[placement.idea]
        best = strongest.get(ids[idea.answer])
        if best is None or placement.strength > best[0]:
            strongest[ids[idea.answer]] = (placement.strength, placement.theme, fold(idea.text))
    said_in = {key: _said(survey_id, run_id, key) for key in {theme for _, theme, _ in strongest.values()}}
    near: dict[int, Voice] = {}
    for answer_id, (_, theme, folded) in strongest.items():
        voice = _nearest(answer_id, folded, said_in[theme], embedder)
        if voice is not None:
            near[answer_id] = voice
    if not near:
        return
    with write_transaction() as session:
        for answer_id, voice in near.items():
            session.execute(
                update(Answer)
                .where(Answer.id == answer_id, Answer.text == answers[answer_id])
                .values(nearest=list(astuple(voice)))
            )


def _said(survey_id: int, run_id: int, key: str) -> list[_Said]:
    rows = db.session.execute(
        select(Answer.id, Answer.public_id, Answer.text, Idea.starts, Idea.ends)
        .join(Idea, Idea.answer_id == Answer.id)
        .join(Placement, Placement.idea_id == Idea.id)
        .join(Theme, Theme.id == Placement.theme_id)
        .where(
            Idea.run_id == run_id, Theme.survey_id == survey_id, Theme.key == key, Idea.ends - Idea.starts <= LONGEST
        )
        .order_by(Placement.strength.desc(), Idea.id)
        .limit(LOOKED_AT_MOST)
    )
    return [
        _Said(Voice(row.public_id, row.starts, row.ends, zlib.crc32(text.encode())), row.id, fold(text))
        for row in rows
        if not has_personal_data(text := row.text[row.starts : row.ends])
    ]


def _nearest(answer_id: int, folded: str, said: Sequence[_Said], embedder: Embedder) -> Voice | None:
    others = [one for one in said if one.answer_id != answer_id and one.folded != folded]
    # "Listen" is near to everything about listening, and says nothing to the one who reads it.
    others = [one for one in others if len(one.folded.split()) >= TELLING_WORDS] or others
    if not others:
        return None
    vectors = embedder.encode([folded, *(one.folded for one in others)])
    return others[int(np.argmax(vectors[1:] @ vectors[0]))].voice
