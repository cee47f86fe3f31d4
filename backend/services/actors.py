"""Who does something to an alert, and by which way."""

from typing import Literal

from msgspec import Struct

from backend.adapters.store.schema import Worker

Via = Literal["web", "link", "voice", "sms", "line", "push", "email", "api", "incident"]


class Actor(Struct, frozen=True):
    """`who` stands in the alert's events and in the audit: "worker:3", "partner:2", "gateway:1", "resident", "system".

    `partner_id` is of somebody who has no login and answers by key.
    """

    who: str
    worker_id: int | None = None
    role: str = ""
    via: str = "system"
    partner_id: int | None = None


SYSTEM = Actor("system")
RESIDENT = Actor("resident", via="voice")


def acting(worker: Worker, via: Via) -> Actor:
    """Return `worker` acting through `via`."""
    return Actor(f"worker:{worker.id}", worker.id, worker.role, via)
