"""What is kept: tables, sessions, migrations."""

from backend.adapters.store.session import Store, StoreSession, insert_once, lock, touch

__all__ = ["Store", "StoreSession", "insert_once", "lock", "touch"]
