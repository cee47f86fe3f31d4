"""What is kept: tables, sessions, migrations."""

from backend.adapters.store.session import Store, StoreSession, insert_once, lock, touch, write_down

__all__ = ["Store", "StoreSession", "insert_once", "lock", "touch", "write_down"]
