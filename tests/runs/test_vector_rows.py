"""Stored vectors: 8 bits a number, and what was stored with 32 bits before is read and converted."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select

from analysis.embedding.int8_vectors import to_int8
from survey.core.database import db
from survey.core.models import Vector
from survey.placing.vector_store import StoredVectors
from survey.runs import vector_rows
from tests.support.toy_model import ToyModel
from tests.support.visitors import make_survey

TEXTS = ["a bench in the shade", "more trees", "no cars", "a fountain"]


def store_float32(survey_id: int) -> None:
    """Store the vectors of TEXTS as versions before 8 bits did."""
    model = ToyModel()
    for text, vector in zip(TEXTS, model.encode(TEXTS), strict=True):
        key = hashlib.sha256(text.encode()).digest()
        db.session.add(
            Vector(survey_id=survey_id, text_hash=key, model=model.model, values=vector.astype("<f4").tobytes())
        )
    db.session.commit()


def test_rounding_moves_no_number_by_more_than_half_a_step() -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    restored = to_int8(vectors).restore()
    half_a_step = np.abs(vectors).max(axis=1, keepdims=True) / 254
    assert (np.abs(restored - vectors) <= half_a_step * 1.01).all()
    cosines = (restored * vectors).sum(axis=1) / np.linalg.norm(restored, axis=1)
    assert (cosines > 0.9999).all()


def test_a_vector_of_zeros_stays_one() -> None:
    assert not to_int8(np.zeros((1, 4), dtype=np.float32)).restore().any()


def test_a_stored_vector_takes_a_byte_a_number_and_is_what_the_first_run_saw(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        first = StoredVectors(ToyModel(), survey_id).encode(TEXTS)
        again = StoredVectors(ToyModel(), survey_id).encode(list(reversed(TEXTS)))
        assert (again[::-1] == first).all()
        sizes = {len(values) for values in db.session.scalars(select(Vector.values))}
        assert sizes == {first.shape[1]}


def test_vectors_of_32_bits_read_the_same_before_and_after_they_are_converted(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        store_float32(survey_id)
        model = ToyModel()
        before = StoredVectors(model, survey_id).encode(TEXTS)
        assert vector_rows.convert_float32(5.0) == len(TEXTS)
        assert db.session.scalars(select(Vector.text_hash).where(Vector.scale.is_(None))).all() == []
        assert (StoredVectors(model, survey_id).encode(TEXTS) == before).all()
        assert model.encoded == []
        assert vector_rows.convert_float32(5.0) == 0


def test_a_conversion_that_was_killed_goes_on_where_it_stopped(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    survey_id = make_survey(app, None)
    monkeypatch.setattr(vector_rows, "CONVERTED_ROWS", 3)
    convert, calls = vector_rows._convert, []

    def killed_the_second_time(rows: list[tuple[int, str, vector_rows.StoredRow]]) -> None:
        calls.append(len(rows))
        if len(calls) == 2:
            raise KeyboardInterrupt
        convert(rows)

    with app.app_context():
        store_float32(survey_id)
        monkeypatch.setattr(vector_rows, "_convert", killed_the_second_time)
        with pytest.raises(KeyboardInterrupt):
            vector_rows.convert_float32(5.0)
        assert calls == [3, 1]
        monkeypatch.undo()
        assert vector_rows.convert_float32(5.0) == 1
        model = ToyModel()
        StoredVectors(model, survey_id).encode(TEXTS)
        assert model.encoded == []
