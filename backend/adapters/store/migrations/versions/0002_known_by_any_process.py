"""What any process needs to ask about a send of another, and old reports in one row instead of thousands."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notification") as table:
        table.add_column(sa.Column("handed_over_real_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("fingerprint", sa.String(), nullable=False, server_default=""))
        table.create_index(op.f("ix_notification_fingerprint"), ["fingerprint"])
    with op.batch_alter_table("gateway_report") as table:
        table.add_column(sa.Column("through", sa.BigInteger(), nullable=True))
    op.execute("UPDATE gateway_report SET through = seq")
    with op.batch_alter_table("gateway_report") as table:
        table.alter_column("through", existing_type=sa.BigInteger(), nullable=False)
        table.create_index("ix_gateway_report_received_at", ["received_at"])


def downgrade() -> None:
    with op.batch_alter_table("notification") as table:
        table.drop_index(op.f("ix_notification_fingerprint"))
        table.drop_column("fingerprint")
        table.drop_column("handed_over_real_at")
    with op.batch_alter_table("gateway_report") as table:
        table.drop_index("ix_gateway_report_received_at")
        table.drop_column("through")
