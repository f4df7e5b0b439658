"""language of a survey, guessed from the questions that are there

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-28 19:20:00

"""

import sqlalchemy as sa
from alembic import op

from analysis.languages import guess_language

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SURVEY = sa.table(
    "survey",
    sa.column("id", sa.Integer),
    sa.column("question", sa.String),
    sa.column("introduction", sa.Text),
    sa.column("language", sa.String),
)


def upgrade() -> None:
    op.add_column("survey", sa.Column("language", sa.String(length=30), nullable=False, server_default="en"))
    rows = op.get_bind().execute(sa.select(SURVEY.c.id, SURVEY.c.question, SURVEY.c.introduction)).all()
    for survey_id, question, introduction in rows:
        language = guess_language(question, introduction, "en")
        op.execute(SURVEY.update().where(SURVEY.c.id == survey_id).values(language=language))


def downgrade() -> None:
    op.drop_column("survey", "language")
