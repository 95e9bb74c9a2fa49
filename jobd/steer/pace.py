"""Many rows changed in steps that other writers do not notice."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobd.queue.prune import next_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.queue.file import Queue

_LARGEST = 256
_PAUSE_FACTOR = 3  # a writer that waits looks again after 1, 2, 5, 10 … ms


class Pace:
    """Steps of one command; their size follows from how long they take, as with retention.

    Attributes:
        size: How many rows the next step may change.
    """

    def __init__(self, queue: Queue, sleep: Callable[[float], None]) -> None:
        self.size = 8
        self._queue = queue
        self._sleep = sleep
        self._owed_s = 0.0

    @contextmanager
    def step(self) -> Iterator[None]:
        """One transaction, after the pause that the one before it owes to the others.

        Raises:
            QueueStuck: The queue cannot be written now.
        """
        self._sleep(self._owed_s)
        with self._queue.writing():
            begun_s = self._now_s()
            yield
            worked_s = self._now_s() - begun_s
        self.size = next_size(self.size, worked_s, _LARGEST)
        self._owed_s = _PAUSE_FACTOR * (self._now_s() - begun_s)

    def turn(self, work: Callable[[], bool]) -> bool:
        """Work that makes its own transaction, with the same pauses around it; what it returns."""
        self._sleep(self._owed_s)
        begun_s = self._now_s()
        more = work()
        self._owed_s = _PAUSE_FACTOR * (self._now_s() - begun_s)
        return more

    def _now_s(self) -> float:
        return self._queue.clock.monotonic_s()
