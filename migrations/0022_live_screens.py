"""what a presenter chose for the screens in the room

Revision ID: 0022
Revises: 0017
Create Date: 2026-11-29 02:10:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "live_screen",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("quotes", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_live_screen_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_live_screen")),
    )


def downgrade() -> None:
    op.drop_table("live_screen")
