"""resources, ramps, claims, week rule, shipments, saved scenarios

Revision: 0008, after: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _key(name: str, kind: object) -> sa.Column:
    return sa.Column(name, kind, primary_key=True)


def _given(name: str, kind: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    for table, column in (
        ("plant", sa.Column("week_rule", sa.String(8), nullable=False, server_default="iso")),
        ("plant", sa.Column("week_start", sa.Integer(), nullable=False, server_default="0")),
        (
            "operation",
            sa.Column("is_shipment", sa.Boolean(), nullable=False, server_default=sa.false()),
        ),
    ):
        op.add_column(table, column)
    op.create_table(
        "capacity_resource",
        _key("plant", sa.String(16)),
        _key("code", sa.String(32)),
        _given("name", sa.String(60)),
        _given("kind", sa.String(16)),
        _given("unit", sa.String(12)),
        _given("is_clock_bound", sa.Boolean()),
        sa.Column("availability_ratio", sa.Float()),
        _given("amounts", sa.String()),
        _given("uses", sa.String()),
        _given("position", sa.Integer()),
    )
    op.create_table(
        "capacity_ramp",
        _key("plant", sa.String(16)),
        _key("product", sa.String(32)),
        _given("generation", sa.String(40)),
        _given("from_on", sa.Date()),
        _given("good_counts", sa.String()),
        _given("working_hours", sa.String()),
    )
    op.create_table(
        "capacity_claim",
        _key("plant", sa.String(16)),
        _key("subject", sa.String(80)),
        _key("said_on", sa.Date()),
        _key("source", sa.String(80)),
        _given("value", sa.Float()),
        _given("unit", sa.String(20)),
        _given("is_company", sa.Boolean()),
    )
    op.create_table(
        "saved_scenario",
        sa.Column("id", sa.Integer(), primary_key=True),
        _given("plant", sa.String(16)),
        _given("name", sa.String(80)),
        _given("text", sa.String(2000)),
        _given("saved_by", sa.String(80)),
        _given("saved_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("plant", "name"),
    )


def downgrade() -> None:
    for table in ("saved_scenario", "capacity_claim", "capacity_ramp", "capacity_resource"):
        op.drop_table(table)
    op.drop_column("operation", "is_shipment")
    op.drop_column("plant", "week_start")
    op.drop_column("plant", "week_rule")
