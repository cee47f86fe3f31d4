"""Work of one kind on threads of its own: what hangs there holds up nothing else."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Lane:
    """`threads` of them; whoever finds none `free` comes again."""

    def __init__(self, name: str, threads: int = 1) -> None:
        self.threads = threads
        self._busy = 0
        self._count = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def free(self) -> int:
        with self._count:
            return self.threads - self._busy

    def submit(self, work: Callable[[], None], done: Callable[[], None]) -> None:
        with self._count:
            self._busy += 1

        def run() -> None:
            try:
                work()
            finally:
                with self._count:
                    self._busy -= 1
                done()

        self._pool.submit(run)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
