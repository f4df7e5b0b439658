"""which ideas say the opposite of their theme

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-28 23:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ideas of results that are there count as of one opinion until the next run."""
    for table in ("placement", "idea_change"):
        op.add_column(table, sa.Column("against", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_placement_against",
        "placement",
        ["theme_id"],
        sqlite_where=sa.text("against = 1"),
        postgresql_where=sa.text("against"),
    )


def downgrade() -> None:
    op.drop_index("ix_placement_against", table_name="placement")
    for table in ("idea_change", "placement"):
        op.drop_column(table, "against")
