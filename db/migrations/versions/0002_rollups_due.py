"""rollups due

Revision: 0002, after: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plant_version", sa.Column("rollups_due_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("plant_version", "rollups_due_at")
