"""What a node is told about itself: a JSON object, checked whole before anything starts.

{"node": "n-101-hall", "broker": {"host": "127.0.0.1", "port": 1883, "user": null, "password": null, "tls": null},
 "inputs": ["motion", "door", "emergency", "fine"], "mains": true, "data_dir": "/data", "bench_port": 0}

Keys it does not know are left alone: a newer tool may have written them.
"""

import json

from contract import topics

from node.sensors import SETTLE_MS

try:
    from typing import Any
except ImportError:  # MicroPython, which never looks at annotations
    pass


class ConfigError(ValueError):
    """Everything that is wrong, in one line."""


def load(path: str) -> "dict[str, Any]":
    """Raises ConfigError, and OSError when there is no such file."""
    with open(path) as file:
        try:
            config = json.load(file)
        except (ValueError, RuntimeError, MemoryError) as error:  # RuntimeError: nested deeper than the stack
            raise ConfigError(f"{path}: not JSON: {error}") from None
    problems = check(config)
    if problems:
        raise ConfigError(path + ": " + "; ".join(problems))
    return config  # type: ignore[no-any-return]  # check has looked


def check(config: object) -> "list[str]":
    """What is wrong with a configuration; empty when it will do."""
    if not isinstance(config, dict):
        return ["must be an object"]
    problems = []
    if not topics.valid_node(config.get("node")):
        problems.append("node: must be 1 to 32 of a-z, 0-9 and -")
    broker = config.get("broker")
    if not isinstance(broker, dict) or not isinstance(broker.get("host"), str):
        problems.append("broker: must have host and port")
    elif not isinstance(broker.get("port"), int) or not 0 < broker["port"] < 65536:
        problems.append("broker.port: must be from 1 to 65535")
    elif not _is_tls(broker.get("tls")):
        problems.append("broker.tls: must have ca and name")
    inputs = config.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(name, str) and name in SETTLE_MS for name in inputs):
        problems.append("inputs: must be a list of " + ", ".join(sorted(SETTLE_MS)))
    if not isinstance(config.get("mains", True), bool):
        problems.append("mains: must be true or false")
    if not isinstance(config.get("data_dir"), str):
        problems.append("data_dir: missing")
    return problems


def _is_tls(found: object) -> bool:
    return found is None or (isinstance(found, dict) and {"ca", "name"} <= set(found))
