"""imports known again: response ids of other programs, who imported what with which counts, deleted rows of files

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-28 16:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answer", sa.Column("response_key", sa.String(length=32), nullable=True))
    op.add_column("answer_import", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.add_column("answer_import", sa.Column("counts", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "forgotten_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_forgotten_answer_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forgotten_answer")),
    )
    op.create_index("ix_forgotten_answer_survey_id_mark", "forgotten_answer", ["survey_id", "mark"])


def downgrade() -> None:
    op.drop_table("forgotten_answer")
    op.drop_column("answer_import", "counts")
    op.drop_column("answer_import", "owner_id")
    op.drop_column("answer", "response_key")
