"""looking after: own kinds and codebooks, dates, advice, held answers, secret links, sub-themes, the map, API tokens

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22 04:50:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def added() -> "dict[str, list[sa.Column[object]]]":
    """What is added to tables that others point at.

    Such a table is only ever added to: SQLite would make it anew for any other change, and dropping the old one
    takes along whatever points at it.
    """
    return {
        "survey": [
            sa.Column("own_kinds", sa.JSON(), nullable=False, server_default="[]"),
            sa.Column("own_codebook", sa.Text(), nullable=True),
            sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("hold_first", sa.Boolean(), nullable=False, server_default=sa.false()),
        ],
        "answer": [
            sa.Column("status", sa.String(length=8), nullable=False, server_default="shown"),
            sa.Column("reason", sa.String(length=12), nullable=True),
            sa.Column("burst", sa.String(length=16), nullable=True),
            sa.Column("secret_hash", sa.String(length=64), nullable=True),
            sa.Column("nearest", sa.JSON(), nullable=True),
            sa.Column("is_askers", sa.Boolean(), nullable=False, server_default=sa.false()),
        ],
        "run": [sa.Column("advice", sa.JSON(), nullable=False, server_default="[]")],
        "theme": [sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false())],
        "idea": [
            sa.Column("x", sa.Double(), nullable=True),
            sa.Column("y", sa.Double(), nullable=True),
            sa.Column("suggested_id", sa.Integer(), nullable=True),
            sa.Column("nearness", sa.Double(), nullable=True),
        ],
    }


def upgrade() -> None:
    """Upgrade schema."""
    for table, columns in added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_answer_secret_hash", "answer", ["secret_hash"], unique=True)
    with op.batch_alter_table("theme_result") as batch:
        batch.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        for name in ("x", "y", "radius"):
            batch.add_column(sa.Column(name, sa.Double(), nullable=True))
        batch.create_foreign_key(op.f("fk_theme_result_parent_id"), "theme", ["parent_id"], ["id"], ondelete="CASCADE")
    with op.batch_alter_table("placement") as batch:
        batch.add_column(sa.Column("part_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_placement_part_id"), "theme", ["part_id"], ["id"], ondelete="SET NULL")
    op.create_table(
        "advice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_advice_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice")),
        sa.UniqueConstraint("public_id", name=op.f("uq_advice_public_id")),
    )
    op.create_index("ix_advice_survey_id", "advice", ["survey_id"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_api_token_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index("ix_api_token_survey_id", "api_token", ["survey_id"])
    # Vectors are made again where they are missed: the old ones do not say which survey they are for.
    op.drop_table("vector")
    _create_vector(sa.Column("survey_id", sa.Integer(), nullable=False))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table("vector")
    _create_vector()
    op.drop_table("api_token")
    op.drop_table("advice")
    with op.batch_alter_table("placement") as batch:
        batch.drop_constraint(op.f("fk_placement_part_id"), type_="foreignkey")
        batch.drop_column("part_id")
    with op.batch_alter_table("theme_result") as batch:
        batch.drop_constraint(op.f("fk_theme_result_parent_id"), type_="foreignkey")
        for name in ("radius", "y", "x", "parent_id"):
            batch.drop_column(name)
    op.drop_index("ix_answer_secret_hash", table_name="answer")
    for table, columns in added().items():
        for column in columns:
            op.drop_column(table, column.name)


def _create_vector(*survey: "sa.Column[int]") -> None:
    of_survey = [
        sa.ForeignKeyConstraint([column.name], ["survey.id"], name=op.f("fk_vector_survey_id"), ondelete="CASCADE")
        for column in survey
    ]
    op.create_table(
        "vector",
        *survey,
        sa.Column("text_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        *of_survey,
        sa.PrimaryKeyConstraint(*(column.name for column in survey), "text_hash", "model", name=op.f("pk_vector")),
    )
