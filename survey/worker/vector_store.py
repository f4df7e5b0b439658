"""The store of vectors: each wording is turned into a vector once per model, and kept."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from sqlalchemy import delete, select

from analysis.arrays import FloatArray
from survey.core.database import db, insert_new, write_batch
from survey.core.models import DELETED_PREFIX, Survey, Vector

HASHES_AT_ONCE = 500
TEXTS_AT_ONCE = 1024
"""Texts whose vectors are made between two commits, unless the embedder says that more are better"""
PIECE_TEXTS, PIECE_CHARACTERS = 128, 8000
"""What a shared model reads before the next thread has its turn: a tenth of a second of work for two cores"""


class Embedder(Protocol):
    """What turns texts into vectors, (n, d) float32 of unit length."""

    model: str

    def encode(self, texts: Sequence[str]) -> FloatArray: ...


class OneAtATime:
    """An embedder that several threads may share: its tokenizer does not bear two at once.

    Each has it for a piece of its texts, and then those who waited have their turn, in the order they came: whoever
    brings one text waits for a piece of another's thousand.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()
        self.model = embedder.model

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """As the embedder does it, when it is free."""
        made = []
        for piece in pieces(texts):
            with self._turn():
                made.append(self._embedder.encode(piece))
        return made[0] if len(made) == 1 else np.concatenate(made)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """A lock that is handed to whoever has waited longest; that of `threading` goes to whoever is quickest."""
        called = threading.Event()
        with self._guard:
            if self._taken:
                self._waiting.append(called)
            else:
                self._taken = True
                called.set()
        called.wait()
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._taken = False


def pieces(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts, in order, as many together as a model reads in a moment; an empty piece where there are none."""
    start = size = 0
    for place, text in enumerate(texts):
        size += len(text)
        if place > start and (place - start == PIECE_TEXTS or size > PIECE_CHARACTERS):
            yield texts[start:place]
            start, size = place, len(text)
    yield texts[start:]


class StoredVectors:
    """An embedder that asks the database first and makes only what is missing.

    Wraps any embedder, for one survey; vectors of different models are kept apart by the model's name. What was
    made is committed slice by slice, so a run that is killed half-way has lost at most one slice.
    """

    def __init__(self, embedder: Embedder, survey_id: int) -> None:
        self._embedder = embedder
        self._survey_id = survey_id
        self._asked: set[bytes] = set()
        self._at_once: int = getattr(embedder, "texts_at_once", TEXTS_AT_ONCE)
        self.model = embedder.model

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of the texts, (n, d) float32 of unit length, in the order given."""
        hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
        self._asked.update(hashes)
        found = self._stored(hashes)
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in found}
        keys, wanted = list(missing), list(missing.values())
        for start in range(0, len(keys), self._at_once):
            made = self._embedder.encode(wanted[start : start + self._at_once]).astype("<f4")
            part = dict(zip(keys[start : start + self._at_once], made, strict=True))
            self._store(part)
            found |= part
        if not hashes:
            return self._embedder.encode([])
        return np.stack([found[key] for key in hashes])

    def forget_others(self) -> None:
        """Delete the survey's vectors that were not asked for here: of answers that were changed or deleted.

        For the end of a full run, which asks for all there are. One that is wanted again after all is made again.
        """
        held = set(db.session.scalars(select(Vector.text_hash).where(Vector.survey_id == self._survey_id)))
        unused = sorted(bytes(key) for key in held - self._asked)
        for start in range(0, len(unused), HASHES_AT_ONCE):
            part = unused[start : start + HASHES_AT_ONCE]
            with write_batch() as session:
                session.execute(delete(Vector).where(Vector.survey_id == self._survey_id, Vector.text_hash.in_(part)))

    def _stored(self, hashes: Sequence[bytes]) -> dict[bytes, FloatArray]:
        found: dict[bytes, FloatArray] = {}
        wanted = list(dict.fromkeys(hashes))
        for start in range(0, len(wanted), HASHES_AT_ONCE):
            rows = db.session.execute(
                select(Vector.text_hash, Vector.values).where(
                    Vector.survey_id == self._survey_id,
                    Vector.model == self.model,
                    Vector.text_hash.in_(wanted[start : start + HASHES_AT_ONCE]),
                )
            )
            found |= {bytes(key): np.frombuffer(values, dtype="<f4") for key, values in rows}
        return found

    def _store(self, part: dict[bytes, FloatArray]) -> None:
        common = {"survey_id": self._survey_id, "model": self.model}
        # In one order: two workers that store some of the same would else wait for each other on PostgreSQL.
        rows = [{**common, "text_hash": key, "values": values.tobytes()} for key, values in sorted(part.items())]
        with write_batch() as session:
            # Locked, so that it stays until they are stored. Those of a survey that was deleted serve this run alone.
            survey = select(Survey.id).where(Survey.id == self._survey_id, ~Survey.slug.startswith(DELETED_PREFIX))
            if session.scalar(survey.with_for_update(read=True, key_share=True)) is not None:
                insert_new(session, Vector, rows)
