"""When a worker's LINE account was linked, by LINE's clock: an older blocking that comes late does not end the link."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("worker", sa.Column("line_linked_real_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("worker", "line_linked_real_at")
