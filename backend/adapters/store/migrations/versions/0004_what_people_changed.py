"""Which rows somebody changed, beside whose data they read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("audit", sa.Column("changed", kind, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("audit", "changed")
