"""Self-tests, probes of providers, the outside ping and the operator's messages."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("self_test_at", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("self_test_phone", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("self_test_set_at", INSTANT, nullable=True))
    with op.batch_alter_table("gateway") as table:
        table.add_column(sa.Column("is_self_test", sa.Boolean(), nullable=False, server_default=sa.false()))
    _create_self_test()
    _create_of_the_installation()


def _create_self_test() -> None:
    op.create_table(
        "self_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("lease_until_real_at", INSTANT, nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_self_test_alert_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_self_test_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_test")),
        sa.UniqueConstraint("organisation_id", "day", name=op.f("uq_self_test_organisation_id_day")),
    )
    op.create_index(op.f("ix_self_test_alert_id"), "self_test", ["alert_id"])
    op.create_index(op.f("ix_self_test_organisation_id"), "self_test", ["organisation_id"])


def _create_of_the_installation() -> None:
    op.create_table(
        "provider_probe",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("next_real_at", INSTANT, nullable=False),
        sa.Column("asked_real_at", INSTANT, nullable=True),
        sa.Column("ok_real_at", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_probe")),
    )
    op.create_table(
        "dead_man_ping",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ok", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("ok_real_at", INSTANT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_dead_man_ping")),
    )
    op.create_table(
        "operator_notice",
        sa.Column("since_real_at", INSTANT, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("lease_until_real_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_real_at", INSTANT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("since_real_at", "what", "way", name=op.f("pk_operator_notice")),
    )


def downgrade() -> None:
    for table in ("operator_notice", "dead_man_ping", "provider_probe", "self_test"):
        op.drop_table(table)
    op.execute("UPDATE gateway SET revoked_at = created_at WHERE is_self_test AND revoked_at IS NULL")
    with op.batch_alter_table("gateway") as gateway:
        gateway.drop_column("is_self_test")
    with op.batch_alter_table("organisation") as organisation:
        for column in ("self_test_set_at", "self_test_phone", "self_test_at"):
            organisation.drop_column(column)
