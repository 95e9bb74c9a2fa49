"""Video databases as the app makes them, for tests (stdlib sqlite3: another library than jobd's).

Call `make_video_db` before jobd opens the file, `read_rows` after it closed it: two SQLite
libraries on one file in one process drop each other's locks.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

SCHEMA = Path(__file__).with_name("app_schema.sql")

# What older databases lack.
_NOT_YET: dict[str, tuple[str, ...]] = {
    "processing_status": (
        "processing_attempts",
        "last_heartbeat_at",
        "current_job_id",
        "error_occurred_at",
        "layout_analysis_progress",
        "deleted",
        "deleted_at",
    ),
    "cropped_frames": ("crop_bounds_version",),
    "video_layout_config": ("crop_bounds_version",),
    "video_metadata": ("fps", "codec"),
}
_OLD_CROP_STATUS = """
CREATE TABLE crop_frames_status (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    status TEXT NOT NULL DEFAULT 'queued',
    processing_started_at TEXT,
    processing_completed_at TEXT,
    current_job_id TEXT,
    error_message TEXT,
    error_details TEXT,
    error_occurred_at TEXT
)
"""


def make_video_db(
    path: Path,
    journal: Literal["delete", "wal"] = "delete",
    *,
    old: bool = False,
    video_id: str = "0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c",
) -> Path:
    """Make the database of a video whose upload has just ended (status upload_complete).

    Args:
        path: Where; its folder is made when missing.
        journal: The journal mode the file keeps.
        old: As an earlier version of the app made it: columns missing, and a
            crop_frames_status table without retry_count. New ones have no such table.
        video_id: Goes into video_metadata.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA journal_mode = {journal}")
        db.executescript(SCHEMA.read_text(encoding="utf-8"))
        _insert_upload(db, video_id)
        if old:
            _age(db)
    return path


def _insert_upload(db: sqlite3.Connection, video_id: str) -> None:
    db.execute(
        "INSERT INTO video_metadata (id, video_id, video_hash, storage_path, display_path,"
        " original_filename, file_size_bytes, upload_method)"
        " VALUES (1, ?, '', ?, 'films/one', 'one.mp4', 1000, 'web_upload')",
        (video_id, f"{video_id[:2]}/{video_id}"),
    )
    db.execute(
        "INSERT INTO processing_status (id, status, upload_progress, upload_started_at,"
        " upload_completed_at) VALUES (1, 'upload_complete', 1.0, datetime('now'), datetime('now'))"
    )


def _age(db: sqlite3.Connection) -> None:
    db.execute("DROP INDEX idx_cropped_frames_crop_version")
    for table, columns in _NOT_YET.items():
        for column in columns:
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    db.execute(_OLD_CROP_STATUS)


def add_layout_config(path: Path, bounds: tuple[int, int, int, int], version: int = 1) -> None:
    """What the app writes when a person has set the crop bounds (frame 1920 by 1080 pixels)."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "INSERT OR REPLACE INTO video_layout_config (id, frame_width, frame_height, crop_left,"
            " crop_top, crop_right, crop_bottom, crop_bounds_version)"
            " VALUES (1, 1920, 1080, ?, ?, ?, ?, ?)",
            (*bounds, version),
        )


def add_user_label(path: Path, source: str = "user") -> None:
    """One box of frame 0, labelled by a person (or by the model)."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "INSERT INTO full_frame_box_labels (frame_index, box_index, box_text, box_left,"
            " box_top, box_right, box_bottom, label, label_source)"
            " VALUES (0, 0, 'Hello', 1, 2, 3, 4, 'in', ?)",
            (source,),
        )


def add_ocr_box(path: Path, frame_index: int = 0) -> None:
    """One box as an OCR step writes it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "INSERT INTO full_frame_ocr (frame_index, box_index, text, confidence, x, y, width,"
            " height) VALUES (?, 0, 'Hello', 0.9, 0.1, 0.2, 0.3, 0.1)",
            (frame_index,),
        )


def run_sql(path: Path, sql: str, parameters: tuple[Any, ...] = ()) -> None:
    """One statement of the app, committed at once."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(sql, parameters)


def read_rows(path: Path, sql: str, parameters: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    """What a query of the app sees, row by row, by column name."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql, parameters)]


def read_row(path: Path, table: str) -> dict[str, Any]:
    """The row id=1 of a status, layout or metadata table.

    Raises:
        LookupError: There is none.
    """
    rows = read_rows(path, f"SELECT * FROM {table} WHERE id = 1")
    if not rows:
        raise LookupError(f"{table} has no row 1")
    return rows[0]
