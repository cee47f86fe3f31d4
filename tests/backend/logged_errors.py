"""What the product logs as an error: a worker process lives on after any exception, and tells of it only there."""

import logging
from types import TracebackType


class LoggedErrors(logging.Handler):
    """`told`, from the beginning of its `with` on, with tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def __enter__(self) -> "LoggedErrors":
        logging.getLogger("backend").addHandler(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("backend").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(self.format(record))
