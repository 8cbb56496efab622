"""who worked each shift, and with it a factor of what units went through

Revision: 0007, after: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ANEW = "UPDATE factor_state SET version = version + 1, marks = '{}'"
"""Every unit's case is made again, with its crew, by the slot that follows the facts."""


def upgrade() -> None:
    op.add_column(
        "shiftinstance", sa.Column("crew", sa.String(16), nullable=False, server_default="")
    )
    op.execute(ANEW)


def downgrade() -> None:
    op.drop_column("shiftinstance", "crew")
