"""Gateways that ask to be taken in, and the sealed backups of what gateways have learned."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("expires_real_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_real_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gateway_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name=op.f("fk_enrolment_gateway_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("digest", name=op.f("uq_enrolment_digest")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_enrolment_code_hash")),
    )
    op.create_index(op.f("ix_enrolment_expires_real_at"), "enrolment", ["expires_real_at"])
    _replace_backups(_several_of_a_unit())


def downgrade() -> None:
    op.drop_table("enrolment")
    _replace_backups([sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_rhythm_backup"))])


def _replace_backups(further: list[sa.schema.SchemaItem]) -> None:
    """No gateway has sent one before this version, which is the first that can seal it: there is nothing to keep."""
    op.drop_table("rhythm_backup")
    op.create_table(
        "rhythm_backup",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_rhythm_backup_unit_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_rhythm_backup_organisation_id")
        ),
        *further,
    )
    op.create_index(op.f("ix_rhythm_backup_organisation_id"), "rhythm_backup", ["organisation_id"])
    if len(further) > 1:
        op.create_index(op.f("ix_rhythm_backup_unit_id"), "rhythm_backup", ["unit_id"])


def _several_of_a_unit() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gateway_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name=op.f("fk_rhythm_backup_gateway_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rhythm_backup")),
    ]
