"""The vectors of a survey's ideas as the search service has them in memory: 8 bits a number, and no text.

They are read from what the worker stored; nothing is encoded for it. An idea whose vector is not stored is not found.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from analysis.arrays import FloatArray, IntArray, slices
from analysis.embedding.int8_vectors import Int8Vectors, to_int8
from analysis.embedding.precomputed import precomputed_vectors
from analysis.text.normalise import fold
from survey.core.database import batches, db
from survey.core.models import Answer, Idea, Vector
from survey.edits.sampling import SampleRule
from survey.runs.vector_rows import StoredRow, read_vectors

BLOCK_ROWS = 512
"""Vectors that are compared at a time: they fit into the processor's cache, and numpy starts no threads for them.
132,000 take 14 ms, and 125 ms in blocks of 8,192"""
FETCHED, QUERY_HASHES = 2000, 500
MAX_LOOKED_UP = 5000
"""Vectors that are looked up by their texts; where more are missing, all of the survey are read"""
BYTES_AN_IDEA = 28 + 12 + 512
"""Of an idea, and of its vector with as many numbers as the packaged encoders give"""


class Ideas(NamedTuple):
    """n ideas: their answers, where they start and end, the CRC-32 and the key of their text; all (n,)."""

    answers: NDArray[np.int64]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    checksums: NDArray[np.uint32]
    keys: NDArray[np.uint64]
    """The first 8 bytes of the SHA-256 of the folded text"""

    def and_then(self, more: Ideas) -> Ideas:
        """Return these ideas and more."""
        return Ideas(
            np.concatenate([self.answers, more.answers]),
            np.concatenate([self.starts, more.starts]),
            np.concatenate([self.ends, more.ends]),
            np.concatenate([self.checksums, more.checksums]),
            np.concatenate([self.keys, more.keys]),
        )


@dataclass(frozen=True)
class SurveyVectors:
    """The ideas of a run and the vectors of their m distinct texts: ``keys`` (m,) sorted, ``numbers`` (m, d), which
    times ``scales`` (m,) are unit vectors.
    """

    run_id: int
    last_idea: int
    ideas: Ideas
    keys: NDArray[np.uint64]
    numbers: NDArray[np.int8]
    scales: FloatArray
    is_sample: bool = False
    """Whether these are not all answers of a large survey"""

    @property
    def looked_in(self) -> int | None:
        """The number of answers there are, where they are not all of the survey."""
        return len(np.unique(self.ideas.answers)) if self.is_sample else None

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return sum(each.nbytes for each in (*self.ideas, self.keys, self.numbers, self.scales))

    def nearest(self, query: FloatArray, limit: int, least: float) -> list[list[float]]:
        """Return the ideas nearest to a vector (d,), as answer id, start, end, checksum and cosine, nearest first."""
        if not len(self.keys) or len(query) != self.numbers.shape[1]:
            return []
        cosines = np.empty(len(self.keys), dtype=np.float32)
        block = np.empty((BLOCK_ROWS, len(query)), dtype=np.float32)
        for rows in slices(len(self.keys), BLOCK_ROWS):
            part = block[: len(self.numbers[rows])]
            np.copyto(part, self.numbers[rows])
            np.dot(part, query, out=cosines[rows])
        cosines *= self.scales
        at, is_known = _rows(self.keys, self.ideas.keys)
        of_ideas = np.where(is_known, cosines[at], -1.0)
        answers, starts, ends, checksums, _ = self.ideas
        near = np.flatnonzero(of_ideas >= least)
        order = near[np.lexsort((starts[near], answers[near], -of_ideas[near]))][:limit]
        nearness = of_ideas[order].astype(np.float64).round(4)
        columns = (answers[order], starts[order], ends[order], checksums[order], nearness)
        return [list(passage) for passage in zip(*(column.tolist() for column in columns), strict=True)]


def count_bytes(ideas: int) -> int:
    """Return about the most memory that so many ideas take."""
    return ideas * BYTES_AN_IDEA


def read(
    survey_id: int, run_id: int, model: str, before: SurveyVectors | None, sample: SampleRule | None = None
) -> SurveyVectors:
    """Return the vectors of a run's ideas, of which those in `before`, maybe of an earlier run, are not read again.

    Of a large survey only the ideas of answers in a `sample`.
    """
    newest = select(Idea.id).where(Idea.run_id + 0 == run_id).order_by(Idea.id.desc()).limit(1)  # + 0: by the key
    last = db.session.scalar(newest) or 0
    if before is not None and before.run_id == run_id:
        fresh, hashes = _read_ideas(run_id, before.last_idea, last, sample)
        ideas = before.ideas.and_then(fresh)
    else:
        ideas, hashes = _read_ideas(run_id, 0, last, sample)
    known, numbers, scales = _kept(before, np.unique(ideas.keys))
    missing = [hashes[key] for key in np.setdiff1d(ideas.keys, known).tolist() if key in hashes]
    new_keys, new_numbers, new_scales = _read_vectors(survey_id, model, missing)
    if not len(known):
        known, numbers, scales = new_keys, new_numbers, new_scales
    elif len(new_keys) and new_numbers.shape[1] == numbers.shape[1]:
        known = np.concatenate([known, new_keys])
        numbers, scales = np.concatenate([numbers, new_numbers]), np.concatenate([scales, new_scales])
    order = np.argsort(known)
    return SurveyVectors(run_id, last, ideas, known[order], numbers[order], scales[order], sample is not None)


def _kept(
    before: SurveyVectors | None, wanted: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int8], FloatArray]:
    """Return the keys, numbers and scales in `before` that are still wanted."""
    if before is None or not len(before.keys):
        return np.empty(0, np.uint64), np.empty((0, 0), np.int8), np.empty(0, np.float32)
    is_wanted = np.isin(before.keys, wanted, assume_unique=True)
    return before.keys[is_wanted], before.numbers[is_wanted], before.scales[is_wanted]


def _read_ideas(run_id: int, after: int, last: int, sample: SampleRule | None) -> tuple[Ideas, dict[int, bytes]]:
    """Return the ideas of a run with ids above `after`, up to `last`, and the hash of each text by its key.

    Of answers that say nothing there are none.
    """
    answers, starts, ends, checksums, keys = array("q"), array("i"), array("i"), array("I"), array("Q")
    hashes: dict[int, bytes] = {}
    query = (
        select(Idea.answer_id, Idea.starts, Idea.ends, Answer.text)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == run_id, Idea.id > after, Idea.id <= last, Idea.status != "nonanswer")
        .execution_options(yield_per=FETCHED)
    )
    if sample is not None:
        query = query.where(sample.holds(Idea.answer_id))
    for answer_id, start, end, text in db.session.execute(query):
        said = text[start:end]
        digest = hashlib.sha256(fold(said).encode(errors="replace")).digest()
        key = int.from_bytes(digest[:8], "little")
        hashes[key] = digest
        answers.append(answer_id)
        starts.append(start)
        ends.append(end)
        checksums.append(zlib.crc32(said.encode(errors="replace")))
        keys.append(key)
    ideas = Ideas(
        np.array(answers, dtype=np.int64),
        np.array(starts, dtype=np.int32),
        np.array(ends, dtype=np.int32),
        np.array(checksums, dtype=np.uint32),
        np.array(keys, dtype=np.uint64),
    )
    return ideas, hashes


def _read_vectors(
    survey_id: int, model: str, hashes: Sequence[bytes]
) -> tuple[NDArray[np.uint64], NDArray[np.int8], FloatArray]:
    """Return the keys, numbers and scales of the stored vectors with these hashes."""
    wanted = set(hashes)
    keys: list[int] = []
    found: list[Int8Vectors] = []
    stored = (row for row in _stored(survey_id, model, hashes) if row[0] in wanted)
    for batch in batches(stored, FETCHED):
        keys += [_key(key) for key, *_ in batch]
        found.append(read_vectors(batch))
    ready = precomputed_vectors(model)
    for key, text in _precomputed(ready, wanted):
        keys.append(_key(key))
        found.append(to_int8(ready[text][None, :]))
    if not keys:
        return np.empty(0, np.uint64), np.empty((0, 0), np.int8), np.empty(0, np.float32)
    numbers, scales = zip(*found, strict=True)
    return np.array(keys, dtype=np.uint64), np.concatenate(numbers), np.concatenate(scales)


def _key(text_hash: bytes) -> int:
    return int.from_bytes(text_hash[:8], "little")


def _stored(survey_id: int, model: str, hashes: Sequence[bytes]) -> Iterator[StoredRow]:
    """Yield stored vectors: those with these hashes, or all where that is quicker."""
    own = select(Vector.text_hash, Vector.values, Vector.scale)
    own = own.where(Vector.survey_id == survey_id, Vector.model == model)
    if len(hashes) > MAX_LOOKED_UP:
        for key, values, scale in db.session.execute(own.execution_options(yield_per=FETCHED)):
            yield bytes(key), bytes(values), scale
        return
    for batch in batches(hashes, QUERY_HASHES):
        for key, values, scale in db.session.execute(own.where(Vector.text_hash.in_(batch))):
            yield bytes(key), bytes(values), scale


def _precomputed(texts: Iterable[str], hashes: set[bytes]) -> Iterator[tuple[bytes, str]]:
    """Yield the hash and the text of those that are examples of known themes: their vectors are in files."""
    for text in texts:
        key = hashlib.sha256(text.encode()).digest()
        if key in hashes:
            yield key, text


def _rows(keys: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return where each of the wanted keys is among the sorted `keys`, and whether it is there."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, keys[at] == wanted
