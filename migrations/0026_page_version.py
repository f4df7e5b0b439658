"""a mark that changes with everything that readers see, by which pages are kept

Revision ID: 0026
Revises: 0020
Create Date: 2026-11-29 02:40:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "page_version",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_page_version")),
    )


def downgrade() -> None:
    op.drop_table("page_version")
