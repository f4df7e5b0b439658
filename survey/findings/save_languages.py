"""Store which language answers are in, as an analysis told, so that their owner can list those of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.core.database import batches, db, write_batch
from survey.core.models import Answer

BATCH_ANSWERS = 500


def save_languages(answer_ids: Sequence[int], texts: Sequence[str], languages: Mapping[int, str]) -> int:
    """Store the languages (by position in `answer_ids`) of the answers with these texts; return how many were new.

    An answer that was deleted or written anew meanwhile is left as it is.
    """
    read = dict(zip(answer_ids, zip(texts, map(languages.get, range(len(answer_ids))), strict=True), strict=True))
    stored = dict(_stored_languages(answer_ids))
    other = [answer_id for answer_id, (_, language) in read.items() if stored.get(answer_id) != language]
    changed = 0
    for batch in batches(other, BATCH_ANSWERS):
        with write_batch() as session:
            rows = session.execute(select(Answer.id, Answer.text).where(Answer.id.in_(batch)))
            changed += write_languages(
                session, {answer_id: read[answer_id][1] for answer_id, text in rows if text == read[answer_id][0]}
            )
    return changed


def write_languages(session: Session, languages: Mapping[int, str | None]) -> int:
    """Write the languages of answers, by id, inside a write transaction; return how many were not stored so."""
    same: dict[str | None, list[int]] = {}
    for answer_id, language in languages.items():
        same.setdefault(language, []).append(answer_id)
    changed = 0
    for language, ids in same.items():
        for batch in batches(ids, BATCH_ANSWERS):
            other = update(Answer).where(Answer.id.in_(batch), Answer.language.is_distinct_from(language))
            done = session.execute(other.values(language=language), execution_options={"synchronize_session": False})
            changed += done.rowcount  # type: ignore[attr-defined]
    return changed


def _stored_languages(answer_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return which of these answers have a language, and the languages."""
    known = select(Answer.id, Answer.language).where(Answer.language.is_not(None))
    return [
        (answer_id, language or "")
        for batch in batches(answer_ids, BATCH_ANSWERS)
        for answer_id, language in db.session.execute(known.where(Answer.id.in_(batch)))
    ]
