"""What readers find in a video's database before and after a publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobd.videodb import fence
from tests.support.appdb import read_rows
from tests.support.videojob import staged, work

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Target
    from jobd.videodb.stage import Stage


def shown(path: Path, table: str = "cropped_frames") -> list[dict[str, Any]]:
    """How many rows, and from which to which attempt."""
    return read_rows(
        path, f"SELECT count(*) AS n, min(width) AS low, max(width) AS high FROM {table}"
    )


def run_of(attempt_id: int, count: int) -> list[dict[str, Any]]:
    """What `shown` says of one whole run."""
    return [{"n": count, "low": attempt_id, "high": attempt_id}]


def schema_of(path: Path) -> list[dict[str, Any]]:
    """Every definition, word for word."""
    return read_rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")


def assert_whole(path: Path) -> None:
    """Nothing is damaged, and no stage is left."""
    assert read_rows(path, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    stages = read_rows(path, "SELECT name FROM sqlite_schema WHERE name GLOB 'jobd_stage*'")
    assert stages == [], f"stages left: {stages}"


def staged_by(video: VideoDb, target: Target, attempt_id: int, count: int) -> Stage:
    """The stage of an attempt at a job of its own."""
    video.prepare()
    fence.take(video, target, work(attempt_id, job_id=attempt_id))
    return staged(video, target, work(attempt_id, job_id=attempt_id), count)
