"""Delete the stored vectors of what nobody says any more: of changed or deleted answers, and of other models."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select

from analysis.text.normalise import fold
from survey.core.database import batches, db, write_batch
from survey.core.models import Answer, Idea, Vector
from survey.edits.sampling import count_answers, sample_rule
from survey.placing.vector_store import QUERY_HASHES, StoredVectors

FETCHED = 5000
KEY_BYTES = 8
"""Of a hash, by which a text is known: 16 million have the same as another with a chance of one in 100,000"""


def delete_unused(survey_id: int, run_id: int, vectors: StoredVectors) -> int:
    """Delete the vectors of a survey that its run did not need; return how many.

    Of a survey that was read as a whole, those that `vectors` did not return. Of a large one, those of which the text
    is no idea of the result, nor one that `vectors` returned.
    """
    with write_batch(shown=False) as session:
        session.execute(delete(Vector).where(Vector.survey_id == survey_id, Vector.model != vectors.model))
    used = vectors.used_hashes()
    is_large = sample_rule(survey_id, count_answers(survey_id)) is not None
    said = _said(run_id) if is_large else np.empty(0, np.uint64)
    deleted = 0
    for batch in batches(list(_unused(survey_id, used, said)), QUERY_HASHES):
        with write_batch(shown=False) as session:
            session.execute(delete(Vector).where(Vector.survey_id == survey_id, Vector.text_hash.in_(batch)))
        deleted += len(batch)
    return deleted


def _unused(survey_id: int, used: Collection[bytes], said: NDArray[np.uint64]) -> Iterator[bytes]:
    """Yield the hashes of a survey's vectors that are not ``used``, and not among the sorted keys ``said``."""
    own = select(Vector.text_hash).where(Vector.survey_id == survey_id).order_by(Vector.text_hash)
    for batch in batches(db.session.scalars(own.execution_options(yield_per=FETCHED)), FETCHED):
        hashes = list(map(bytes, batch))
        keys = np.frombuffer(b"".join(key[:KEY_BYTES] for key in hashes), dtype=np.uint64)
        at = np.minimum(np.searchsorted(said, keys), max(len(said) - 1, 0))
        is_said = said[at] == keys if len(said) else np.zeros(len(keys), dtype=np.bool_)
        for key, found in zip(hashes, is_said.tolist(), strict=True):
            if not found and key not in used:
                yield key


def _said(run_id: int) -> NDArray[np.uint64]:
    """Return the first 8 bytes of the hash of each idea's text, sorted: 8 bytes an idea, where hashes take 100."""
    keys = array("Q")
    rows = db.session.execute(
        select(Answer.text, Idea.starts, Idea.ends)
        .join(Idea, Idea.answer_id == Answer.id)
        .where(Idea.run_id == run_id, Idea.status != "nonanswer")
        .execution_options(yield_per=FETCHED)
    )
    for text, start, end in rows:
        digest = hashlib.sha256(fold(text[start:end]).encode(errors="replace")).digest()
        keys.append(int.from_bytes(digest[:KEY_BYTES], sys.byteorder))
    return np.unique(np.frombuffer(keys, dtype=np.uint64)) if keys else np.empty(0, np.uint64)
