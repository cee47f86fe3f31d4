"""A photo of a resident, with the day on which they agreed to it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resident_photo",
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_resident_photo_resident_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_resident_photo_organisation_id")
        ),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_resident_photo")),
    )
    op.create_index(op.f("ix_resident_photo_organisation_id"), "resident_photo", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("resident_photo")
