"""Open a video's database: never create one, never outlive its deletion."""

from __future__ import annotations

import json
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import DatabaseRefused, VideoDeleted
from jobd.sqlite import connect, inode_at, load_blocks
from jobd.videodb.locking import exclusive
from jobd.videodb.refusals import explained, lost
from jobd.videodb.room import unwritable
from jobd.videodb.schema import complete, lacking, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import apsw


BUSY_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True)
class VideoDb:
    """One open database of a video.

    Attributes:
        db: The connection.
        sql: The statements of video.sql by name, those of schema.sql by table.
        path: Where it was opened.
        inode: (device, inode) of the file that was opened.
        busy_timeout_ms: How long a statement waits for another program's lock.
    """

    db: apsw.Connection
    sql: Mapping[str, str]
    path: Path
    inode: tuple[int, int]
    busy_timeout_ms: int

    def prepare(self) -> None:
        """Add the tables and columns of the design that this database lacks."""
        if any(lacking(self)):
            with self.writing():
                complete(self)

    def gone(self) -> bool:
        """Whether the app deleted this video: marked it so, or removed the file."""
        return inode_at(self.path) != self.inode or self._marked_deleted()

    def demand(self) -> None:
        """See that there is still something to write to.

        Raises:
            VideoDeleted: The app deleted the video.
            RetryableError: Another file has taken the place of this one.
        """
        if inode_at(self.path) != self.inode:
            raise lost(self.path)
        if self._marked_deleted():
            raise VideoDeleted(f"the video of {self.path} was deleted")

    def _marked_deleted(self) -> bool:
        known = self.row("has_column", table="processing_status", column="deleted")
        return known is not None and self.row("is_deleted") is not None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Run the block in one write transaction, on a video that still exists.

        Raises:
            VideoDeleted: The app deleted the video: in WAL mode, writes into a removed
                file would succeed silently.
            RetryableError: Another file has taken the place of this one.
        """
        with exclusive(self.db, self.busy_timeout_ms):
            self.demand()
            yield

    def row(self, block: str, **parameters: object) -> tuple[apsw.SQLiteValue, ...] | None:
        """Run one statement to its end and return its first row."""
        rows = self.db.execute(self.sql[block], parameters).fetchall()
        return rows[0] if rows else None


@contextmanager
def open_video_db(
    path: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS, allowed_triggers: Collection[str] = ()
) -> Iterator[VideoDb]:
    """Open the database of a video for reading and writing, as it is.

    Args:
        path: A regular file that the app made; its journal mode stays as found.
        busy_timeout_ms: How long a statement waits for another program's lock.
        allowed_triggers: Names of those that may be on the tables that jobd writes.

    Yields:
        The open database; SQLite's errors in the block come out as jobd's.

    Raises:
        DatabaseRefused: It is missing, no regular file, no SQLite database, none of a
            video, damaged, has a strange trigger, or may not be written.
        VideoDeleted: The file vanished while it was open.
        RetryableError: Another program has kept it locked for too long.
    """
    inode = _regular_file(path)
    with explained(path, busy_timeout_ms, lambda: inode_at(path) != inode):
        db = connect(path, "rw", busy_timeout_ms)
        try:
            video = VideoDb(db, _statements(), path, inode, busy_timeout_ms)
            _refuse_others(video)
            _refuse_strangers(video, allowed_triggers)
            yield video
        finally:
            db.close()


def _statements() -> dict[str, str]:
    return load_blocks(Path(__file__).with_name("video.sql")) | tables()


def _regular_file(path: Path) -> tuple[int, int]:
    """Look before SQLite opens: a FIFO would hang it, a directory confuse it."""
    try:
        found = path.lstat()
    except OSError as error:
        raise DatabaseRefused(f"dbPath {path}: {error.strerror}") from None
    if stat.S_ISLNK(found.st_mode):
        raise DatabaseRefused(f"dbPath {path} is a link; name the real place")
    if not stat.S_ISREG(found.st_mode):
        raise DatabaseRefused(f"dbPath {path} is no regular file")
    if not os.access(path, os.R_OK | os.W_OK):
        raise unwritable(path) or DatabaseRefused(f"dbPath {path} may not be written by this user")
    return found.st_dev, found.st_ino


def _refuse_strangers(video: VideoDb, allowed: Collection[str]) -> None:
    """A trigger would do with our writes what nobody asked jobd to do."""
    ours = {"tables": json.dumps(sorted(tables()))}
    for kind, name, table in video.db.execute(video.sql["strangers"], ours).fetchall():
        if kind == "view" or name not in allowed:
            mend = "" if kind == "view" else "; drop it, or name it in 'allow_triggers'"
            raise DatabaseRefused(
                f"dbPath {video.path} has a {kind} of its own on {table}: {name}{mend}"
            )


def _refuse_others(video: VideoDb) -> None:
    if video.db.readonly("main"):
        raise unwritable(video.path) or DatabaseRefused(
            f"dbPath {video.path} may not be written by this user"
        )
    if video.row("known_tables") == (0,):
        raise DatabaseRefused(f"dbPath {video.path} is no database of a video")
