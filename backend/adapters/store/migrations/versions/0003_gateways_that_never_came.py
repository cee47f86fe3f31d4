"""When a gateway was made, so that one that never comes is noticed; and which gateway said how a unit is."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The first that is known of it. Of one that was never heard nothing is: its silence counts from this migration.
FIRST_KNOWN = """
    UPDATE gateway SET {column} = coalesce(
        (SELECT min(received_at) FROM gateway_report WHERE gateway_report.gateway_id = gateway.id), last_seen_at, :now
    )
"""


def upgrade() -> None:
    # With a default, since SQLite could only make it mandatory later by dropping a table that others point at.
    for column in ("created_at", "created_real_at"):
        when = sa.Column(column, sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01 00:00:00+00:00")
        op.add_column("gateway", when)
        now = sa.bindparam("now", datetime.now(UTC), sa.DateTime(timezone=True))
        op.execute(sa.text(FIRST_KNOWN.format(column=column)).bindparams(now))

    with op.batch_alter_table("unit_live") as table:
        table.add_column(sa.Column("gateway_id", sa.Integer(), nullable=True))
    op.execute("UPDATE unit_live SET gateway_id = (SELECT gateway_id FROM unit WHERE unit.id = unit_live.unit_id)")
    op.execute("DELETE FROM unit_live WHERE gateway_id IS NULL")  # of a unit without a gateway: nobody's word
    with op.batch_alter_table("unit_live") as table:
        table.alter_column("gateway_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(op.f("fk_unit_live_gateway_id"), "gateway", ["gateway_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("unit_live") as table:
        table.drop_constraint(op.f("fk_unit_live_gateway_id"), type_="foreignkey")
        table.drop_column("gateway_id")
    op.drop_column("gateway", "created_real_at")
    op.drop_column("gateway", "created_at")
