"""whose a reading of a blind check is: the account that began it

Revision ID: 0034
Revises: 0033
Create Date: 2026-11-30 13:50:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

ALONE = """
UPDATE check_reader SET
  owner_id = (SELECT survey.owner_id FROM blind_check JOIN survey ON survey.id = blind_check.survey_id
    WHERE blind_check.id = check_reader.check_id),
  owner_name = COALESCE((SELECT owner.name FROM blind_check JOIN survey ON survey.id = blind_check.survey_id
    JOIN owner ON owner.id = survey.owner_id WHERE blind_check.id = check_reader.check_id), '')
WHERE name = '' AND NOT EXISTS (SELECT 1 FROM blind_check JOIN membership
  ON membership.survey_id = blind_check.survey_id WHERE blind_check.id = check_reader.check_id)
"""


def upgrade() -> None:
    """Where several work at a survey, nobody knows whose the readings are that were begun before."""
    op.add_column("check_reader", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.add_column("check_reader", sa.Column("owner_name", sa.String(length=80), nullable=False, server_default=""))
    op.execute(ALONE)


def downgrade() -> None:
    op.drop_column("check_reader", "owner_name")
    op.drop_column("check_reader", "owner_id")
