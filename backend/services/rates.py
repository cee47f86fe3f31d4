"""Each provider's rate, kept for the whole installation: one row, held while a worker process takes what to send."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from backend.adapters.store import StoreSession, insert_once
from backend.adapters.store.schema import ProviderRate
from backend.core.rates import Tokens, most, refilled
from backend.ports import Channel

LAST_PROVIDER = 1_000_000
FREE = {"skip_locked": True}


class Share(Struct, frozen=True):
    """One provider's part of a queue: the rows with these attempts, counted as in Notification.attempt."""

    provider: str
    rate_per_s: float
    attempts: range


def shares(kind: str, providers: Sequence[Channel]) -> list[Share]:
    """Return one for each provider of a kind.

    The last one's has the rows of providers that are no longer configured too, which fail before they are sent.
    """
    if not providers:
        return [Share(f"no-{kind}", 1.0, range(LAST_PROVIDER))]
    ends = [*range(1, len(providers)), LAST_PROVIDER]
    return [Share(one.name, one.rate_per_s, range(n, ends[n])) for n, one in enumerate(providers)]


class Allowance:
    """What a provider takes now, held until the transaction ends: no other process counts the same."""

    @classmethod
    def of(cls, session: StoreSession, share: Share, real_now: datetime) -> "Allowance | None":
        """Return the provider's; None while another process holds it."""
        row = session.get(ProviderRate, share.provider, with_for_update=FREE)
        if row is None:
            begun = {"provider": share.provider, "remaining": most(share.rate_per_s), "real_at": real_now}
            if not insert_once(session, ProviderRate, **begun):
                return None
            row = session.get_one(ProviderRate, share.provider)
        return cls(row, share, real_now)

    def __init__(self, row: ProviderRate, share: Share, real_now: datetime) -> None:
        self._row = row
        self._tokens = refilled(Tokens(row.remaining, row.real_at), share.rate_per_s, real_now)
        if self._tokens.at < row.real_at:
            self._row.real_at = self._tokens.at  # the clock was set back: what comes in counts from here

    @property
    def left(self) -> int:
        return int(self._tokens.left)

    def spend(self, count: int) -> None:
        """Note that `count` were taken. They stay spent although a process may die before it hands them over."""
        if count:
            self._row.remaining, self._row.real_at = self._tokens.left - count, self._tokens.at
