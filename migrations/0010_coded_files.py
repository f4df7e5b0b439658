"""coded files: what people coded already in another program

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-28 16:20:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("edit_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_coding_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coding_public_id")),
    )
    op.create_index("ix_coding_survey_id", "coding", ["survey_id"])
    op.create_table(
        "coded_answer",
        sa.Column("coding_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_coded_answer_answer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["coding_id"], ["coding.id"], name=op.f("fk_coded_answer_coding_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("coding_id", "answer_id", name=op.f("pk_coded_answer")),
    )
    op.create_index("ix_coded_answer_answer_id", "coded_answer", ["answer_id"])


def downgrade() -> None:
    op.drop_table("coded_answer")
    op.drop_table("coding")
