"""Count an organisation's news by topic, so that only those wake up whom it concerns."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _count_by("organisation_id", "topic")


def downgrade() -> None:
    _count_by("organisation_id")


def _count_by(*key: str) -> None:
    """Begin to count anew: whoever knows another figure fetches anew."""
    op.drop_table("revision")
    topic = [sa.Column("topic", sa.String(), nullable=False)] if "topic" in key else []
    op.create_table(
        "revision",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        *topic,
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_revision_organisation_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_revision")),
    )
