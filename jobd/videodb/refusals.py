"""SQLite's errors on a video's database, as sentences that say what to do next."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from jobd.errors import AttemptError, DatabaseRefused, DiskFull, RetryableError, VideoDeleted
from jobd.videodb.room import unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def explained(path: Path, timeout_ms: int, gone: Callable[[], bool]) -> Iterator[None]:
    """Turn an SQLite error of the block into one of jobd's own.

    Args:
        path: The database, for the sentence.
        timeout_ms: How long a statement waited for a lock.
        gone: Whether the file has been removed: then that is the reason, whatever
            SQLite called it.

    Raises:
        AttemptError: The kind that says whether another attempt may do better. Unknown
            errors pass through as they are.
    """
    try:
        yield
    except apsw.Error as error:
        explanation = lost(path) if gone() else _explanation(error, path, timeout_ms)
        if explanation is None:
            raise
        raise explanation from error


def lost(path: Path) -> AttemptError:
    """What it means that the file that was opened is no longer the one at its path."""
    if path.exists():  # restored, or rebuilt: the next attempt writes into that one
        return RetryableError(f"dbPath {path} was replaced by another file while the job ran")
    return VideoDeleted(f"the video of {path} was deleted")


def _explanation(error: apsw.Error, path: Path, timeout_ms: int) -> AttemptError | None:
    match error:
        case apsw.BusyError() | apsw.LockedError():
            waited_s = timeout_ms / 1000
            return RetryableError(f"{path} was kept locked by another program for {waited_s:g} s")
        case apsw.NotADBError():
            return DatabaseRefused(f"dbPath {path} is not an SQLite database")
        case apsw.CorruptError():
            return DatabaseRefused(f"dbPath {path} is a damaged database: {error}")
        case apsw.SQLError() if str(error).startswith("no such table"):  # all were there
            return RetryableError(f"dbPath {path} was changed while the job ran: {error}")
        case apsw.ConstraintError() | apsw.MismatchError() | apsw.SQLError():
            return DatabaseRefused(f"dbPath {path} has tables that jobd cannot write: {error}")
        case _:
            return _of_the_disk(error, path)


def _of_the_disk(error: apsw.Error, path: Path) -> AttemptError | None:
    extended = getattr(error, "extendedresult", 0)
    match error:
        case apsw.ReadOnlyError() | apsw.PermissionsError() | apsw.CantOpenError():
            return unwritable(path) or DatabaseRefused(
                f"dbPath {path} or its folder may not be written: {error}"
            )
        case apsw.FullError():
            return DiskFull(f"the disk of {path} is full")
        case apsw.IOError() if extended == apsw.SQLITE_IOERR_SHMSIZE:
            return DiskFull(f"the disk of {path} is full: no room for its -shm file")
        case apsw.IOError():
            return RetryableError(f"{path}: {error}")
        case _:
            return None
