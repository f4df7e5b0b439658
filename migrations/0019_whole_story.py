"""what became of an answer, what came of a survey, and who is told when it is published

Revision ID: 0019
Revises: 0016
Create Date: 2026-11-29 02:20:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None

OPEN = sa.text("what = 'theme' AND ended_at IS NULL")


def upgrade() -> None:
    """Where answers are today is written without a date: when they came there was not recorded."""
    op.add_column("survey", sa.Column("conclusion", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "story_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_story_entry_answer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_entry")),
    )
    op.create_index("ix_story_entry_answer_id", "story_entry", ["answer_id"])
    op.create_index(
        "uq_story_entry_open",
        "story_entry",
        ["answer_id", "theme_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.execute(
        "INSERT INTO story_entry (answer_id, what, theme_id) SELECT DISTINCT idea.answer_id, 'theme', "
        "placement.theme_id FROM survey JOIN idea ON idea.run_id = survey.current_run_id "
        "JOIN placement ON placement.idea_id = idea.id JOIN answer ON answer.id = idea.answer_id "
        "WHERE answer.secret_hash IS NOT NULL"
    )
    op.create_table(
        "follow_up",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_follow_up_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("survey_id", "address", name=op.f("uq_follow_up_survey_id_address")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("follow_up")
    op.drop_table("story_entry")
    op.drop_column("survey", "conclusion")
