"""when a record in quarantine would count

Records that wait already count when they came: their payload is not read again.

Revision: 0013, after: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.add_column("quarantine", sa.Column("counts_at", instant))
    op.execute("UPDATE quarantine SET counts_at = coalesce(received_at, first_seen_at)")
    with op.batch_alter_table("quarantine") as table:
        table.alter_column("counts_at", existing_type=instant, nullable=False)


def downgrade() -> None:
    op.drop_column("quarantine", "counts_at")
