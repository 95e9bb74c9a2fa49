"""SQLite's errors on a video's database, as sentences that say what to do next."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from jobd.errors import AttemptError, DatabaseRefused, RetryableError, VideoDeleted

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
        AttemptError: The kind that says whether another attempt may do better. A full
            disk and unknown errors pass through as they are.
    """
    try:
        yield
    except apsw.Error as error:
        explanation: Exception | None = _removed(path) if gone() else _full(error, path)
        explanation = explanation or _explanation(error, path, timeout_ms)
        if explanation is None:
            raise
        raise explanation from error


def _removed(path: Path) -> AttemptError:
    return VideoDeleted(f"the video of {path} was deleted")


def _full(error: apsw.Error, path: Path) -> apsw.FullError | None:
    """A full disk that SQLite calls something else: it has no room for the -shm file."""
    if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE:
        return apsw.FullError(f"the disk of {path} is full: no room for its -shm file")
    return None


def _explanation(error: apsw.Error, path: Path, timeout_ms: int) -> AttemptError | None:
    match error:
        case apsw.BusyError() | apsw.LockedError():
            waited_s = timeout_ms / 1000
            return RetryableError(f"{path} was kept locked by another program for {waited_s:g} s")
        case apsw.NotADBError():
            return DatabaseRefused(f"dbPath {path} is not an SQLite database")
        case apsw.CorruptError():
            return DatabaseRefused(f"dbPath {path} is a damaged database: {error}")
        case apsw.ReadOnlyError() | apsw.PermissionsError() | apsw.CantOpenError():
            return DatabaseRefused(f"dbPath {path} or its folder may not be written: {error}")
        case apsw.IOError():
            return RetryableError(f"{path}: {error}")
        case _:
            return None
