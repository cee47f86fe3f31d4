"""What mosquitto must be told so that nothing on its way to a gateway is lost; the demo and the tests run it like this.

For a building, take `PROMISES` as they stand, and give its listener TLS and passwords.
"""

import os
import shutil
from pathlib import Path

PROMISES = """\
persistence true
# With the default settings a killed broker forgets all that it has acknowledged for half an hour; with these, what it
# acknowledged a moment ago (docs/decisions/0034-receipts.md).
autosave_interval 1
autosave_on_changes true
# By default all but a thousand messages are thrown away while a gateway is down.
max_queued_messages 0
# By default twenty, and a gateway's commit would never hold more.
max_inflight_messages 500
# By default 256 MB; no node's message comes near this.
message_size_limit 65536
"""


def find_mosquitto() -> str | None:
    """The program; Debian keeps it where ordinary users do not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def settings(port: int, home: Path, more: str = "") -> str:
    """The text of a configuration file: 127.0.0.1:`port`, sessions in `home`; what `more` sets again is as it says."""
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        f"persistence_location {home.resolve()}/",
        PROMISES.rstrip(),
        more.rstrip(),
    ]
    if os.geteuid() == 0:  # it would give up its rights and could not write here any more
        lines.append("user root")
    return "\n".join(lines) + "\n"
