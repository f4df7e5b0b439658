"""people who work at a survey together, and who did what

Revision ID: 0016
Revises: 0018
Create Date: 2026-11-29 02:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first owner becomes the operator. Who made the edits that are there is not known."""
    op.add_column("owner", sa.Column("is_operator", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("owner", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("owner", sa.Column("seen_on", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE owner SET is_operator = true WHERE id = (SELECT min(id) FROM owner)")
    op.add_column("edit", sa.Column("owner_id", sa.Integer(), nullable=True))
    for name in ("owner_name", "undone_by"):
        op.add_column("edit", sa.Column(name, sa.String(length=80), nullable=False, server_default=""))
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_membership_survey_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_membership_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("survey_id", "owner_id", name=op.f("uq_membership_survey_id_owner_id")),
    )
    op.create_index("ix_membership_owner_id", "membership", ["owner_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_invitation_survey_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index("ix_invitation_survey_id", "invitation", ["survey_id"])
    op.create_table(
        "deed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("owner_name", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_deed_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deed")),
    )
    op.create_index("ix_deed_survey_id", "deed", ["survey_id", "at"])


def downgrade() -> None:
    """Members lose their surveys, which stay with the owner who answers for each."""
    for table in ("deed", "invitation", "membership"):
        op.drop_table(table)
    for name in ("undone_by", "owner_name", "owner_id"):
        op.drop_column("edit", name)
    for name in ("seen_on", "disabled_at", "is_operator"):
        op.drop_column("owner", name)
