"""slices of the runs of large surveys, and an index of bursts

Revision ID: 0032
Revises: 0030
Create Date: 2026-11-29 06:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "run_slice",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("first_id", big, autoincrement=False, nullable=False),
        sa.Column("last_id", big, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_slice_run_id_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "first_id", name=op.f("pk_run_slice")),
    )
    in_burst = sa.text("burst IS NOT NULL")
    op.create_index(
        "ix_answer_burst", "answer", ["survey_id", "burst"], sqlite_where=in_burst, postgresql_where=in_burst
    )


def downgrade() -> None:
    op.drop_index("ix_answer_burst", table_name="answer")
    op.drop_table("run_slice")
