"""what is left to gain: what the ideas that an owner has read say about those unread

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-28 14:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("remaining", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("run", "remaining")
