"""vectors with 8 bits a number

Those of 32 bits are converted by the worker, in the background.

Revision ID: 0028
Revises: 0024
Create Date: 2026-11-29 05:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vector", sa.Column("scale", sa.Double(), nullable=True))
    only = sa.text("scale IS NULL")
    op.create_index("ix_vector_float32", "vector", ["survey_id"], sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    # What is stored is made again by the next run; an older version cannot read it.
    op.execute(sa.text("DELETE FROM vector WHERE scale IS NOT NULL"))
    op.drop_index("ix_vector_float32", table_name="vector")
    op.drop_column("vector", "scale")
