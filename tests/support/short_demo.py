"""The demo with few examples of few themes, for tests that need its pages and not all it knows.

The vectors of a codebook of one's own are made in each site, so it is short.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, select

from analysis.known_themes.codebook import DEFAULT, Codebook
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey
from survey.core.settings import Settings
from survey.curation.codebook import use_own_codebook
from survey.serve import demo
from tests.support.site import migrated
from tests.support.toy_model import short_codebook

THEMES = {"listening", "honesty", "humour"}


def short_demo_codebook() -> Codebook:
    """Return a few examples of a few themes of the packaged codebook."""
    whole = short_codebook(DEFAULT)
    return replace(whole, themes=tuple(theme for theme in whole.themes if theme.key in THEMES))


def give_short_demo(settings: Settings, most: int) -> None:
    """Load so many answers of the demo into the empty site of these settings, with a run that waits for a worker."""
    with migrated(settings) as app, app.app_context():
        demo.load()
        survey = db.session.scalars(select(Survey).where(Survey.slug == demo.SLUG)).one()
        with write_transaction() as session:
            first = select(Answer.id).order_by(Answer.id).limit(most)
            session.execute(delete(Answer).where(Answer.id.not_in(first.scalar_subquery())))
        use_own_codebook(survey.id, short_demo_codebook().to_toml())
