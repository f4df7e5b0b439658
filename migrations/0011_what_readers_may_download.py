"""what readers may download: which files of the theme page, and the owner's words about using them

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-28 16:40:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey", sa.Column("reader_downloads", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("survey", sa.Column("licence", sa.String(length=300), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("survey", "licence")
    op.drop_column("survey", "reader_downloads")
