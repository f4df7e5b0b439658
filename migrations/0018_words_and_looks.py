"""words and looks of a survey, closing after so many answers, time zones

Revision ID: 0018
Revises: 0022
Create Date: 2026-11-29 02:05:00

"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0022"
branch_labels = None
depends_on = None

SURVEY = sa.table(
    "survey",
    sa.column("slug", sa.String),
    sa.column("is_open", sa.Boolean),
    sa.column("closes_at", sa.DateTime(timezone=True)),
    sa.column("closed_at", sa.DateTime(timezone=True)),
    sa.column("closed_by", sa.String),
)


def upgrade() -> None:
    """Closing a survey by hand stored the moment as its closing date until now, and so lost the date it had."""
    op.add_column("owner", sa.Column("time_zone", sa.String(length=40), nullable=True))
    op.add_column("survey", sa.Column("closes_after", sa.Integer(), nullable=True))
    op.add_column("survey", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("survey", sa.Column("closed_by", sa.String(length=5), nullable=True))
    op.add_column("survey", sa.Column("time_zone", sa.String(length=40), nullable=False, server_default="UTC"))
    op.add_column("survey", sa.Column("words", sa.JSON(), nullable=False, server_default="{}"))
    passed = SURVEY.c.closes_at <= datetime.now(UTC)
    closed = SURVEY.update().where(~SURVEY.c.is_open, passed, ~SURVEY.c.slug.startswith("/"))
    op.execute(closed.values(closed_at=SURVEY.c.closes_at, closed_by="hand", closes_at=None))
    op.create_table(
        "picture",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=5), nullable=False),
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_picture_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("survey_id", "role", name=op.f("pk_picture")),
    )


def downgrade() -> None:
    op.drop_table("picture")
    was = SURVEY.update().where(~SURVEY.c.is_open, SURVEY.c.closed_at.is_not(None))
    op.execute(was.values(closes_at=SURVEY.c.closed_at))
    for name in ("words", "time_zone", "closed_by", "closed_at", "closes_after"):
        op.drop_column("survey", name)
    op.drop_column("owner", "time_zone")
