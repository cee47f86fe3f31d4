"""What is kept: tables, sessions, migrations."""

from backend.adapters.store.session import Store, StoreSession, at_end, attempt
from backend.adapters.store.writing import TROUBLE, count_up, insert_once, insert_or_change, lock

__all__ = [
    "TROUBLE",
    "Store",
    "StoreSession",
    "at_end",
    "attempt",
    "count_up",
    "insert_once",
    "insert_or_change",
    "lock",
]
