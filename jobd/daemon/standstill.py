"""What is said while no job can be started: where people look, and once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jobd.errors import QueueStuck
from jobd.queue.lock import Trouble

if TYPE_CHECKING:
    from jobd.clock import Clock
    from jobd.queue.lock import DaemonLock

log = logging.getLogger("jobd")


class Standstill:
    """Why nothing is leased, in the log and in the lock's file: the queue may not hold it."""

    def __init__(self, lock: DaemonLock, clock: Clock) -> None:
        self._lock = lock
        self._clock = clock
        self._trouble: Trouble | None = None
        self._since_s = 0.0
        self._well_again = ""

    @property
    def lasts(self) -> bool:
        """Whether it has begun and not ended."""
        return self._trouble is not None

    @property
    def reason(self) -> str | None:
        """Why, while it lasts."""
        return self._trouble.reason if self._trouble else None

    def goes_on(self, error: Exception) -> None:
        """It has begun, or the reason is perhaps another one now."""
        of_queue = isinstance(error, QueueStuck)
        reason = str(error) if of_queue else f"no child process starts: {error}"
        self._well_again = "the queue is written" if of_queue else "child processes start"
        before = self._trouble
        if before and before.reason == reason:
            return
        if before is None:
            self._since_s = self._clock.monotonic_s()
        log.warning("%s; trying again", reason)
        self._trouble = Trouble(reason, before.since_ms if before else self._clock.now_ms())
        self._lock.say(self._trouble)

    def ends(self) -> None:
        """All is well, perhaps again."""
        if self._trouble:
            for_s = self._clock.monotonic_s() - self._since_s
            log.info("%s again after %d s", self._well_again, for_s)
            self._trouble = None
            self._lock.say(None)
