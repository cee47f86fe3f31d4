"""Run the plain test functions of one file, on MicroPython or CPython: plain_runner.py FOLDER MODULE.

One JSON line for each function: [name, ""] or [name, what went wrong].
"""

import io
import json
import sys


def run(function: object) -> str:
    try:
        function()  # type: ignore[operator]  # found by its name
    except Exception as error:  # noqa: BLE001 - whatever a test raises is its result
        text = io.StringIO()
        sys.print_exception(error, text)  # type: ignore[attr-defined]  # MicroPython's
        return text.getvalue()
    return ""


if __name__ == "__main__":
    sys.path.append(sys.argv[1])
    module = __import__(sys.argv[2])
    for name in sorted(dir(module)):
        if name.startswith("test_"):
            print(json.dumps([name, run(getattr(module, name))]))
