"""the ids that responses had in the files they came from

Revision ID: 0037
Revises: 0036
Create Date: 2026-11-30 16:55:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of answers imported before, only a hash was kept, from which no id can be told."""
    op.add_column("answer", sa.Column("response_id", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("answer", "response_id")
