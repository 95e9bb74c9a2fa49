"""What the web app does: plain SQL through Python's own sqlite3, and nothing of jobd."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FULL_FRAMES, CROP_FRAMES = (HERE / "enqueue.sql").read_text(encoding="utf-8").split("\n\n")


@dataclass(frozen=True, slots=True)
class Video:
    """An uploaded video: its file and its database in a folder of its own."""

    video_id: str
    path: Path
    db: Path

    def names(self) -> dict[str, str]:
        """What both INSERTs say of it."""
        return {"id": self.video_id, "video": str(self.path), "db": str(self.db)}


@dataclass(frozen=True, slots=True)
class Job:
    """What the app watches of a row in jobs."""

    status: str
    progress: float
    attempts: int
    error: str | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ("completed", "failed", "cancelled")


def upload(source: Path, data: Path) -> Video:
    """Copy a video into the data folder and make its database; a second time keeps both.

    Raises:
        OSError: The file cannot be copied.
    """
    source = source.resolve(strict=True)
    video_id = str(uuid.uuid5(uuid.NAMESPACE_URL, source.as_uri()))
    folder = data / video_id
    folder.mkdir(parents=True, exist_ok=True)
    video = Video(video_id, folder / f"video{source.suffix}", folder / "annotations.db")
    if not _same(source, video.path):
        shutil.copy2(source, video.path)
    with closing(_open(video.db)) as db:
        db.executescript((HERE / "video.sql").read_text(encoding="utf-8"))
        db.execute(
            "INSERT OR IGNORE INTO video_metadata (id, video_id, original_filename,"
            " file_size_bytes) VALUES (1, ?, ?, ?)",
            (video_id, source.name, source.stat().st_size),
        )
    return video


def _same(source: Path, copy: Path) -> bool:
    if not copy.exists():
        return False
    one, other = source.stat(), copy.stat()
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def enqueue(queue: Path, sql: str, values: dict[str, Any]) -> int:
    """Run one of the two INSERTs; the id of the row."""
    with closing(_open(queue)) as db:
        (row,) = db.execute(sql, values).fetchall()
        return int(row[0])


def look(queue: Path, job_id: int) -> Job:
    """How far a job is."""
    with closing(_open(queue)) as db:
        sql = "SELECT status, coalesce(progress, 0), attempts, error FROM jobs WHERE id = ?"
        return Job(*db.execute(sql, (job_id,)).fetchone())


def lower_quarter(video: Video) -> dict[str, int]:
    """Crop bounds, from the picture's size that full_frames has written down."""
    sql = "SELECT frame_width, frame_height FROM video_layout_config"
    with closing(_open(video.db)) as db:
        width_px, height_px = db.execute(sql).fetchone()
    return {"left": 0, "top": height_px * 3 // 4, "right": width_px, "bottom": height_px}


def results(video: Video) -> list[tuple[str, int, int, str]]:
    """Table, frames, bytes and the status that the app shows, for both kinds."""
    with closing(_open(video.db)) as db:
        return [
            (table, *db.execute(f"{_SUM} FROM {table}").fetchone(), _status(db, status))
            for table, status in (
                ("full_frames", "processing_status"),
                ("cropped_frames", "crop_frames_status"),
            )
        ]


def boxes(video: Video) -> int:
    """How many boxes of text there are; a database that knows none yet has none."""
    with closing(_open(video.db)) as db:
        (known,) = db.execute("SELECT count(*) FROM pragma_table_info('full_frame_ocr')").fetchone()
        sql = "SELECT count(*) FROM full_frame_ocr"
        return int(db.execute(sql).fetchone()[0]) if known else 0


_SUM = "SELECT count(*), coalesce(sum(file_size), 0)"


def _status(db: sqlite3.Connection, table: str) -> str:
    return str(db.execute(f"SELECT status FROM {table} WHERE id = 1").fetchone()[0])  # noqa: S608 - our own names


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=10, isolation_level=None)
