"""What the daemon does for its queue beside the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.errors import QueueError
from jobd.queue.heartbeat import beat

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.queue.file import Queue
    from jobd.queue.heartbeat import Identity

_BEAT_EVERY_S = 10.0


class Housekeeping:
    """The beat. One call a turn of the daemon's loop; each does little."""

    def __init__(self, queue: Queue, identity: Identity) -> None:
        self._queue = queue
        self._identity = identity
        self._beat_at_s = 0.0
        self._stopping = False
        self._inode = _inode_at(queue.path)

    def stop(self) -> None:
        """The daemon stops: the next turn says so."""
        self._stopping = True
        self._beat_at_s = 0.0

    def turn(self, *, now_s: float, stands_still: bool) -> None:
        """Do what is due.

        Args:
            now_s: Monotonic time.
            stands_still: The queue could not be written at the last turn: see whether it can
                now. A stop does not wait for that.

        Raises:
            QueueStuck: The queue cannot be written now.
            QueueError: Another file lies at its path.
        """
        if now_s >= self._beat_at_s or (stands_still and not self._stopping):
            self._beat_at_s = now_s + _BEAT_EVERY_S
            self._refuse_replaced()
            beat(self._queue, self._identity, "stopping" if self._stopping else None)

    def _refuse_replaced(self) -> None:
        """Jobs in a new file at the queue's path would wait for ever."""
        if _inode_at(self._queue.path) != self._inode:
            raise QueueError(f"{self._queue.path} was moved or replaced while it was served")


def _inode_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
