"""What SQLite's errors on the queue mean: to be tried again, or the end of this daemon."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import apsw

from jobd.errors import QueueBroken, QueueBusy, QueueError, QueueFailing, QueueFull

if TYPE_CHECKING:
    from pathlib import Path

# After these the system may hold pages that the disk does not have, and calls them written.
_LOST = (apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC)
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)  # SQLite calls the second, and a full -shm, an I/O error
_SHM_BYTES = 32_768  # SQLite opens no queue without so much for its -shm file
_LOOK_FIRST = "see dmesg and the disk's health, then start jobd again: it goes on from what is kept"
_MEND = (
    "stop every program that uses it, copy it with its -wal file, and mend the copy with the "
    ".recover command of the sqlite3 program"
)


def failure(error: apsw.Error, path: Path, code: int) -> QueueError | None:
    """Name an error by what is to be done about it (pure).

    SQLite has rolled the transaction back by then, and the same connection works again
    once the disk does.

    Args:
        error: What SQLite raised.
        path: The queue file.
        code: The errno of the system call behind it; 0: there was none.

    Returns:
        QueueStuck to try again, QueueBroken to end; None: it is no fault of file or disk.
    """
    kind: type[QueueError]
    words = os.strerror(code) if code else str(error)
    extended = getattr(error, "extendedresult", 0)
    match error:
        case apsw.BusyError() | apsw.ProtocolError():
            kind, text = QueueBusy, f"{path} is locked by another program for too long"
        case apsw.IOError() if extended in _LOST:
            kind, text = QueueBroken, f"the disk of {path} lost a write ({words}): {_LOOK_FIRST}"
        case apsw.CorruptError() | apsw.NotADBError():
            kind, text = QueueBroken, f"{path} is damaged ({error}): {_MEND}"
        case apsw.FullError():
            kind, text = QueueFull, f"the disk of {path} is full"
        case apsw.IOError() if code in _NO_SPACE:
            kind, text = QueueFull, f"the disk of {path} is full"
        case apsw.IOError() | apsw.CantOpenError():
            kind, text = QueueFailing, f"the disk of {path} fails: {words}"
        case apsw.ReadOnlyError():
            kind, text = QueueFailing, f"{path} may only be read now"
        case _:
            return None
    return kind(text)


def unusable(what: str, path: Path, error: apsw.Error) -> QueueError:
    """Name an error of a queue that is only being opened: no connection tells an errno yet.

    Args:
        what: What could not be done, "open" or "read".
        path: The queue file.
        error: What SQLite raised.
    """
    no_room = isinstance(error, apsw.IOError | apsw.FullError | apsw.CantOpenError) and (
        shutil.disk_usage(path.parent).free < _SHM_BYTES
    )
    return QueueError(f"cannot {what} {path}: {_why(error, no_room)}")


def _why(error: apsw.Error, no_room: bool) -> str:  # noqa: FBT001 - a fact, no switch
    if no_room:
        return "its disk is full: make room, then start again"
    match error:
        case apsw.BusyError():
            return "another program keeps it locked: end that first"
        case apsw.CorruptError():
            return f"it is damaged ({error}): {_MEND}"
        case _:
            return str(error)
