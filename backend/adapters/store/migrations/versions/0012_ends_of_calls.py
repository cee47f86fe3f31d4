"""Calls whose end is not known are looked for all the time, among everything that was ever sent."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_notification_ends", "notification", ["channel", "state", "handed_over_real_at"])


def downgrade() -> None:
    op.drop_index("ix_notification_ends", table_name="notification")
