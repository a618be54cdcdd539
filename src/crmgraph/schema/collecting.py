"""The garbage collector, held back while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Pause:
    """Nothing of what is built becomes garbage: the collector would only walk through it, a third of the time.

    It is one collector for all threads: the first that builds stops it, the last that is done lets it go on.
    """

    def __init__(self) -> None:
        self.lock, self.building, self.running = Lock(), 0, False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """No collection inside."""
        with self.lock:
            if not self.building:
                self.running = gc.isenabled()
                gc.disable()
            self.building += 1
        try:
            yield
        finally:
            with self.lock:
                self.building -= 1
                if self.running and not self.building:
                    gc.enable()


collector_paused = Pause()
