"""Which processes hold an old state of the queue: a checkpoint cannot pass what they still read."""

from __future__ import annotations

import os
from pathlib import Path

_LOCKS = Path("/proc/locks")
_FIELDS = 7  # POSIX ADVISORY READ pid device:inode first last
_READ_MARKS = range(123, 128)  # the bytes of a -shm file that SQLite's readers lock


def readers(path: Path) -> set[int]:
    """The other processes that read the queue at `path` now; none where the system does not tell.

    The -shm file is not opened: closing it would drop SQLite's own locks.
    """
    try:
        found = Path(f"{path}-shm").stat()
        text = _LOCKS.read_text(encoding="ascii")
    except OSError:  # not Linux
        return set()
    device = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
    return reading(text, f"{device}:{found.st_ino}") - {os.getpid()}


def reading(locks: str, file: str) -> set[int]:
    """The pids that lock a read mark (pure).

    Args:
        locks: What /proc/locks says.
        file: The -shm file as it is named there: "fe:00:1234".
    """
    pids = set()
    for line in locks.splitlines():
        fields = line.split()[1:]
        if len(fields) == _FIELDS and fields[0] == "POSIX" and fields[4] == file:
            pid, first = int(fields[3]), int(fields[5])
            if first in _READ_MARKS and pid > 0:  # 0: of another container
                pids.add(pid)
    return pids
