"""Load the demo survey with made-up answers, some of them hostile test strings."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import exists, select

from survey.accounts import owners
from survey.core.database import db
from survey.core.models import Survey
from survey.imports import importer
from survey.manage import surveys
from survey.manage.forms import QUESTION

SLUG = "demo"
ANSWERS = Path(__file__).with_name("demo_answers.csv")
INTRODUCTION = "\n\n".join(
    (
        "My grandparents were married for fifty-one years. When I asked them how, each gave me a different answer.",
        "So I am asking everyone I know. It may be about a marriage, a brother, an old friend, a loyal customer.",
        "One line is enough.",
    )
)


def load() -> bool:
    """Load and publish the demo on a site without surveys and owners; return whether it was loaded.

    (With owners it is not loaded again: one may have deleted it.)
    """
    if owners.has_owner() or db.session.scalar(select(exists().where(Survey.id.is_not(None)))):
        return False
    fields = surveys.Fields(QUESTION, INTRODUCTION, "Ruth Adeyemi", SLUG, True, "relationships")
    surveys.create(None, fields, is_example=True)
    survey = db.session.scalars(select(Survey).where(Survey.slug == SLUG)).one()
    survey_id = survey.id
    importer.import_answers(survey, ANSWERS.read_bytes(), name=ANSWERS.name)
    surveys.set_published(survey_id, True)
    return True
