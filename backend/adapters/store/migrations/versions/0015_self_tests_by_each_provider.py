"""A self-test sends by each provider and says all that is wrong; how often it calls is the organisation's to say."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("organisation", sa.Column("self_test_calls", sa.String(), nullable=False, server_default="weekly"))
    for name in ("sends", "also"):
        op.add_column("self_test", sa.Column(name, DOCUMENT, nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in ("sends", "also"):
        op.drop_column("self_test", name)
    op.drop_column("organisation", "self_test_calls")
