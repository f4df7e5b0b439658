"""theme doctor: what a run found that may be wrong with its themes, and what the owner left as it is

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-28 13:10:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds two tables; a result from before has no findings until the next run."""
    op.create_table(
        "examination",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("edit_version", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_examination_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_examination")),
    )
    op.create_table(
        "left_finding",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(length=60), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_left_finding_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("survey_id", "finding", name=op.f("pk_left_finding")),
    )


def downgrade() -> None:
    """Gives up what was found and left."""
    op.drop_table("left_finding")
    op.drop_table("examination")
