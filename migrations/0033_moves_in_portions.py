"""moves of many answers, a portion at a time

Revision ID: 0033
Revises: 0032
Create Date: 2026-11-29 09:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forgets what was moved so far: it stays moved, and is taken back in the history."""
    op.execute("DELETE FROM bulk_change WHERE action = 'move'")
    op.drop_column("bulk_change", "edit_id")
    op.add_column("bulk_change", sa.Column("move", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM bulk_change WHERE action = 'move'")
    op.drop_column("bulk_change", "move")
    op.add_column("bulk_change", sa.Column("edit_id", sa.Integer(), nullable=True))
