"""The building's broker: who may come in, and what it is told.

Nodes are let in one by one, each with a name and a password of its own, by mosquitto's dynamic security plugin. Here it
gets its first administrator, which is the gateway; the gateway lets in the nodes of its building.
"""

import base64
import hashlib
import json
import secrets
from pathlib import Path

from gateway.adapters.mosquitto import PROMISES
from gateway.appliance.layout import AUTHORITY, BROKER_CONFIG, BROKER_STATE, BROKER_USER, ensure_folder, write
from gateway.errors import GatewayError

GATEWAY = "tomoshibi-gateway"
TLS_PORT, PLAIN_PORT = 8883, 1883

_ROUNDS = 100_000  # as the plugin counts them; it asks for them at each connection of the gateway
_CONTROL = "$CONTROL/dynamic-security/#"


def settings(plugin: Path) -> str:
    """The text of broker.conf."""
    return f"""\
# Written by tomoshibi-gateway install, and again by each upgrade.
per_listener_settings false
allow_anonymous false
plugin {plugin}
plugin_opt_config_file {BROKER_STATE}/dynamic-security.json
persistence_location {BROKER_STATE}/
log_dest stderr
log_timestamp false
connection_messages true

# The nodes'. The building's network is anybody's, so nothing but TLS is spoken there.
listener {TLS_PORT}
certfile {AUTHORITY}/broker.pem
keyfile {AUTHORITY}/broker.key
tls_version tlsv1.2

# The gateway's and Zigbee2MQTT's, on this machine.
listener {PLAIN_PORT} 127.0.0.1

{PROMISES}"""


def find_plugin() -> Path:
    """mosquitto's dynamic security plugin. Raises GatewayError where it is not."""
    found = sorted(Path("/usr/lib").glob("*-linux-gnu*/mosquitto_dynamic_security.so"))
    if not found:
        raise GatewayError("mosquitto has no dynamic security plugin here: install Debian's own package mosquitto")
    return found[0]


def first_administrator(password: str, salt: bytes) -> str:
    """The text of dynamic-security.json with which the broker begins: the gateway comes in, and nobody else."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    every = [
        ("publishClientSend", "#"),
        ("publishClientReceive", "#"),
        ("subscribePattern", "#"),
        ("unsubscribePattern", "#"),
        ("publishClientSend", _CONTROL),
        ("publishClientReceive", _CONTROL),
        ("subscribePattern", _CONTROL),
        ("unsubscribePattern", _CONTROL),
    ]
    return json.dumps(
        {
            # Whatever nobody has allowed is forbidden.
            "defaultACLAccess": {
                "publishClientSend": False,
                "publishClientReceive": False,
                "subscribe": False,
                "unsubscribe": True,
            },
            "clients": [
                {
                    "username": GATEWAY,
                    "textname": "the gateway on this machine",
                    "roles": [{"rolename": "gateway"}],
                    "password": base64.b64encode(digest).decode("ascii"),
                    "salt": base64.b64encode(salt).decode("ascii"),
                    "iterations": _ROUNDS,
                }
            ],
            "roles": [
                {
                    "rolename": "gateway",
                    "acls": [{"acltype": kind, "topic": topic, "allow": True} for kind, topic in every],
                }
            ],
            "groups": [],
        },
        indent=1,
    )


def ensure_broker(password: str) -> bool:
    """Write what the broker begins with, where it is missing; true when it must start anew to know it."""
    changed = write(BROKER_CONFIG, settings(find_plugin()))
    first = BROKER_STATE / "dynamic-security.json"
    if not first.exists():
        ensure_folder(BROKER_STATE, BROKER_USER)
        changed |= write(first, first_administrator(password, secrets.token_bytes(12)), 0o600, BROKER_USER)
    return changed
