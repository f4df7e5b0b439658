"""Store which language answers are in, as an analysis told, so that their owner can list those of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

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
            same: dict[str | None, list[int]] = {}
            for answer_id, text in session.execute(select(Answer.id, Answer.text).where(Answer.id.in_(batch))):
                if text == read[answer_id][0]:
                    same.setdefault(read[answer_id][1], []).append(answer_id)
            for language, ids in same.items():
                session.execute(update(Answer).where(Answer.id.in_(ids)).values(language=language))
                changed += len(ids)
    return changed


def _stored_languages(answer_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return which of these answers have a language, and the languages."""
    known = select(Answer.id, Answer.language).where(Answer.language.is_not(None))
    return [
        (answer_id, language or "")
        for batch in batches(answer_ids, BATCH_ANSWERS)
        for answer_id, language in db.session.execute(known.where(Answer.id.in_(batch)))
    ]
