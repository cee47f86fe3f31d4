"""Messages through LINE: `LineChannel` sends, `create_callbacks` hears what people write and touch."""

from backend.channels.line.callbacks import create_callbacks
from backend.channels.line.client import LineApi, LineChannel

__all__ = ["LineApi", "LineChannel", "create_callbacks"]
