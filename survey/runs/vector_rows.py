"""The rows of stored vectors, and the conversion of those of before vectors were stored with 8 bits a number.

It loads numpy: only for workers and the search service.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sqlalchemy import bindparam, select, update

from analysis.embedding.int8_vectors import Int8Vectors, to_int8
from survey.core.database import db, write_batch
from survey.core.models import Vector

CONVERTED_ROWS = 2000
"""Rows in one transaction"""

StoredRow = tuple[bytes, bytes, float | None]
"""`text_hash`, `values` and `scale` of a row"""


def values_of(vectors: Int8Vectors) -> list[dict[str, Any]]:
    """Return the columns `values` and `scale` of each vector."""
    numbers, scales = vectors
    return [{"values": row.tobytes(), "scale": scale} for row, scale in zip(numbers, scales.tolist(), strict=True)]


def read_vectors(rows: Sequence[StoredRow]) -> Int8Vectors:
    """Return the vectors of rows of one model, at least one, in the same order."""
    if any(scale is None for _, _, scale in rows):
        rows = [_converted(row) for row in rows]
    numbers = np.frombuffer(b"".join(values for _, values, _ in rows), dtype=np.int8).reshape(len(rows), -1)
    return Int8Vectors(numbers, np.array([scale for *_, scale in rows], dtype=np.float32))


def convert_float32(seconds: float) -> int:
    """Convert rows of 32-bit vectors for about so many seconds, in short transactions; return how many.

    Whoever reads a row sees the same numbers before and after: 32-bit rows are rounded when they are read.
    """
    converted, ends = 0, time.monotonic() + seconds
    while time.monotonic() < ends:
        rows = db.session.execute(
            select(Vector.survey_id, Vector.model, Vector.text_hash, Vector.values, Vector.scale)
            .where(Vector.scale.is_(None))
            .limit(CONVERTED_ROWS)
        ).all()
        if not rows:
            break
        _convert([(survey_id, model, _converted(row)) for survey_id, model, *row in rows])
        converted += len(rows)
    return converted


def _convert(rows: Iterable[tuple[int, str, StoredRow]]) -> None:
    own = (
        Vector.survey_id == bindparam("of_survey"),
        Vector.text_hash == bindparam("of_text"),
        Vector.model == bindparam("of_model"),
    )
    new = [
        {"of_survey": survey_id, "of_model": model, "of_text": key, "values": values, "scale": scale}
        for survey_id, model, (key, values, scale) in rows
    ]
    with write_batch(shown=False) as session:
        session.connection().execute(update(Vector).where(*own), new)


def _converted(row: Sequence[Any]) -> StoredRow:
    """Return a row with 8 bits a number."""
    key, values, scale = row
    if scale is not None:
        return bytes(key), bytes(values), scale
    numbers, scales = to_int8(np.frombuffer(bytes(values), dtype="<f4")[None, :])
    return bytes(key), numbers.tobytes(), float(scales[0])
