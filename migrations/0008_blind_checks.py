"""blind checks: answers drawn at random, who read them, and what they said

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-28 12:45:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds tables, and a switch to a table that others point at (see 0002)."""
    op.add_column("survey", sa.Column("shows_check", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "blind_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("drawn_from", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_blind_check_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_check")),
        sa.UniqueConstraint("public_id", name=op.f("uq_blind_check_public_id")),
    )
    op.create_index("ix_blind_check_survey_id", "blind_check", ["survey_id"])
    op.create_table(
        "checked_answer",
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.String(length=8), nullable=True),
        sa.ForeignKeyConstraint(
            ["check_id"], ["blind_check.id"], name=op.f("fk_checked_answer_check_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_checked_answer_answer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("check_id", "place", name=op.f("pk_checked_answer")),
        sa.UniqueConstraint("check_id", "answer_id", name=op.f("uq_checked_answer_check_id_answer_id")),
    )
    op.create_index("ix_checked_answer_answer_id", "checked_answer", ["answer_id"])
    op.create_table(
        "check_reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["check_id"], ["blind_check.id"], name=op.f("fk_check_reader_check_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_reader")),
        sa.UniqueConstraint("check_id", "name", name=op.f("uq_check_reader_check_id_name")),
    )
    op.create_table(
        "check_reading",
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["check_reader.id"], name=op.f("fk_check_reading_reader_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_check_reading_answer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reader_id", "answer_id", name=op.f("pk_check_reading")),
    )
    op.create_index("ix_check_reading_answer_id", "check_reading", ["answer_id"])


def downgrade() -> None:
    """Gives up the checks."""
    for table in ("check_reading", "check_reader", "checked_answer", "blind_check"):
        op.drop_table(table)
    op.drop_column("survey", "shows_check")
