"""Storms, what holds pages back, calls that wait for a call, and one rate for each provider."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_rate",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("remaining", sa.Double(), nullable=False),
        sa.Column("real_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_rate")),
    )
    with op.batch_alter_table("alert") as table:
        table.add_column(sa.Column("called_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("held_why", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("comes_and_goes", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("incident_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("claimed_with_incident", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_foreign_key(op.f("fk_alert_incident_id"), "alert", ["incident_id"], ["id"])
        table.create_index(op.f("ix_alert_incident_id"), ["incident_id"])
    op.execute("UPDATE alert SET called_at = opened_at")
    with op.batch_alter_table("notification") as table:
        table.add_column(sa.Column("said_in_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_notification_said_in_id"), "notification", ["said_in_id"], ["id"])
        table.create_index("ix_notification_phone", ["organisation_id", "person", "state"])
    _create_snooze()
    _create_maintenance()


def _create_snooze() -> None:
    op.create_table(
        "snooze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_snooze_alert_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_snooze_organisation_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_snooze_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
    )
    op.create_index(op.f("ix_snooze_alert_id"), "snooze", ["alert_id"])
    op.create_index(op.f("ix_snooze_organisation_id"), "snooze", ["organisation_id"])


def _create_maintenance() -> None:
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["building_id"], ["building.id"], name=op.f("fk_maintenance_building_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["worker.id"], name=op.f("fk_maintenance_ended_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_maintenance_organisation_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_maintenance_unit_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_maintenance_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
    )
    for column in ("building_id", "organisation_id", "unit_id"):
        op.create_index(op.f(f"ix_maintenance_{column}"), "maintenance", [column])


def downgrade() -> None:
    op.drop_table("maintenance")
    op.drop_table("snooze")
    with op.batch_alter_table("notification") as table:
        table.drop_index("ix_notification_phone")
        table.drop_constraint(op.f("fk_notification_said_in_id"), type_="foreignkey")
        table.drop_column("said_in_id")
    added = ("claimed_with_incident", "incident_id", "comes_and_goes", "held_until", "held_why", "called_at")
    with op.batch_alter_table("alert") as table:
        table.drop_index(op.f("ix_alert_incident_id"))
        table.drop_constraint(op.f("fk_alert_incident_id"), type_="foreignkey")
        for column in added:
            table.drop_column(column)
    op.drop_table("provider_rate")
