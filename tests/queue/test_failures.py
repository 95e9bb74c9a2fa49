from __future__ import annotations

import errno
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.errors import QueueBroken, QueueBusy, QueueError, QueueFailing, QueueFull
from jobd.queue.failures import failure
from jobd.queue.file import open_queue
from tests.support.queuefile import HandClock, insert, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue

PATH = Path("/srv/jobs.db")
CASES = [
    (apsw.SQLITE_BUSY, 0, QueueBusy, "/srv/jobs.db is locked by another program for too long"),
    (apsw.SQLITE_BUSY_RECOVERY, 0, QueueBusy, "locked by another"),
    (apsw.SQLITE_PROTOCOL, 0, QueueBusy, "locked by another"),
    (apsw.SQLITE_FULL, 0, QueueFull, "the disk of /srv/jobs.db is full"),
    (apsw.SQLITE_IOERR_SHMSIZE, errno.ENOSPC, QueueFull, "is full"),
    (apsw.SQLITE_IOERR_WRITE, errno.EDQUOT, QueueFull, "is full"),
    (apsw.SQLITE_IOERR_WRITE, errno.EIO, QueueFailing, "fails: Input/output error"),
    (apsw.SQLITE_IOERR_WRITE, errno.EROFS, QueueFailing, "fails: Read-only file system"),
    (apsw.SQLITE_IOERR_CORRUPTFS, errno.EIO, QueueFailing, "fails: Input/output error"),
    (apsw.SQLITE_IOERR_SHORT_READ, 0, QueueFailing, "fails: SQLite's words"),
    (apsw.SQLITE_CANTOPEN, errno.EMFILE, QueueFailing, "fails: Too many open files"),
    (apsw.SQLITE_READONLY, 0, QueueFailing, "may only be read now"),
    (apsw.SQLITE_IOERR_FSYNC, errno.EIO, QueueBroken, "lost a write (Input/output error): see"),
    (apsw.SQLITE_IOERR_FSYNC, errno.ENOSPC, QueueBroken, "lost a write (No space left"),
    (apsw.SQLITE_IOERR_DIR_FSYNC, errno.EIO, QueueBroken, "lost a write"),
    (apsw.SQLITE_CORRUPT, 0, QueueBroken, "/srv/jobs.db is damaged (SQLite's words): stop"),
    (apsw.SQLITE_CORRUPT_INDEX, 0, QueueBroken, "is damaged"),
    (apsw.SQLITE_NOTADB, 0, QueueBroken, "is damaged"),
]


def raised(result: int) -> apsw.Error:
    """As SQLite raises it, with its words."""
    error = apsw.exception_for(result)
    assert isinstance(error, apsw.Error)
    error.args = ("SQLite's words",)
    return error


@pytest.mark.parametrize(("result", "code", "kind", "words"), CASES)
def test_an_error_is_named_by_what_is_to_be_done(
    result: int, code: int, kind: type[QueueError], words: str
) -> None:
    named = failure(raised(result), PATH, code)
    assert type(named) is kind
    assert words in str(named)
    assert "\n" not in str(named)


@pytest.mark.parametrize("result", [apsw.SQLITE_ERROR, apsw.SQLITE_CONSTRAINT, apsw.SQLITE_NOMEM])
def test_what_is_no_fault_of_file_or_disk_keeps_its_name(result: int) -> None:
    assert failure(raised(result), PATH, errno.EIO) is None


def test_a_damaged_file_ends_it(queue: Queue) -> None:
    insert(queue)
    rows(queue, "PRAGMA wal_checkpoint(TRUNCATE)")
    queue.close()
    with closing(open_queue(queue.path, HandClock())) as again:
        size = queue.path.stat().st_size
        descriptor = os.open(queue.path, os.O_WRONLY)
        os.pwrite(descriptor, b"\xff" * (size - 8192), 8192)
        os.close(descriptor)
        with pytest.raises(QueueBroken, match=r"jobs\.db is damaged"):
            again.run("candidates")


@pytest.mark.parametrize("lost", [True, False])
def test_after_a_lost_write_closing_carries_nothing_into_the_file(queue: Queue, lost: bool) -> None:  # noqa: FBT001
    insert(queue)
    if lost:
        queue.named(raised(apsw.SQLITE_IOERR_FSYNC))
    before = queue.path.read_bytes()
    queue.close()
    assert (queue.path.read_bytes() == before) == lost


def test_a_refusal_is_no_failure(queue: Queue) -> None:
    with pytest.raises(apsw.ConstraintError, match="payload must be"), queue.writing():
        rows(queue, "INSERT INTO jobs (kind, payload) VALUES ('full_frames', 'x')")
    assert not queue.db.in_transaction
