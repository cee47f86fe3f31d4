"""Exactly which files reach the board. MicroPython's build and `mpremote` both read it.

Not among them: `contract/reports.py` and `contract/clock.py`, which are CPython's, and `hal/host.py`'s bench in a
production build, whose board file takes its place.
"""

package("contract", ("__init__.py", "topics.py", "shapes.py", "observations.py"), base_path="lib")  # noqa: F821
package(  # noqa: F821
    "node",
    (
        "__init__.py",
        "clock.py",
        "config.py",
        "core.py",
        "link.py",
        "mqtt.py",
        "program.py",
        "sensors.py",
        "signals.py",
        "store.py",
        "stream.py",
    ),
)
package("hal", ("__init__.py", "host.py"))  # noqa: F821
module("main.py")  # noqa: F821
