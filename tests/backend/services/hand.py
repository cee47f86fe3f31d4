"""The steps of one send, made by hand."""

from dataclasses import dataclass

from backend.services import sending
from backend.services.sending import Lease
from tests.backend.town import LIMITS, Phones, Town


@dataclass
class Hand:
    """Sends by hand, step by step, as the worker process does in one go."""

    town: Town

    def take(self, kind: str = "sms", most: int = 1) -> list[Lease]:
        return sending.take(self.town.store, kind, most=most, real_now=self.town.real_now, limits=LIMITS)

    def prepare(self, lease: Lease) -> sending.Ready | None:
        return sending.prepare(
            self.town.store,
            lease,
            self.town.channels,
            now=self.town.now,
            real_now=self.town.real_now,
            limits=LIMITS,
            url="https://watch.example",
        )

    def record(self, lease: Lease, result: object) -> bool:
        return sending.record(
            self.town.store,
            lease,
            result,  # type: ignore[arg-type]
            now=self.town.now,
            real_now=self.town.real_now,
        )


def let_lease_end(town: Town) -> None:
    town.real.advance(seconds=LIMITS.lease_s)
    town.process.tick()


def aoki(town: Town, channel: Phones) -> int:
    return len(channel.to(town.phone("aoki")))
