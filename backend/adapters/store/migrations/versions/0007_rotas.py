"""Rotas in place of the flag "on duty": whoever had it is on call at all times, all of them together, as before."""

import uuid
from datetime import time, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SchemaItem

from backend.adapters.store.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def _table(name: str, *columns: SchemaItem) -> None:
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("id", sa.Integer(), nullable=False), *columns, _to("organisation", name), key)
    op.create_index(op.f(f"ix_{name}_organisation_id"), name, ["organisation_id"])


def _to(table: str, of: str, column: str = "", *, nullable: bool = False) -> sa.Column[Any]:
    column = column or f"{table}_id"
    key = sa.ForeignKey(f"{table}.id", name=op.f(f"fk_{of}_{column}"))
    return sa.Column(column, sa.Integer(), key, nullable=nullable)


def _made(of: str) -> list[sa.Column[Any]]:
    return [sa.Column("made_at", INSTANT, nullable=False), _to("worker", of, "made_by_id", nullable=True)]


def _withdrawn(of: str) -> list[sa.Column[Any]]:
    return [sa.Column("withdrawn_at", INSTANT, nullable=True), _to("worker", of, "withdrawn_by_id", nullable=True)]


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    _table(
        "partner", _text("name"), _text("phone"), _text("language"), sa.Column("active", sa.Boolean(), nullable=False)
    )
    _table("rota", _text("name"), _text("zone"), sa.Column("created_at", INSTANT, nullable=False))
    _rules()
    # In words, since on SQLite a foreign key that is added apart would mean copying a table that others refer to.
    op.execute("ALTER TABLE building ADD COLUMN rota_id INTEGER CONSTRAINT fk_building_rota_id REFERENCES rota (id)")
    op.execute(
        "ALTER TABLE alert ADD COLUMN claimed_by_partner_id INTEGER "
        "CONSTRAINT fk_alert_claimed_by_partner_id REFERENCES partner (id)"
    )
    _keep_everybody_on_duty()
    op.drop_column("worker", "on_duty")


def _rules() -> None:
    _table(
        "rota_layer",
        _to("rota", "rota_layer"),
        _text("ref"),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("name"),
        _text("zone"),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("handover", sa.Time(), nullable=False),
        sa.Column("turns", DOCUMENT, nullable=False),
        sa.Column("hours", DOCUMENT, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        *_made("rota_layer"),
    )
    op.create_index(op.f("ix_rota_layer_rota_id"), "rota_layer", ["rota_id"])
    _table(
        "rota_override",
        _to("rota", "rota_override"),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("people", DOCUMENT, nullable=False),
        sa.Column("instead_of", sa.String(), nullable=True),
        sa.Column("swap", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        *_made("rota_override"),
        *_withdrawn("rota_override"),
    )
    op.create_index(op.f("ix_rota_override_rota_id"), "rota_override", ["rota_id"])
    _table(
        "worker_leave",
        _to("worker", "worker_leave"),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        *_made("worker_leave"),
        *_withdrawn("worker_leave"),
    )
    op.create_index(op.f("ix_worker_leave_worker_id"), "worker_leave", ["worker_id"])
    _table(
        "calendar_feed",
        _text("token_hash"),
        _to("rota", "calendar_feed", nullable=True),
        _to("worker", "calendar_feed", nullable=True),
        *_made("calendar_feed"),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )


# --- the data ----------------------------------------------------------------------------------------------------

ORGANISATION = sa.table("organisation", sa.column("id"), sa.column("created_at", UtcDateTime()))
WORKER = sa.table("worker", sa.column("id"), sa.column("organisation_id"), sa.column("on_duty", sa.Boolean()))
BUILDING = sa.table("building", sa.column("organisation_id"), sa.column("rota_id"))
STEP = sa.table("policy_step", sa.column("organisation_id"), sa.column("target"))
ROTA = sa.table(
    "rota",
    sa.column("id"),
    sa.column("organisation_id"),
    sa.column("name"),
    sa.column("zone"),
    sa.column("created_at", UtcDateTime()),
)
LAYER = sa.table(
    "rota_layer",
    *(sa.column(name) for name in ("organisation_id", "rota_id", "ref", "position", "name", "zone", "days")),
    sa.column("start", sa.Date()),
    sa.column("handover", sa.Time()),
    sa.column("turns", DOCUMENT),
    sa.column("hours", DOCUMENT),
    sa.column("since", UtcDateTime()),
    sa.column("made_at", UtcDateTime()),
)


def _keep_everybody_on_duty() -> None:
    connection = op.get_bind()
    for organisation_id, created_at in connection.execute(sa.select(ORGANISATION)).all():
        of_workers = sa.select(WORKER.c.id).where(WORKER.c.organisation_id == organisation_id, WORKER.c.on_duty)
        on_duty = list(connection.scalars(of_workers.order_by(WORKER.c.id)))
        wanted = STEP.c.organisation_id == organisation_id, STEP.c.target == "on_duty"
        if not on_duty and connection.scalar(sa.select(sa.func.count()).select_from(STEP).where(*wanted)) == 0:
            continue
        made = {"organisation_id": organisation_id, "zone": "Asia/Tokyo", "created_at": created_at}
        (rota_id,) = connection.execute(ROTA.insert().values(**made, name="当番").returning(ROTA.c.id)).one()
        if on_duty:
            connection.execute(LAYER.insert().values(**_always(organisation_id, rota_id, on_duty, created_at)))
        connection.execute(
            BUILDING.update().where(BUILDING.c.organisation_id == organisation_id).values(rota_id=rota_id)
        )
        connection.execute(STEP.update().where(*wanted).values(target="rota"))


def _always(organisation_id: int, rota_id: int, workers: list[int], since: Any) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "rota_id": rota_id,
        "ref": uuid.uuid4().hex,
        "position": 0,
        "name": "常時",
        "zone": "Asia/Tokyo",
        "days": 7,
        "start": since.date() - timedelta(days=2),  # before `since` in every zone
        "handover": time(9),
        "turns": [[f"worker:{worker_id}" for worker_id in workers]],
        "hours": [],
        "since": since,
        "made_at": since,
    }


def downgrade() -> None:
    op.add_column("worker", sa.Column("on_duty", sa.Boolean(), nullable=False, server_default=sa.false()))
    _flag_who_is_in_a_turn()
    op.execute("UPDATE policy_step SET target = 'on_duty' WHERE target = 'rota'")
    for table, column in (("alert", "claimed_by_partner_id"), ("building", "rota_id")):
        with op.batch_alter_table(table) as changed:  # whose foreign key goes with it
            changed.drop_column(column)
    for name in ("calendar_feed", "worker_leave", "rota_override", "rota_layer", "rota", "partner"):
        op.drop_table(name)


def _flag_who_is_in_a_turn() -> None:
    connection = op.get_bind()
    running = sa.select(LAYER.c.turns).where(sa.column("until").is_(None))
    names = {name for turns in connection.scalars(running) for turn in turns for name in turn}
    ids = [int(name.removeprefix("worker:")) for name in names if name.startswith("worker:")]
    connection.execute(WORKER.update().where(WORKER.c.id.in_(ids)).values(on_duty=True))
