"""What each position of the dial costs a unit, and who turned it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "unit_dial",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("gateway_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_dial_unit_id")),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name=op.f("fk_unit_dial_gateway_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_unit_dial_organisation_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_dial")),
    )
    op.create_index(op.f("ix_unit_dial_organisation_id"), "unit_dial", ["organisation_id"])
    op.create_table(
        "dial_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.Double(), nullable=False),
        sa.Column("after", sa.Double(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_dial_turn_unit_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_dial_turn_worker_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_dial_turn_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dial_turn")),
    )
    for column in ("unit_id", "organisation_id"):
        op.create_index(op.f(f"ix_dial_turn_{column}"), "dial_turn", [column])


def downgrade() -> None:
    op.drop_table("dial_turn")
    op.drop_table("unit_dial")
