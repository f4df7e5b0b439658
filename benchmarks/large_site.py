"""Make a site with a survey of millions of made-up answers, and with their vectors stored, for measurements."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from itertools import repeat
from pathlib import Path

import numpy as np
from flask import Flask

from analysis.embedding.int8_vectors import to_int8
from analysis.parallel.helper_processes import HelperProcesses
from analysis.parallel.machine import available_cores
from analysis.text.normalise import fold
from analysis.text.split_ideas import split_ideas
from app import create_app
from benchmarks.synthetic_answers import WordModel, generate_answers
from survey.accounts import owners
from survey.core.database import db, migrations, now
from survey.core.models import Survey
from survey.core.settings import Settings
from survey.manage import surveys

PART_ANSWERS = 100_000
"""Answers that one process makes at a time"""
BUCKETS = 256
DAYS = 200
SLUG = "lasting"
KINDS = ("partner", "family", "friend", None)
ADD_ANSWER = (
    "INSERT INTO answer (public_id, survey_id, form_key, text, kind, received_at, status, is_askers) "
    "VALUES (?, ?, ?, ?, ?, ?, 'shown', 0)"
)
ADD_VECTOR = 'INSERT INTO vector (survey_id, text_hash, model, "values", scale) VALUES (?, ?, ?, ?, ?)'


def load_words(name: str) -> WordModel:
    """Return the model, in any process."""
    return WordModel()


def make_large_site(folder: Path, count: int) -> Flask:
    """Return a site on SQLite with so many answers and their vectors; the folder keeps it for the next call."""
    instance = folder / f"large-{count}"
    app = create_app(Settings(instance=str(instance), run_delay=0, web_threads=2, secret_key="k" * 40))
    if (instance / "made").exists():
        return app
    with app.app_context():
        migrations.upgrade()
        make_survey()
        survey_id = db.session.query(Survey.id).filter_by(slug=SLUG).scalar()
        path = str(db.engine.url.database)
        db.session.rollback()
        db.engine.dispose()
    parts = instance / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    left = [number for number in range(-(-count // PART_ANSWERS)) if not (parts / f"{number}.json").exists()]
    helpers = HelperProcesses(available_cores())
    sizes = [min(PART_ANSWERS, count - number * PART_ANSWERS) for number in left]
    for number in helpers.map(make_part, repeat(str(parts)), left, sizes):
        print(f"part {number} of {count // PART_ANSWERS}", flush=True)
    helpers.shutdown()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -500000")
    with connection:
        connection.executemany(ADD_ANSWER, _answers(parts, survey_id, count))
    with connection:
        connection.executemany(ADD_VECTOR, _vectors(parts, survey_id))
    connection.close()
    for file in parts.iterdir():
        file.unlink()
    (instance / "made").touch()
    return app


def make_survey() -> None:
    """Make the survey and its owner, in an app context."""
    owner = owners.set_up(owners.new_set_up_token(), "Ruth", "a long enough password").owner_id
    surveys.create(owner, surveys.Fields("What keeps you together?", "I wonder.", "Ruth", SLUG, True, "none"))


def make_part(folder: str, number: int, count: int) -> int:
    """Write some answers, and the vectors of their ideas in the order of their hashes; return the number."""
    model = WordModel()
    texts = generate_answers(count, model, seed=number)
    wordings = {fold(text[start:end]) for text in texts for start, end in split_ideas(text)}
    keyed = sorted((hashlib.sha256(wording.encode()).digest(), wording) for wording in wordings)
    numbers, scales = to_int8(model.encode([wording for _, wording in keyed]))
    base = Path(folder) / str(number)
    np.save(f"{base}-keys.npy", np.frombuffer(b"".join(key for key, _ in keyed), dtype=np.uint8).reshape(-1, 32))
    np.save(f"{base}-numbers.npy", numbers)
    np.save(f"{base}-scales.npy", scales)
    Path(f"{base}.json").write_text(json.dumps(texts), encoding="utf-8")
    return number


def _answers(parts: Path, survey_id: int, count: int) -> Iterator[tuple[object, ...]]:
    began = now() - timedelta(days=DAYS)
    made = 0
    for number in range(len(list(parts.glob("*.json")))):
        for text in json.loads((parts / f"{number}.json").read_text(encoding="utf-8")):
            at = (began + timedelta(days=DAYS * made / count)).strftime("%Y-%m-%d %H:%M:%S.%f")
            yield secrets.token_hex(8), survey_id, f"row {made}", text, KINDS[made % len(KINDS)], at
            made += 1


def _vectors(parts: Path, survey_id: int) -> Iterator[tuple[object, ...]]:
    """Yield the rows of all vectors, in the order of their hashes, each once: rows at random places take hours."""
    files = [
        tuple(np.load(parts / f"{number}-{kind}.npy", mmap_mode="r") for kind in ("keys", "numbers", "scales"))
        for number in range(len(list(parts.glob("*.json"))))
    ]
    for bucket in range(BUCKETS):
        found: dict[bytes, tuple[bytes, float]] = {}
        for keys, numbers, scales in files:
            first, last = np.searchsorted(keys[:, 0], [bucket, bucket + 1])
            for key, row, scale in zip(keys[first:last], numbers[first:last], scales[first:last], strict=True):
                found[key.tobytes()] = row.tobytes(), float(scale)
        for hashed, (values, scale) in sorted(found.items()):
            yield survey_id, hashed, WordModel.model, values, scale
