"""own hands: what an imported row is known by apart from form keys, imports that can be deleted whole, set-up links for
an owner who is there

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-28 06:10:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EARLIER = "Imported before 28 November 2026"


def upgrade() -> None:
    """Only adds to tables that others point at (see 0002), and gives imported rows a form key nobody can compute."""
    op.create_table(
        "answer_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_answer_import_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_answer_import_public_id")),
    )
    op.create_index("ix_answer_import_survey_id", "answer_import", ["survey_id"])
    op.add_column("set_up_link", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.add_column("answer", sa.Column("import_key", sa.String(length=64), nullable=True))
    op.add_column("answer", sa.Column("import_id", sa.Integer(), nullable=True))
    _separate_import_keys()
    for name, columns, unique in (
        ("uq_answer_import_key", ["survey_id", "import_key"], True),
        ("ix_answer_import_id", ["import_id"], False),
    ):
        condition = sa.text(f"{columns[-1]} IS NOT NULL")
        op.create_index(name, "answer", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _separate_import_keys() -> None:
    """Move what rows were known by out of their form keys, which anybody could compute from the text of an answer."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    random_text = "lower(hex(randomblob(16)))" if is_sqlite else "replace(gen_random_uuid()::text, '-', '')"
    random: sa.ColumnClause[str] = sa.literal_column(random_text)
    survey = sa.table("survey", sa.column("id"), sa.column("created_at"))
    answer = sa.table("answer", *map(sa.column, ("survey_id", "form_key", "import_key", "import_id")))
    imports = sa.table("answer_import", *map(sa.column, ("id", "public_id", "survey_id", "name", "made_at")))
    imported = answer.c.form_key.like("import-%")
    of_survey = sa.select(answer.c.survey_id).where(imported)
    op.execute(
        imports.insert().from_select(
            ["public_id", "survey_id", "name", "made_at"],
            sa.select(sa.func.substr(random, 1, 16), survey.c.id, sa.literal(EARLIER), survey.c.created_at).where(
                survey.c.id.in_(of_survey)
            ),
        )
    )
    op.execute(
        answer.update()
        .where(imported)
        .values(
            import_key=sa.func.substr(answer.c.form_key, 8),
            import_id=sa.select(imports.c.id).where(imports.c.survey_id == answer.c.survey_id).scalar_subquery(),
            form_key=sa.literal("imported-") + random,
        )
    )


def downgrade() -> None:
    """Gives up what was added; imported rows are known by their form keys again."""
    op.drop_index("ix_answer_import_id", table_name="answer")
    op.drop_index("uq_answer_import_key", table_name="answer")
    op.execute("UPDATE answer SET form_key = 'import-' || import_key WHERE import_key IS NOT NULL")
    op.drop_column("answer", "import_id")
    op.drop_column("answer", "import_key")
    op.execute("DELETE FROM set_up_link WHERE owner_id IS NOT NULL")
    op.drop_column("set_up_link", "owner_id")
    op.drop_table("answer_import")
