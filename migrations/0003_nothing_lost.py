"""nothing lost: deletions, tokens that send, bursts in results, how often a run was tried and how long it
needs, workers' signs of life

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22 07:40:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds: see 0002 on tables that others point at."""
    op.create_table(
        "deletion",
        sa.Column("answer_public_id", sa.String(length=16), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("answer_public_id", name=op.f("pk_deletion")),
    )
    op.create_table(
        "worker_process",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_process")),
    )
    op.add_column("api_token", sa.Column("purpose", sa.String(length=8), nullable=False, server_default="read"))
    op.add_column("run", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("run", sa.Column("seconds_left", sa.Integer(), nullable=True))
    op.add_column("run", sa.Column("bursts", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("run", sa.Column("by_day", sa.JSON(), nullable=True))
    op.add_column("theme_result", sa.Column("by_day", sa.JSON(), nullable=True))
    op.create_index("ix_answer_survey_id_kind", "answer", ["survey_id", "kind", "status"])
    op.create_index(
        "ix_placement_quote",
        "placement",
        ["theme_id", "quote"],
        sqlite_where=sa.text("quote IS NOT NULL"),
        postgresql_where=sa.text("quote IS NOT NULL"),
    )


def downgrade() -> None:
    """Gives up what was added."""
    op.drop_index("ix_placement_quote", table_name="placement")
    op.drop_index("ix_answer_survey_id_kind", table_name="answer")
    op.drop_column("theme_result", "by_day")
    op.drop_column("run", "by_day")
    op.drop_column("run", "bursts")
    op.drop_column("run", "seconds_left")
    op.drop_column("run", "attempts")
    op.drop_column("api_token", "purpose")
    op.drop_table("worker_process")
    op.drop_table("deletion")
