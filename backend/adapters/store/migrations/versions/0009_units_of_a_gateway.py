"""Find a gateway's units without going through all: the worker asks every second whether somebody lives in one."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_unit_gateway_id"), "unit", ["gateway_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_unit_gateway_id"), table_name="unit")
