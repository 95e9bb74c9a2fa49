"""Whether the files of an open queue lie where they were: what is moved is served no longer."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from jobd.errors import QueueError
from jobd.queue.lock import lock_path
from jobd.sqlite import inode_at

if TYPE_CHECKING:
    from jobd.queue.file import Queue


class Files:
    """The files of a queue as they lie when this is made: the database, -wal, -shm and lock.

    Other programs open them by their names. Where a name leads elsewhere, their commits and ours
    no longer meet, and a second daemon may hold another lock.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._wal = Path(f"{queue.path}-wal")
        beside = (self._wal, Path(f"{queue.path}-shm"), lock_path(queue.path))
        paths = (queue.path, queue.given, *beside)
        self._inodes = {path: inode_at(path) for path in paths}

    def demand(self) -> None:
        """Look whether all of them are still there: five calls of stat.

        Raises:
            QueueError: One was moved, removed or replaced: the daemon must end.
        """
        with suppress(OSError):  # a disk that fails: the next statement says it better
            for path in self._inodes:
                if not self._is_ours(path):
                    self._bring_in()
                    raise QueueError(
                        f"{path} was moved, removed or replaced while the queue was served:"
                        " see that its files are where they belong, then start jobd again"
                    )

    def _bring_in(self) -> None:
        """What only the -wal holds goes into the database, under whatever name that lies now."""
        if self._others_have_written():
            self._queue.db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            return
        with suppress(apsw.Error):
            self._queue.db.wal_checkpoint(mode=self._mode())

    def _others_have_written(self) -> bool:
        """Into a -wal file that is not ours: our pages would now spoil theirs."""
        if self._is_ours(self._wal) or inode_at(self._wal) is None:
            return False
        return self._wal.stat().st_size > 0

    def _mode(self) -> int:
        """Beside a stranger's database our -wal must be empty: it would be played into that.

        Elsewhere it stays: the next start then makes no new queue in the place of a lost one.
        """
        alone = self._is_ours(self._queue.path) or inode_at(self._queue.path) is None
        return apsw.SQLITE_CHECKPOINT_FULL if alone else apsw.SQLITE_CHECKPOINT_TRUNCATE

    def _is_ours(self, path: Path) -> bool:
        return inode_at(path) == self._inodes[path]
