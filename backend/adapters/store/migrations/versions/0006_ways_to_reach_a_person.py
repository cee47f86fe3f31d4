"""More ways to reach a worker, quiet hours, contacts as a step's target, tests of one's own phone, replies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WORKER = (("email", ""), ("line_user", ""), ("quiet_since", ""), ("quiet_until", ""), ("zone", "Asia/Tokyo"))


def _organisation() -> sa.Column[int]:
    return sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), index=True, nullable=False)


def upgrade() -> None:
    with op.batch_alter_table("worker") as table:
        for name, default in WORKER:
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default=default))
        table.create_index(op.f("ix_worker_line_user"), ["line_user"])
    with op.batch_alter_table("contact") as table:
        table.add_column(sa.Column("may_know", sa.String(), nullable=False, server_default="concern"))
    with op.batch_alter_table("policy_step") as table:
        table.add_column(sa.Column("contact_kinds", DOCUMENT, nullable=False, server_default="[]"))
    with op.batch_alter_table("notification") as table:
        table.alter_column("alert_id", existing_type=sa.Integer(), nullable=True)
    _make_tables()


def _make_tables() -> None:
    op.create_table(
        "worker_browser",
        sa.Column("id", sa.Integer(), primary_key=True),
        _organisation(),
        sa.Column("worker_id", sa.Integer(), sa.ForeignKey("worker.id"), index=True, nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False, unique=True),
        sa.Column("p256dh", sa.String(), nullable=False),
        sa.Column("auth", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "line_code",
        sa.Column("worker_id", sa.Integer(), sa.ForeignKey("worker.id"), primary_key=True),
        _organisation(),
        sa.Column("code_hash", sa.String(), nullable=False, unique=True),
        sa.Column("expires_real_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "inbound_reply",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), index=True, nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("sender_end", sa.String(), nullable=False),
        sa.Column("real_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.UniqueConstraint("provider", "ref"),
    )


def downgrade() -> None:
    for name in ("inbound_reply", "line_code", "worker_browser"):
        op.drop_table(name)
    op.execute("DELETE FROM notification WHERE alert_id IS NULL")
    with op.batch_alter_table("notification") as table:
        table.alter_column("alert_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("policy_step") as table:
        table.drop_column("contact_kinds")
    with op.batch_alter_table("contact") as table:
        table.drop_column("may_know")
    with op.batch_alter_table("worker") as table:
        table.drop_index(op.f("ix_worker_line_user"))
        for name, _default in WORKER:
            table.drop_column(name)
