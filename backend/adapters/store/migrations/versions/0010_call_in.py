"""Calls and texts from outside, the number they are made to, and the daily call."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("service_number", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("resident") as table:
        table.add_column(sa.Column("daily_call_at", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("daily_call_from", sa.Date(), nullable=True))
    with op.batch_alter_table("alert") as table:
        table.add_column(sa.Column("resident_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_alert_resident_id"), "resident", ["resident_id"], ["id"])
    _create_call_in()


def _create_call_in() -> None:
    op.create_table(
        "call_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("people", DOCUMENT, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_call_in_alert_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_call_in_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_in")),
        sa.UniqueConstraint("provider", "ref", name=op.f("uq_call_in_provider_ref")),
    )
    op.create_index(op.f("ix_call_in_alert_id"), "call_in", ["alert_id"])
    op.create_index(op.f("ix_call_in_organisation_id"), "call_in", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("call_in")
    with op.batch_alter_table("alert") as table:
        table.drop_constraint(op.f("fk_alert_resident_id"), type_="foreignkey")
        table.drop_column("resident_id")
    with op.batch_alter_table("resident") as table:
        table.drop_column("daily_call_from")
        table.drop_column("daily_call_at")
    with op.batch_alter_table("organisation") as table:
        table.drop_column("service_number")
