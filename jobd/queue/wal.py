"""The -wal file kept small: by checkpoints of our own, between leases and not within them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from jobd.errors import QueueFailing
from jobd.queue.readers import readers

if TYPE_CHECKING:
    from jobd.queue.file import Queue

_MB = 1024 * 1024
MAX_WAL_BYTES = 16 * _MB
_MOVED_FROM_FRAMES = 1000  # SQLite's own habit
_REST_FRAMES = 250  # what TRUNCATE may have left to move while it holds the write lock
_LOCK_WAIT_MS = 25  # TRUNCATE waits for readers with the write lock in its hand
_AGAIN_S = 1.0
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A -wal file that stays large because a transaction of another program does not end.

    Attributes:
        path: The -wal file.
        size_bytes: How large it is.
        for_s: For how long it has been too large.
        pids: Who read the queue at every look; may be empty.
    """

    path: Path
    size_bytes: int
    for_s: float
    pids: tuple[int, ...]

    def __str__(self) -> str:
        who = f" (pid {', '.join(map(str, self.pids))})" if self.pids else ""
        return (
            f"a transaction of another program{who} has kept {self.path} at "
            f"{self.size_bytes // _MB} MB for {self.for_s // 60:.0f} min: end it"
        )


class Wal:
    """The -wal file of an open queue, brought into the database whenever it has grown.

    SQLite would do so within a commit of ours, while a job waits for its lease.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._path = Path(f"{queue.path}-wal")
        self._frames = 0
        self._again_s = 0.0
        self._large_since_s: float | None = None
        self._pids: set[int] | None = None
        queue.db.set_wal_hook(self._committed)  # in the place of SQLite's own checkpoints

    def _committed(self, _db: apsw.Connection, _name: str, frames: int) -> int:
        self._frames = frames
        return apsw.SQLITE_OK

    @property
    def is_large(self) -> bool:
        """Whether it was too large at the last look, although we had tried."""
        return self._large_since_s is not None

    def tend(self, now_s: float) -> None:
        """Move what has been written into the database, if it is much; never makes a writer wait.

        Raises:
            QueueStuck: The database cannot be written now.
            QueueBroken: The disk lost a write.
        """
        grown = self._frames >= _MOVED_FROM_FRAMES or self.is_large
        if not grown or now_s < self._again_s:
            return
        rest = self._move()
        if self._size_bytes() > MAX_WAL_BYTES and rest <= _REST_FRAMES:
            self._truncate()
        self._judge(now_s, self._size_bytes())
        if rest == 0 and not self.is_large:
            self._frames = 0  # the next commit says how it goes on
        self._again_s = now_s + _AGAIN_S

    def _move(self) -> int:
        """Copy what no reader hinders; a writer goes on meanwhile. How many frames are left."""
        try:
            frames, moved = self._queue.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.BusyError:  # another program is at it
            return self._frames
        except apsw.Error as error:
            raise self._queue.named(error) from None
        return frames - moved

    def _truncate(self) -> None:
        """Give the file's space back, unless a reader or a writer needs it now."""
        with self._queue.patience(_LOCK_WAIT_MS):
            try:
                self._queue.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            except apsw.BusyError:
                return
            except apsw.Error as error:
                raise self._queue.named(error) from None

    def _judge(self, now_s: float, size_bytes: int) -> None:
        if size_bytes <= MAX_WAL_BYTES:
            self._large_since_s = self._pids = None
            return
        seen = readers(self._queue.path)
        self._pids = seen if self._pids is None else self._pids & seen
        if self._large_since_s is None:
            self._large_since_s = now_s

    def kept(self, now_s: float) -> Kept | None:
        """What a person should know of: it has been too large for more than a moment."""
        if self._large_since_s is None or now_s - self._large_since_s < _PATIENCE_S:
            return None
        for_s = now_s - self._large_since_s
        pids = tuple(sorted(self._pids or ()))
        return Kept(self._path, self._size_bytes(), for_s, pids)

    def _size_bytes(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError as error:
            raise QueueFailing(f"the disk of {self._path} fails: {error.strerror}") from None
