"""quarantine as a working tool, requests to the loads, and the fingerprints of sources

Revision: 0010, after: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BY, WHY = sa.String(80), sa.String(400)


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.add_column("quarantine", sa.Column("received_at", instant))
    for name, kind in (("discarded_by", BY), ("discarded_reason", WHY)):
        op.add_column("quarantine", sa.Column(name, kind, nullable=False, server_default=""))
    op.create_table(
        "source_request",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("plant", sa.String(16), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("field", sa.String(64), nullable=False),
        sa.Column("asked_by", BY, nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("done_at", instant),
        sa.Column("is_done_well", sa.Boolean(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
    )
    op.create_index("ix_source_request_open", "source_request", ["plant", "done_at"])
    op.create_table(
        "source_column",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("plant", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("is_original", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", instant, nullable=False),
        sa.Column("gone_at", instant),
        sa.Column("was", sa.String(40), nullable=False),
        sa.Column("changed_at", instant),
    )


def downgrade() -> None:
    op.drop_table("source_column")
    op.drop_index("ix_source_request_open", table_name="source_request")
    op.drop_table("source_request")
    for name in ("discarded_reason", "discarded_by", "received_at"):
        op.drop_column("quarantine", name)
