"""whom mails go to, and what they tell

Revision ID: 0025
Revises: 0019
Create Date: 2026-11-29 02:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has an address yet: nobody is told anything."""
    for name in ("email", "email_asked"):
        op.add_column("owner", sa.Column(name, sa.String(length=254), nullable=False, server_default=""))
    op.add_column("owner", sa.Column("mail_language", sa.String(length=8), nullable=False, server_default="en"))
    op.add_column("owner", sa.Column("mail_switches", sa.JSON(), nullable=False, server_default="{}"))
    for table in ("mail_choice", "told"):
        more = [sa.Column("switches", sa.JSON(), nullable=False)]
        key = ["owner_id", "survey_id"]
        if table == "told":
            key.append("event")
            more = [
                sa.Column("event", sa.String(length=12), nullable=False),
                sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
                sa.Column("upto", sa.BigInteger(), nullable=False),
                sa.Column("answers", sa.JSON(), nullable=False),
            ]
        op.create_table(
            table,
            sa.Column("owner_id", sa.Integer(), nullable=False),
            sa.Column("survey_id", sa.Integer(), nullable=False),
            *more,
            sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f(f"fk_{table}_owner_id"), ondelete="CASCADE"),
            sa.ForeignKeyConstraint(
                ["survey_id"], ["survey.id"], name=op.f(f"fk_{table}_survey_id"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_survey_id"), table, ["survey_id"])


def downgrade() -> None:
    for table in ("told", "mail_choice"):
        op.drop_table(table)
    for name in ("mail_switches", "mail_language", "email_asked", "email"):
        op.drop_column("owner", name)
