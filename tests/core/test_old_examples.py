"""Demos that were made before a survey could be marked as an example."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from survey.core.database import db, migrations, write_transaction
from survey.core.models import Answer, Survey
from survey.serve import demo
from tests.support.visitors import make_owner, make_survey


@pytest.mark.both_databases
@pytest.mark.parametrize("change", ["", "asker", "answered"])
def test_an_untouched_demo_is_marked_when_the_database_is_brought_up_to_date(app: Flask, change: str) -> None:
    with app.app_context():
        assert demo.load()
    make_survey(app, make_owner(app), "town", asker="Ruth Adeyemi")
    with app.app_context():
        with write_transaction() as session:
            survey = session.query(Survey).filter_by(slug="demo").one()
            if change == "asker":
                survey.asker = "Otto"
            if change == "answered":
                session.add(Answer(survey_id=survey.id, form_key="k", text="Of my own", source="whatsapp"))
        db.session.close()
        migrations.downgrade("0028")
        with write_transaction() as session:  # as they were before 0024
            session.execute(text("UPDATE survey SET is_example = :no"), {"no": False})
        db.session.close()
        migrations.upgrade()
        marked = db.session.execute(text("SELECT slug FROM survey WHERE is_example")).scalars().all()
    assert marked == ([] if change else ["demo"])
