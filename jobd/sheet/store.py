"""Where a job's frames lie: in a table of the video's database, or in a folder."""

from __future__ import annotations

import json
import os
import re
import stat
from bisect import bisect_left
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import apsw

from jobd.errors import NoFrames
from jobd.sheet.frame import Box
from jobd.sqlite import connect, load_blocks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from jobd.sqlite import Mode

TABLES = ("full_frames", "cropped_frames")
_STATEMENTS = Path(__file__).with_name("frames.sql")
_PICTURE = re.compile(r"frame_(\d{10})\.jpg")
_WAL_FORMAT = 2  # of the bytes 18 and 19 of a database file
_BUSY_TIMEOUT_MS = 5000


class Store(Protocol):
    """Frames by their index."""

    def extent(self) -> tuple[int, int, int] | None:
        """First and last index, and how many there are; None: there are none."""
        ...

    def at(self, index: int) -> tuple[int, bytes]:
        """The frame at an index, or the next one: its index and its JPEG."""
        ...


@dataclass(frozen=True, slots=True)
class Fence:
    """Whose frames a table holds.

    Attributes:
        queue_id: Of the queue whose job took it last.
        job_id: That job.
        shown: Whether the frames there are that job's, be their text read or not.
    """

    queue_id: str
    job_id: int
    shown: bool


class VideoFile:
    """The database of a video, opened to look."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._sql = load_blocks(_STATEMENTS)

    def fence(self, table: str) -> Fence | None:
        """What the fence of a table says; None: there is none."""
        if not self._known("jobd_fence"):
            return None
        cursor = self._db.execute(self._sql["fence"], {"target": table})
        for row in cursor:
            said: Any = dict(zip((column[0] for column in cursor.description), row, strict=True))
            shown = bool(said["published"] or said.get("shown"))
            return Fence(said["queue_id"], said["job_id"], shown)
        return None

    def table(self, name: str) -> Table | None:
        """The frames of a table; None: there is no such table."""
        if name not in TABLES or not self._known(name):
            return None
        named = {key: sql.replace("{table}", name) for key, sql in self._sql.items()}
        return Table(self._db, named)

    def boxes(self, table: str, indexes: Collection[int]) -> dict[int, list[Box]]:
        """The text that was read on some frames of a table, by their index."""
        found: dict[int, list[Box]] = {}
        if table != TABLES[0] or not self._known("full_frame_ocr"):
            return found
        named = {"indexes": json.dumps(list(indexes))}
        rows: list[Any] = self._db.execute(self._sql["boxes"], named).fetchall()
        for index, *sides in rows:
            found.setdefault(index, []).append(Box(*sides))
        return found

    def _known(self, name: str) -> bool:
        return self._db.execute(self._sql["known"], {"name": name}).fetchall() == [(1,)]


class Table:
    """Frames in a table."""

    def __init__(self, db: apsw.Connection, sql: dict[str, str]) -> None:
        self._db = db
        self._sql = sql

    def extent(self) -> tuple[int, int, int] | None:
        """See Store."""
        first, last, count = self._row("extent")
        return None if first is None else (first, last, count)

    def at(self, index: int) -> tuple[int, bytes]:
        """See Store."""
        at, jpeg = self._row("frame", at=index)
        return at, jpeg

    def _row(self, name: str, **binds: int) -> tuple[Any, ...]:
        rows = self._db.execute(self._sql[name], binds).fetchall()
        return rows[0]


class Folder:
    """Frames as files, as `store` makes them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = {
            int(match[1]): entry.name
            for entry in os.scandir(path)
            if (match := _PICTURE.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)
        }
        self._indexes = sorted(self._names)

    def extent(self) -> tuple[int, int, int] | None:
        """See Store."""
        found = self._indexes
        return (found[0], found[-1], len(found)) if found else None

    def at(self, index: int) -> tuple[int, bytes]:
        """See Store."""
        at = self._indexes[bisect_left(self._indexes, index)]
        return at, (self._path / self._names[at]).read_bytes()


@contextmanager
def open_video_file(path: Path) -> Iterator[VideoFile]:
    """Open a video's database to look: neither it nor anything beside it is made or changed.

    Yields:
        The file, in one read transaction.

    Raises:
        NoFrames: It is missing, no database, or may not be read; or it changed meanwhile.
    """
    mode = mode_of(path)
    try:
        with closing(connect(path, mode, _BUSY_TIMEOUT_MS)) as db:
            db.execute("BEGIN")
            yield VideoFile(db)
    except (apsw.Error, OSError) as error:
        raise NoFrames(f"cannot read {path}: {error}") from None
    if mode == "immutable" and mode_of(path) != mode:
        raise NoFrames(f"{path} has just been opened by another program: try again")


def mode_of(path: Path) -> Mode:
    """How to look without a trace.

    In WAL mode a reader of a file at rest would make its -wal and -shm; without them nobody has
    it open. In the other modes a reader makes nothing, and must lock: a writer may be at it.

    Raises:
        NoFrames: There is no such file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise NoFrames(f"{path} is no file")
        with path.open("rb") as file:
            is_wal = file.read(20)[18:] == bytes((_WAL_FORMAT, _WAL_FORMAT))
    except FileNotFoundError:
        raise NoFrames(f"no database at {path}: the video was moved or deleted") from None
    except OSError as error:
        raise NoFrames(f"cannot read {path}: {error.strerror}") from None
    at_rest = is_wal and not Path(f"{os.path.realpath(path)}-wal").exists()
    return "immutable" if at_rest else "ro"
