"""re-used serials: which use of a serial a unit is, and the plants' rules of it

Revision: 0016, after: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "serial_use",
        sa.Column("plant", sa.String(16), primary_key=True),
        sa.Column("serial", sa.String(64), primary_key=True),
        sa.Column("use", sa.Integer(), primary_key=True),
        sa.Column("begins_at", instant, nullable=True),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("last_at", instant, nullable=False),
        sa.Column("ended_by", sa.String(12), nullable=False),
        sa.Column("doubt", sa.String(12), nullable=False),
        sa.Column("doubt_at", instant, nullable=True),
    )
    with op.batch_alter_table("plant") as table:
        table.add_column(
            sa.Column("serials_reused_after_days", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("plant_version") as table:
        table.add_column(sa.Column("serial_rules", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("plant_version", "serial_rules")
    op.drop_column("plant", "serials_reused_after_days")
    op.drop_table("serial_use")
