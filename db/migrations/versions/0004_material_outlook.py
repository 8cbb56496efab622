"""material outlook

Revision: 0004, after: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED = {
    "part": (("safety_qty", sa.BigInteger()),),
    "bom_line": (("serial_from", sa.Integer()), ("serial_to", sa.Integer())),
    "receipt": (
        ("first_promised_on", sa.Date()),
        ("promise_count", sa.Integer()),
        ("received_on", sa.Date()),
    ),
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind))
    op.add_column(
        "plant", sa.Column("transport_days", sa.String(), nullable=False, server_default="{}")
    )
    op.create_index(
        "ix_genealogy_removed",
        "genealogy_link",
        ["plant", "removed_at"],
        sqlite_where=sa.text("removed_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    )
    op.create_table(
        "unit_conversion",
        sa.Column("plant", sa.String(16), primary_key=True),
        sa.Column("part", sa.String(64), primary_key=True),
        sa.Column("from_unit", sa.String(8), primary_key=True),
        sa.Column("to_unit", sa.String(8), primary_key=True),
        sa.Column("factor", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "material_outlook",
        sa.Column("plant", sa.String(16), primary_key=True),
        sa.Column("as_of_at", sa.DateTime(timezone=True)),
        sa.Column("computed_at", sa.DateTime(timezone=True)),
        sa.Column("load_id", sa.Integer()),
        sa.Column("formula_version", sa.String(16), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("error_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("material_outlook")
    op.drop_table("unit_conversion")
    op.drop_index("ix_genealogy_removed", table_name="genealogy_link")
    op.drop_column("plant", "transport_days")
    for table, columns in ADDED.items():
        for name, _ in columns:
            op.drop_column(table, name)
