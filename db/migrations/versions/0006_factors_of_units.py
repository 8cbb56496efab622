"""what units carried at their first verdict, ready to be counted

Revision: 0006, after: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACTS = ("test_run", "unit_step", "genealogy_link", "lot")


def _keys(*columns: tuple[str, object]) -> list[sa.Column]:
    kinds = [(n, sa.String(k) if isinstance(k, int) else k) for n, k in columns]
    return [sa.Column(name, kind, primary_key=True, autoincrement=False) for name, kind in kinds]


def _given(*columns: tuple[str, object]) -> list[sa.Column]:
    kinds = [(n, sa.String(k) if isinstance(k, int) else k) for n, k in columns]
    return [sa.Column(name, kind, nullable=False) for name, kind in kinds]


def upgrade() -> None:
    number, instant = sa.Integer(), sa.DateTime(timezone=True)
    op.create_table(
        "factor_value",
        *_keys(("plant", 16), ("id", number)),
        *_given(("factor", 24), ("value", 160)),
        sa.UniqueConstraint("plant", "factor", "value"),
    )
    op.create_table(
        "unit_case",
        *_keys(("plant", 16), ("serial", 64), ("operation", 32)),
        *_given(
            ("first_verdict_at", instant), ("business_on", sa.Date()), ("product", 32),
            ("line", 32), ("station", 32), ("shift", 8), ("is_failed", number),
            ("sample", number), ("held", sa.String()),
        ),
    )  # fmt: skip
    op.create_index("ix_unit_case_when", "unit_case", ["plant", "operation", "first_verdict_at"])
    op.create_index(
        "ix_unit_case_sample", "unit_case", ["plant", "operation", "sample", "first_verdict_at"]
    )
    op.create_table(
        "factor_count",
        *_keys(
            ("plant", 16), ("operation", 32), ("business_on", sa.Date()), ("line", 32),
            ("product", 32), ("value_id", number),
        ),
        *_given(("units", number), ("fails", number)),
    )  # fmt: skip
    op.create_table(
        "factor_state",
        *_keys(("plant", 16)),
        *_given(("version", number), ("marks", sa.String()), ("kept_at", instant)),
    )
    for table in FACTS:
        op.create_index(
            f"ix_{table}_load", table, ["load_id"],
            postgresql_using="brin", sqlite_where=sa.text("load_id < 0"),
        )  # fmt: skip


def downgrade() -> None:
    for table in FACTS:
        op.drop_index(f"ix_{table}_load", table_name=table)
    for table in ("factor_state", "factor_count", "unit_case", "factor_value"):
        op.drop_table(table)
