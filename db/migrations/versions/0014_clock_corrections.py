"""corrections of the stations' clocks, and what an estimate of one rests on

Revision: 0014, after: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.execute("DELETE FROM station_clock")  # estimated anew within the hour
    with op.batch_alter_table("station_clock") as table:
        table.add_column(sa.Column("record_count", sa.Integer(), nullable=False))
        table.add_column(sa.Column("newest_at", instant, nullable=False))
    op.create_table(
        "clock_correction",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("station", sa.String(32), primary_key=True),
        sa.Column("from_at", instant, primary_key=True),
        sa.Column("plant", sa.String(16), nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.Column("bound_ms", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", instant, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("clock_correction")
    for name in ("newest_at", "record_count"):
        op.drop_column("station_clock", name)
