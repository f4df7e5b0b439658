"""Find the idea of somebody else that is most similar to a new answer, for the thank-you page.

The worker stores it with the new answer; the page shows it while that other answer exists and is unchanged.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from sqlalchemy import select, update

from analysis.embedding.models import Embedder
from analysis.new_answers import PlacedAnswers
from analysis.text.normalise import fold
from analysis.text.personal_data import has_personal_data
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Theme

MAX_COMPARED = 500
"""Ideas of a theme that are compared: those with the highest placement strength"""
MAX_CHARACTERS = 160
MIN_WORDS = 3
"""Shorter ideas are used only if there are no others: "Listen" is similar to everything and says little"""


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A character range of an answer; `checksum` (CRC-32 of its text) detects that the answer was changed."""

    public_id: str
    starts: int
    ends: int
    checksum: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    span: AnswerSpan
    answer_id: int
    folded: str


def save_nearest(
    survey_id: int, run_id: int, answers: Mapping[int, str], found: PlacedAnswers, embedder: Embedder
) -> None:
    """Find and save the most similar idea for each new answer that was placed in a theme. `answers` are text by id.

    Compares the strongest placed idea of the answer with the ideas of the same theme.
    """
    ids = list(answers)
    strongest: dict[int, tuple[float, str, str]] = {}
    for placement in found.placements:
        idea = found.ideas[placement.idea]
        best = strongest.get(ids[idea.answer])
        if best is None or placement.strength > best[0]:
            strongest[ids[idea.answer]] = (placement.strength, placement.theme, fold(idea.text))
    candidates = {key: _candidates(survey_id, run_id, key) for key in {theme for _, theme, _ in strongest.values()}}
    nearest: dict[int, AnswerSpan] = {}
    for answer_id, (_, theme, folded) in strongest.items():
        span = _most_similar(answer_id, folded, candidates[theme], embedder)
        if span is not None:
            nearest[answer_id] = span
    if not nearest:
        return
    with write_transaction(shown=False) as session:
        for answer_id, span in nearest.items():
            session.execute(
                update(Answer)
                .where(Answer.id == answer_id, Answer.text == answers[answer_id])
                .values(nearest=list(astuple(span)))
            )


def _candidates(survey_id: int, run_id: int, key: str) -> list[_Candidate]:
    """Return the ideas of the theme `key` that may be shown to others, strongest first.

    Those with personal data, which is masked where they are shown, only where there are no others.
    """
    rows = db.session.execute(
        select(Answer.id, Answer.public_id, Answer.text, Idea.starts, Idea.ends)
        .join(Idea, Idea.answer_id == Answer.id)
        .join(Placement, Placement.idea_id == Idea.id)
        .join(Theme, Theme.id == Placement.theme_id)
        .where(Idea.run_id == run_id, Theme.survey_id == survey_id, Theme.key == key)
        .where(Idea.ends - Idea.starts <= MAX_CHARACTERS)
        .order_by(Placement.strength.desc(), Idea.id)
        .limit(MAX_COMPARED)
    )
    found = [(row, row.text[row.starts : row.ends]) for row in rows]
    return [
        _Candidate(AnswerSpan(row.public_id, row.starts, row.ends, zlib.crc32(text.encode())), row.id, fold(text))
        for row, text in [each for each in found if not has_personal_data(each[1])] or found
    ]


def _most_similar(
    answer_id: int, folded: str, candidates: Sequence[_Candidate], embedder: Embedder
) -> AnswerSpan | None:
    others = [one for one in candidates if one.answer_id != answer_id and one.folded != folded]
    others = [one for one in others if len(one.folded.split()) >= MIN_WORDS] or others
    if not others:
        return None
    vectors = embedder.encode([folded, *(one.folded for one in others)])
    return others[int(np.argmax(vectors[1:] @ vectors[0]))].span
