"""how far the first steps with a survey are, and which survey is an example

Revision ID: 0024
Revises: 0027
Create Date: 2026-11-29 03:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey", sa.Column("is_example", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("survey", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("survey", sa.Column("steps_dismissed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("survey", "steps_dismissed_at")
    op.drop_column("survey", "looked_at")
    op.drop_column("survey", "is_example")
