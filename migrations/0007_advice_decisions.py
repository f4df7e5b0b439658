"""advice decisions: what an owner decided about the points of a list of advice

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-28 13:15:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; nothing is decided yet."""
    op.add_column("advice", sa.Column("decisions", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Gives up what was decided."""
    op.drop_column("advice", "decisions")
