"""what is touched holds: a log of every idea that an edit moved, proposals, findings that wait

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-28 12:50:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds to tables that others point at (see 0002), and turns the ideas of edits into changes of theirs.

    Of moves and splits it is known what they did. Merged themes stay merged; undoing a merge of before has to look for
    themes again.
    """
    op.add_column("survey", sa.Column("takes_findings", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("survey", sa.Column("edit_version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("theme", sa.Column("position", sa.Integer(), nullable=True))
    op.add_column("run", sa.Column("finds", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("run", sa.Column("found_answers", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("run", sa.Column("lessons", sa.LargeBinary(), nullable=True))
    op.add_column("run", sa.Column("reading", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("edit", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("edit", sa.Column("details", sa.JSON(), nullable=True))
    op.create_table(
        "idea_change",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("edit_id", sa.Integer(), nullable=False),
        *_span_columns(),
        sa.Column("strength", sa.Double(), nullable=True),
        sa.Column("quote", sa.Integer(), nullable=True),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("new_strength", sa.Double(), nullable=True),
        sa.Column("taught", sa.Boolean(), nullable=False),
        *_span_keys("idea_change"),
        sa.ForeignKeyConstraint(["edit_id"], ["edit.id"], name=op.f("fk_idea_change_edit_id"), ondelete="CASCADE"),
    )
    op.create_index("ix_idea_change_edit_id", "idea_change", ["edit_id"])
    op.create_index("ix_idea_change_answer_id", "idea_change", ["answer_id", "starts"])
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("centres", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_proposal_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_proposal_public_id")),
    )
    op.create_index("ix_proposal_survey_id", "proposal", ["survey_id"])
    op.create_table(
        "proposed_move",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        *_span_columns(),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("later", sa.Boolean(), nullable=False),
        *_span_keys("proposed_move"),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_proposed_move_proposal_id"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_proposed_move_proposal_id", "proposed_move", ["proposal_id", "change"])
    op.create_index("ix_proposed_move_answer_id", "proposed_move", ["answer_id"])
    op.execute("UPDATE run SET found_answers = answers")
    op.execute("UPDATE edit SET version = id")
    op.execute("UPDATE survey SET edit_version = coalesce((SELECT max(id) FROM edit WHERE survey_id = survey.id), 0)")
    op.execute("UPDATE survey SET takes_findings = (1 = 0) WHERE id IN (SELECT survey_id FROM edit)")
    op.execute(
        "INSERT INTO idea_change (edit_id, answer_id, starts, ends, source_id, target_id, new_strength, taught) "
        "SELECT edit_id, answer_id, starts, ends, edit.theme_id, edit.target_id, 1.0, (1 = 0) "
        "FROM edit_idea JOIN edit ON edit.id = edit_idea.edit_id WHERE edit.action IN ('move', 'split')"
    )
    op.drop_index("ix_edit_idea_answer_id", table_name="edit_idea")
    op.drop_table("edit_idea")


def _span_columns() -> list[sa.Column[int]]:
    return [
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("target_id", sa.Integer(), nullable=True),
    ]


def _span_keys(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f(f"fk_{table}_answer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    """Gives up what was added; moves and splits keep their ideas."""
    op.create_table(
        "edit_idea",
        sa.Column("edit_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_edit_idea_answer_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["edit_id"], ["edit.id"], name=op.f("fk_edit_idea_edit_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("edit_id", "answer_id", "starts", name=op.f("pk_edit_idea")),
    )
    op.create_index("ix_edit_idea_answer_id", "edit_idea", ["answer_id"])
    op.execute(
        "INSERT INTO edit_idea (edit_id, answer_id, starts, ends) SELECT DISTINCT edit_id, answer_id, starts, ends "
        "FROM idea_change JOIN edit ON edit.id = edit_id WHERE action IN ('move', 'split') AND NOT taught"
    )
    op.execute("DELETE FROM edit WHERE action IN ('describe', 'confirm', 'dismiss', 'order', 'found', 'accept')")
    op.drop_table("proposed_move")
    op.drop_table("proposal")
    op.drop_table("idea_change")
    for table, column in (
        ("edit", "details"),
        ("edit", "version"),
        ("run", "reading"),
        ("run", "lessons"),
        ("run", "found_answers"),
        ("run", "finds"),
        ("theme", "position"),
        ("survey", "edit_version"),
        ("survey", "takes_findings"),
    ):
        op.drop_column(table, column)
