"""The cache of text embeddings in the database: each text is encoded once per survey and model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from sqlalchemy import select

from analysis.arrays import FloatArray, IntArray
from analysis.embedding.int8_vectors import Int8Vectors, to_int8
from analysis.embedding.models import Embedder
from survey.core.database import batches, bulk_insert_new, db, write_batch
from survey.core.models import DELETED_PREFIX, Survey, Vector
from survey.runs.vector_rows import StoredRow, read_vectors, values_of

QUERY_HASHES = 500
"""Hashes in one query"""
COMMIT_TEXTS = 1024
"""Texts that are encoded between two commits, unless the embedder has a `texts_at_once`"""


class StoredVectors:
    """An Embedder that returns the stored vectors of a survey and encodes only what is missing.

    Vectors are stored by survey, model name and SHA-256 of the text, with 8 bits a number, and committed batch by
    batch: a run that is killed loses at most one batch. New ones are rounded too, so that all runs see the same.
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
        wanted = list(dict.fromkeys(hashes))
        keys, found = self._load(wanted)
        known = set(keys)
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
        for batch in batches(missing.items(), self._commit_texts):
            new = to_int8(self.unstored.encode([text for _, text in batch]))
            own = [key for key, _ in batch]
            self._store(own, new)
            keys += own
            found.append(new)
        if not hashes:
            return self.unstored.encode([])
        at = {key: row for row, key in enumerate(keys)}
        rows = np.fromiter((at[key] for key in hashes), dtype=np.intp, count=len(hashes))
        return _stack(found, rows)

    def used_hashes(self) -> frozenset[bytes]:
        """Return the hashes of the texts whose vectors this object returned."""
        return frozenset(self._used_hashes)

    def _load(self, hashes: Sequence[bytes]) -> tuple[list[bytes], list[Int8Vectors]]:
        """Return the hashes that are stored, and their vectors in as many parts as there were queries."""
        keys: list[bytes] = []
        parts = []
        for batch in batches(hashes, QUERY_HASHES):
            rows: Sequence[StoredRow] = db.session.execute(
                select(Vector.text_hash, Vector.values, Vector.scale).where(
                    Vector.survey_id == self._survey_id, Vector.model == self.model, Vector.text_hash.in_(batch)
                )
            ).all()
            if rows:
                keys += [bytes(key) for key, *_ in rows]
                parts.append(read_vectors(rows))
        return keys, parts

    def _store(self, keys: Sequence[bytes], vectors: Int8Vectors) -> None:
        common = {"survey_id": self._survey_id, "model": self.model}
        rows = [{**common, "text_hash": key, **own} for key, own in zip(keys, values_of(vectors), strict=True)]
        rows.sort(
            key=lambda row: row["text_hash"]
        )  # two workers that insert in different orders deadlock on PostgreSQL
        with write_batch(shown=False) as session:
            # Locked until the commit, so that it is not deleted meanwhile. Nothing is stored for a deleted survey.
            survey = select(Survey.id).where(Survey.id == self._survey_id, ~Survey.slug.startswith(DELETED_PREFIX))
            if session.scalar(survey.with_for_update(read=True, key_share=True)) is not None:
                bulk_insert_new(session, Vector, rows, conflict_columns=["survey_id", "text_hash", "model"])


def _stack(parts: Sequence[Int8Vectors], rows: IntArray) -> FloatArray:
    """Return the rows (n,) of all parts as float32 (n, d), one part after the other to need little memory."""
    starts = np.cumsum([0, *(len(part.scales) for part in parts)])
    vectors = np.empty((len(rows), parts[0].numbers.shape[1]), dtype=np.float32)
    order = np.argsort(rows, kind="stable")
    ends = np.searchsorted(rows[order], starts)
    for part, start, first, last in zip(parts, starts, ends, ends[1:], strict=False):
        own = order[first:last]
        vectors[own] = part.numbers[rows[own] - start] * part.scales[rows[own] - start, None]
    return vectors
