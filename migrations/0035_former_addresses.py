"""addresses that surveys had before, which lead on to them

Revision ID: 0035
Revises: 0034
Create Date: 2026-11-30 14:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("former_slug"):  # an earlier way back left it
        op.execute("DELETE FROM former_slug WHERE slug IN (SELECT slug FROM survey)")
        return
    op.create_table(
        "former_slug",
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_former_slug_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_former_slug")),
    )
    op.create_index("ix_former_slug_survey_id", "former_slug", ["survey_id"])


def downgrade() -> None:
    """The table stays, unread, for the next upgrade: printed codes and private links have these addresses."""
