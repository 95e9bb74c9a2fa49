"""What the service manager hears of the loop: only a loop that gets round says that it lives."""

from __future__ import annotations

import math
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jobd.errors import QueueStuck
from jobd.queue.lease import count_queued

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.queue.file import Queue
    from jobd.systemd.notify import Manager

_EVERY_S = 1.0
_WORDS_IN_A_WATCH = 4  # so many may get lost or late before we are taken for hung
_MORE_TIME_S = 20.0
_MOST = 10_000
_US = 1_000_000


class Watched:
    """The loop's words to its manager; no thread of its own, which would outlive a hang."""

    def __init__(self, manager: Manager, queue: Queue) -> None:
        self._manager = manager
        self._queue = queue
        watch_s = manager.watchdog_s or _WORDS_IN_A_WATCH * _EVERY_S
        self._every_s = min(_EVERY_S, watch_s / _WORDS_IN_A_WATCH)
        self._due_s = 0.0
        self._queued = "0"

    def ready(self) -> None:
        """Jobs are taken now."""
        self._manager.tell(READY=1)

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Settings are taken in again inside the block."""
        self._manager.tell(RELOADING=1, MONOTONIC_USEC=int(self._now_s() * _US))
        yield
        self._manager.tell(READY=1)

    def stopping(self) -> None:
        """No more jobs are taken; the next turn asks for time."""
        self._manager.tell(STOPPING=1)
        self._due_s = 0.0

    def turn(self, running: int, trouble: str | None, *, stopping: bool) -> None:
        """Say that the loop has come round, and how it stands.

        Args:
            running: How many children there are.
            trouble: Why nothing is leased, if so.
            stopping: Whether it drains: each turn then asks for some more seconds.
        """
        now_s = self._now_s()
        if not self._manager.listens or now_s < self._due_s:
            return
        self._due_s = now_s + self._every_s
        status = f"{'stopping: ' if stopping else ''}{running} running, {self._count()} queued"
        words = {"WATCHDOG": "1", "STATUS": f"{status}; {trouble}" if trouble else status}
        if stopping:
            words["EXTEND_TIMEOUT_USEC"] = str(int(_MORE_TIME_S * _US))
        self._manager.tell(**words)

    def wait_s(self) -> float:
        """How long until it wants a turn; without end where nobody listens."""
        return self._due_s - self._now_s() if self._manager.listens else math.inf

    def _count(self) -> str:
        with suppress(QueueStuck):  # the last count stands
            count = count_queued(self._queue, _MOST)
            self._queued = f"{_MOST} or more" if count >= _MOST else str(count)
        return self._queued

    def _now_s(self) -> float:
        return self._queue.clock.monotonic_s()
