"""Room on the disk: a stage leaves some for the app, and for its own removal."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import apsw

from jobd.errors import AttemptError
from jobd.videodb.leftovers import drop_stage

if TYPE_CHECKING:
    from jobd.videodb.database import VideoDb
    from jobd.videodb.pace import Pace

# A -wal file grows to 4 MB and one commit before all of it is written into the database once more.
RESERVE_BYTES = 8_000_000


def demand_room(video: VideoDb) -> None:
    """Refuse to fill a disk to its last byte: even the removal of a stage then fails in WAL mode.

    Raises:
        apsw.FullError: Less than the reserve is free, unused pages of the database included.
    """
    disk = os.statvfs(video.path)
    pages = video.db.execute("PRAGMA freelist_count").get
    size_bytes = video.db.execute("PRAGMA page_size").get
    if disk.f_bavail * disk.f_frsize + pages * size_bytes < RESERVE_BYTES:
        raise apsw.FullError(f"the disk of {video.path} is full, but for the last 8 MB")


def give_way(video: VideoDb, stage: str, pace: Pace) -> None:
    """After a full disk: give back what this attempt has taken, as far as that works."""
    with suppress(apsw.Error, AttemptError):
        drop_stage(video, stage, pace)
    with suppress(apsw.Error):  # does nothing in DELETE mode
        video.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
