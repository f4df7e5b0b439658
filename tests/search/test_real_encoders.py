"""The real encoders: what people say in other words, and in another language, is found."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask

from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.models import Survey, Vector
from survey.reports.search import search
from tests.support.encoders import packaged_encoders
from tests.support.filled_survey import Says, fill
from tests.support.searching import searchable

SAID = ["Listening carefully", "escuchar al otro", "We split the bills", "Gemeinsam lachen", "Zebras"]


@pytest.mark.slow
def test_other_words_and_other_languages_are_found(sqlite_app: Flask, at_ease: None) -> None:
    fill(sqlite_app, [Says(text, [(text, None)]) for text in SAID])
    model = packaged_encoders()
    with sqlite_app.app_context():
        for text in SAID:
            key = hashlib.sha256(fold(text).encode()).digest()
            values = model.encode([fold(text)])[0].astype("<f4").tobytes()
            db.session.add(Vector(survey_id=1, text_hash=key, model=model.model, values=values))
        db.session.commit()
    with searchable(sqlite_app, model), sqlite_app.app_context():

        def found(query: str) -> set[str]:
            page = search(db.session.get_one(Survey, 1), {"q": query})
            return {answer.text.whole[0].text for answer in page.meant}

        assert found("being heard") == {"Listening carefully", "escuchar al otro"}
        assert found("laughing together") == {"Gemeinsam lachen"}
        assert found("quantum chromodynamics") == set()
