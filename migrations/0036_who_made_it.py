"""who made a token or a webhook

Revision ID: 0036
Revises: 0035
Create Date: 2026-11-30 14:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those made before, nobody knows."""
    for table in ("api_token", "webhook"):
        op.add_column(table, sa.Column("made_by", sa.Integer(), nullable=True))


def downgrade() -> None:
    for table in ("api_token", "webhook"):
        op.drop_column(table, "made_by")
