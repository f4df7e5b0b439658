"""examples made before there was a mark for them

A demo is known by its address, who asks, and the file of its answers. One that people have answered is none any more.

Revision ID: 0030
Revises: 0028
Create Date: 2026-11-29 05:40:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None

MARK = """
UPDATE survey SET is_example = :yes
WHERE slug = 'demo' AND asker = 'Ruth Adeyemi'
AND EXISTS (SELECT 1 FROM answer_import WHERE survey_id = survey.id AND name = 'demo_answers.csv')
AND NOT EXISTS (
    SELECT 1 FROM answer WHERE survey_id = survey.id AND import_id IS NULL AND (source IS NULL OR source <> 'import')
)
"""


def upgrade() -> None:
    op.get_bind().execute(sa.text(MARK).bindparams(sa.bindparam("yes", True, sa.Boolean())))


def downgrade() -> None:
    """What is marked stays marked: the column is that of 0024."""
