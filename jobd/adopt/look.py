"""Find the videos below a folder, and read what their databases say. Writes nothing."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from jobd.adopt.decide import Bounds, Step, VideoState
from jobd.errors import NotReadable
from jobd.sqlite import connect, load_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SQL_FILE = Path(__file__).with_name("adopt.sql")
SQL = load_blocks(SQL_FILE)
DATABASE = "annotations.db"
_TABLES = (
    *("processing_status", "crop_frames_status", "video_layout_config", "video_preferences"),
    *("video_metadata", "full_frames", "full_frame_ocr", "cropped_frames"),
)
_SUFFIXES = (".mp4", ".mkv", ".avi", ".mov")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Video:
    """One video of the app: its database, and its file beside it where there is one."""

    video_id: str
    database: Path
    file: Path | None
    state: VideoState


def databases(root: Path, told: Callable[[NotReadable], None]) -> Iterator[Path]:
    """Every video's database below a folder, in order of their paths; links are not followed.

    Args:
        root: The folder.
        told: Hears of each folder that cannot be read.
    """
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        told(NotReadable(f"{root}: {error.strerror}"))
        return
    if any(entry.name == DATABASE for entry in entries):
        yield root / DATABASE
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from databases(root / entry.name, told)


def look_at(database: Path) -> Video:
    """Read one video.

    Raises:
        NotReadable: It is no database, none of a video, locked, or may not be read.
    """
    if database.is_symlink() or not database.is_file():  # a FIFO would hang SQLite
        raise NotReadable(f"{database}: is no regular file")
    try:
        with closing(connect(database, "ro")) as db:
            db.execute("BEGIN")  # all of one moment
            return _video(database, db)
    except (apsw.Error, OSError, UnicodeDecodeError) as error:
        raise NotReadable(f"{database}: {error}") from None


def _video(database: Path, db: apsw.Connection) -> Video:
    tables = {name for (name,) in db.execute(SQL["tables"])}
    if "processing_status" not in tables:
        raise NotReadable(f"{database}: is no database of a video")
    rows = {name: _row(db, name) if name in tables else {} for name in _TABLES}
    metadata = rows["video_metadata"]
    folder = database.parent
    return Video(
        video_id=str(metadata.get("video_id") or folder.name),
        database=database,
        file=_file(folder, metadata.get("original_filename")),
        state=_state(rows),
    )


def _row(db: apsw.Connection, table: str) -> Row:
    cursor = db.execute(SQL[table])
    for values in cursor:
        return dict(zip((column[0] for column in cursor.get_description()), values, strict=True))
    return {}


def _state(rows: dict[str, Row]) -> VideoState:
    full = rows["processing_status"]
    return VideoState(
        deleted=full.get("deleted") == 1,
        full=_step(full, has_output=bool(rows["full_frames"] or rows["full_frame_ocr"])),
        crop=_step(rows["crop_frames_status"], has_output=bool(rows["cropped_frames"])),
        layout_approved=rows["video_preferences"].get("layout_approved") == 1,
        bounds=_bounds(rows["video_layout_config"]),
    )


def _bounds(layout: Row) -> Bounds | None:
    edges = [layout.get(f"crop_{edge}") for edge in ("left", "top", "right", "bottom")]
    left, top, right, bottom = (edge if isinstance(edge, int) else None for edge in edges)
    if left is None or top is None or right is None or bottom is None:
        return None
    return Bounds(left, top, right, bottom)


def _step(row: Row, *, has_output: bool) -> Step:
    process = row.get("current_job_id")
    return Step(
        word=row.get("status"),
        process=None if process is None else str(process),
        process_lives=lives(process),
        error=f"{row.get('error_message') or ''}\n{row.get('error_details') or ''}",
        has_output=has_output,
    )


def lives(process: object) -> bool:
    """Whether the process is there, also where it is another user's."""
    text = str(process)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**31:
        return False
    try:
        os.kill(int(text), 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _file(folder: Path, named: object) -> Path | None:
    """The file that the upload was stored as, or the first that looks like a video."""
    others = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    name = str(named)
    candidates = [folder / name, *others] if named and name == Path(name).name else others
    return next((path for path in candidates if path.is_file()), None)
