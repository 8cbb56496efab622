"""the gap ledger: how each business day of a source compares with what is held

Revision: 0009, after: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COUNTS = (
    "source_count", "held_count", "repaired_new_count", "repaired_changed_count",
    "repaired_deleted_count",
)  # fmt: skip


def upgrade() -> None:
    number, instant, words = sa.Integer(), sa.DateTime(timezone=True), sa.String()
    op.create_table(
        "source_day",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("business_on", sa.Date(), primary_key=True),
        sa.Column("plant", sa.String(16), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("message", words, nullable=False),
        sa.Column("checked_at", instant, nullable=False),
        sa.Column("until_at", instant, nullable=False),
        sa.Column("digests", words, nullable=False),
        *(sa.Column(name, number, nullable=False) for name in COUNTS),
        sa.Column("repaired_at", instant),
    )
    op.create_index("ix_source_day_plant", "source_day", ["plant", "source"])
    op.add_column("source", sa.Column("reconcile_days", number, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("source", "reconcile_days")
    op.drop_index("ix_source_day_plant", table_name="source_day")
    op.drop_table("source_day")
