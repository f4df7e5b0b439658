"""A search service in a thread of the test, with a model that knows which words mean the same."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder
from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.models import Answer, Idea, Run, Vector
from survey.search import wire
from survey.search.service import SearchService
from tests.support.toy_model import ToyModel

SAME = {"hear": "listen", "heard": "listen", "escuchar": "listen", "laugh": "joke", "giggle": "joke"}


class Meanings(ToyModel):
    """The toy model, for which some words are others."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        return super().encode([re.sub(r"\w+", lambda word: SAME.get(word[0], word[0]), fold(text)) for text in texts])


def store_vectors(app: Flask) -> None:
    """Store the vectors of all ideas there are, as the worker does."""
    model = Meanings()
    with app.app_context():
        said = select(Run.survey_id, Answer.text, Idea.starts, Idea.ends).select_from(Idea)
        rows = db.session.execute(said.join(Run, Run.id == Idea.run_id).join(Answer, Answer.id == Idea.answer_id))
        for survey_id, folded in {(row.survey_id, fold(row.text[row.starts : row.ends])) for row in rows}:
            values = model.encode([folded])[0].astype("<f4").tobytes()
            key = hashlib.sha256(folded.encode()).digest()
            db.session.merge(Vector(survey_id=survey_id, text_hash=key, model=model.model, values=values))
        db.session.commit()


@contextmanager
def searchable(app: Flask, model: Embedder | None = None, **options: float) -> Iterator[SearchService]:
    """The service of a site while the block runs."""
    running = SearchService(app, lambda: model or Meanings(), **options)
    with wire.listen(Path(app.instance_path)) as listening:
        thread = threading.Thread(target=running.serve, args=(listening,))
        thread.start()
        try:
            yield running
        finally:
            running.stop()
            thread.join()
            running.close()
