"""alarms, notes and frozen limits

Revision: 0005, after: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.String(length) if length else sa.String(), nullable=False)


def upgrade() -> None:
    op.add_column(
        "operation",
        sa.Column("first_verdict", sa.String(24), nullable=False, server_default="first_attempt"),
    )
    op.add_column(
        "genealogy_link",
        sa.Column("part_revision", sa.String(16), nullable=False, server_default=""),
    )
    op.create_index(
        "ix_unit_operation_failed",
        "unit_operation",
        ["plant", "operation", "first_verdict_at"],
        sqlite_where=sa.text("first_verdict = 'failed'"),
        postgresql_where=sa.text("first_verdict = 'failed'"),
    )
    op.create_index(
        "ix_unit_operation_not_passed",
        "unit_operation",
        ["plant", "operation", "first_verdict_at"],
        sqlite_where=sa.text("last_verdict = 'failed'"),
        postgresql_where=sa.text("last_verdict = 'failed'"),
    )
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), primary_key=True),
        _text("plant", 16),
        _text("line", 32),
        _text("operation", 32),
        _text("product", 32),
        *(
            _instant(name, nullable=False)
            for name in ("began_at", "began_from_at", "began_to_at", "detected_at", "found_at")
        ),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("fails", sa.Integer(), nullable=False),
        sa.Column("expected_fails", sa.Float(), nullable=False),
        _text("evidence"),
        _text("detector_version", 16),
        sa.Column("limit_id", sa.Integer()),
        _instant("withdrawn_at"),
        _instant("recovered_at"),
        _text("state", 12),
        _text("acknowledged_by", 80),
        _instant("acknowledged_at"),
        _text("closed_by", 80),
        _instant("closed_at"),
        _text("closed_reason", 400),
        _text("muted_by", 80),
        _instant("muted_until_at"),
    )
    op.create_index("ix_alarm_plant", "alarm", ["plant", "state", "began_at"])
    op.create_table(
        "alarm_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("alarm_id", sa.Integer(), nullable=False),
        _text("plant", 16),
        _instant("happened_at", nullable=False),
        _text("by", 80),
        _text("kind", 16),
        _text("text", 400),
    )
    op.create_index("ix_alarm_event_alarm", "alarm_event", ["alarm_id", "happened_at"])
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), primary_key=True),
        _text("plant", 16),
        _text("subject", 8),
        _text("subject_key", 140),
        _text("text", 2000),
        _text("author", 80),
        _text("owner", 80),
        sa.Column("due_on", sa.Date()),
        _instant("written_at", nullable=False),
        _instant("done_at"),
        _text("done_by", 80),
    )
    op.create_index("ix_note_subject", "note", ["plant", "subject", "subject_key"])
    op.create_table(
        "frozen_limit",
        sa.Column("id", sa.Integer(), primary_key=True),
        _text("plant", 16),
        _text("chart", 16),
        _text("operation", 32),
        _text("line", 32),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("estimator", 40),
        _instant("baseline_from_at", nullable=False),
        _instant("baseline_to_at", nullable=False),
        sa.Column("baseline_count", sa.Integer(), nullable=False),
        sa.Column("center", sa.Float(), nullable=False),
        _text("parameters"),
        _text("frozen_by", 80),
        _instant("frozen_at", nullable=False),
        _text("reason", 400),
        sa.UniqueConstraint("plant", "chart", "operation", "line", "version"),
    )


def downgrade() -> None:
    for table in ("frozen_limit", "note", "alarm_event", "alarm"):
        op.drop_table(table)
    op.drop_index("ix_unit_operation_not_passed", table_name="unit_operation")
    op.drop_index("ix_unit_operation_failed", table_name="unit_operation")
    op.drop_column("genealogy_link", "part_revision")
    op.drop_column("operation", "first_verdict")
