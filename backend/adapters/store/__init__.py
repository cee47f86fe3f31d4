"""What is kept: tables, sessions, migrations."""

from backend.adapters.store.session import Store, StoreSession, count_up, insert_once, insert_or_change, lock, touch

__all__ = ["Store", "StoreSession", "count_up", "insert_once", "insert_or_change", "lock", "touch"]
