"""The cache of text embeddings in the database: each text is encoded once per survey and model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from sqlalchemy import delete, select

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder
from survey.core.database import batches, db, insert_new, write_batch
from survey.core.models import DELETED_PREFIX, Survey, Vector

QUERY_HASHES = 500
"""Hashes in one query"""
COMMIT_TEXTS = 1024
"""Texts that are encoded between two commits, unless the embedder has a `texts_at_once`"""


class StoredVectors:
    """An Embedder that returns the stored vectors of a survey and encodes only what is missing.

    Vectors are stored by survey, model name and SHA-256 of the text, and committed batch by batch: a run that is
    killed loses at most one batch.
    """

    def __init__(self, embedder: Embedder, survey_id: int) -> None:
        self.unstored = embedder
        self._survey_id = survey_id
        self._used_hashes: set[bytes] = set()
        self._commit_texts: int = getattr(embedder, "texts_at_once", COMMIT_TEXTS)
        self.model = embedder.model

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of the texts, (n, d) float32 of unit length, in the same order."""
        hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
        self._used_hashes.update(hashes)
        vectors = self._load(hashes)
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in vectors}
        for batch in batches(list(missing.items()), self._commit_texts):
            encoded = self.unstored.encode([text for _, text in batch]).astype("<f4")
            new = dict(zip((key for key, _ in batch), encoded, strict=True))
            self._store(new)
            vectors |= new
        if not hashes:
            return self.unstored.encode([])
        return np.stack([vectors[key] for key in hashes])

    def delete_unused(self) -> None:
        """Delete the survey's vectors that this object did not return: of other models, of changed or deleted answers.

        Call it at the end of a full run, which uses all that are needed.
        """
        with write_batch(shown=False) as session:
            session.execute(delete(Vector).where(Vector.survey_id == self._survey_id, Vector.model != self.model))
        stored = set(db.session.scalars(select(Vector.text_hash).where(Vector.survey_id == self._survey_id)))
        unused = sorted(bytes(key) for key in stored - self._used_hashes)
        for batch in batches(unused, QUERY_HASHES):
            with write_batch(shown=False) as session:
                session.execute(delete(Vector).where(Vector.survey_id == self._survey_id, Vector.text_hash.in_(batch)))

    def _load(self, hashes: Sequence[bytes]) -> dict[bytes, FloatArray]:
        vectors: dict[bytes, FloatArray] = {}
        for batch in batches(list(dict.fromkeys(hashes)), QUERY_HASHES):
            rows = db.session.execute(
                select(Vector.text_hash, Vector.values).where(
                    Vector.survey_id == self._survey_id, Vector.model == self.model, Vector.text_hash.in_(batch)
                )
            )
            vectors |= {bytes(key): np.frombuffer(values, dtype="<f4") for key, values in rows}
        return vectors

    def _store(self, vectors: dict[bytes, FloatArray]) -> None:
        common = {"survey_id": self._survey_id, "model": self.model}
        # Sorted: two workers that insert some of the same rows in different orders deadlock on PostgreSQL.
        rows = [{**common, "text_hash": key, "values": values.tobytes()} for key, values in sorted(vectors.items())]
        with write_batch(shown=False) as session:
            # Locked until the commit, so that it is not deleted meanwhile. Nothing is stored for a deleted survey.
            survey = select(Survey.id).where(Survey.id == self._survey_id, ~Survey.slug.startswith(DELETED_PREFIX))
            if session.scalar(survey.with_for_update(read=True, key_share=True)) is not None:
                insert_new(session, Vector, rows)
