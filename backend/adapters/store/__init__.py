"""What is kept: tables, sessions, migrations."""

from backend.adapters.store.session import Store, StoreSession
from backend.adapters.store.writing import count_up, insert_once, insert_or_change, lock

__all__ = ["Store", "StoreSession", "count_up", "insert_once", "insert_or_change", "lock"]
