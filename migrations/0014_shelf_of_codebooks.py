"""shelf of codebooks: which one fits the answers of a survey, and what its owner said

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-28 23:10:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codebook_fit",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("used", sa.String(length=60), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("run_people", sa.Integer(), nullable=False),
        sa.Column("placed", sa.JSON(), nullable=False),
        sa.Column("better", sa.String(length=60), nullable=True),
        sa.Column("declined", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_codebook_fit_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_codebook_fit")),
    )


def downgrade() -> None:
    op.drop_table("codebook_fit")
