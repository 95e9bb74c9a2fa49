"""Room on the disk: a stage leaves some for the app, and for its own removal."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import apsw

from jobd.errors import AttemptError, DiskFull, RetryableError
from jobd.videodb.leftovers import drop_stage

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.videodb.database import VideoDb
    from jobd.videodb.pace import Pace

# A -wal file grows to 4 MB and one commit before all of it is written into the database once more.
RESERVE_BYTES = 8_000_000


def demand_room(video: VideoDb) -> None:
    """Refuse to fill a disk to its last byte: even the removal of a stage then fails in WAL mode.

    Raises:
        DiskFull: Less than the reserve is free, unused pages of the database included.
    """
    disk = os.statvfs(video.path)
    pages = video.db.execute("PRAGMA freelist_count").get
    size_bytes = video.db.execute("PRAGMA page_size").get
    if disk.f_bavail * disk.f_frsize + pages * size_bytes < RESERVE_BYTES:
        raise DiskFull(f"the disk of {video.path} is full, but for the last 8 MB")


def unwritable(path: Path) -> AttemptError | None:
    """Why nobody can write on the disk of a path now; None where that is not the reason."""
    disk = os.statvfs(path.parent)
    if disk.f_flag & os.ST_RDONLY:
        return RetryableError(f"the disk of {path} may only be read now")
    if disk.f_files and not disk.f_favail:  # some file systems do not count files
        return DiskFull(f"the disk of {path} has no room for one more file")
    return None


def give_way(video: VideoDb, stage: str, pace: Pace) -> None:
    """After a full disk: give back what this attempt has taken, as far as that works."""
    with suppress(apsw.Error, AttemptError):
        drop_stage(video, stage, pace)
    with suppress(apsw.Error):  # does nothing in DELETE mode
        video.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
