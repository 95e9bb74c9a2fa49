"""`python -m jobd inspect frames`: from a job's frames to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.errors import NoFrames, UsageError
from jobd.sheet.choose import wanted_indexes
from jobd.sheet.draw import MOST, encoded, sheet
from jobd.sheet.frame import Frame
from jobd.sheet.store import Folder, open_video_file
from jobd.sheet.work import refuse_others

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction
    from pathlib import Path

    from jobd.sheet.store import Store, VideoFile
    from jobd.sheet.work import Work

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_SPREAD = 24  # frames of a sheet that nobody told how many


def make_sheet(
    work: Work, queue_id: str, out: Path, every_s: Fraction | None = None, *, boxes: bool = False
) -> str:
    """Draw what a job made.

    Args:
        work: The job's frames.
        queue_id: The queue whose job it is.
        out: The file to write.
        every_s: How far apart the frames are to be; None: some, spread over the video.
        boxes: Whether the text that was read is marked.

    Returns:
        What was drawn, in a line.

    Raises:
        UsageError: The file is no picture by its name, or cannot be written.
        NoFrames: There is nothing to draw.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"-o {out}: a sheet is a picture: {', '.join(SUFFIXES)}")
    with open_video_file(work.db) as video:
        refuse_others(work, queue_id, video.fence(work.table))
        frames, count = _chosen(work, _store(work, video), every_s)
        indexes = [frame.index for frame in frames]
        marks = video.boxes(work.table, indexes) if boxes else {}
    told = f"{len(frames):,} of {count:,} frames"
    if boxes:
        marked = sum(map(len, marks.values()))
        told += f", {marked:,} box{'' if marked == 1 else 'es'}"
    picture = sheet(frames, marks, title=f"job {work.job_id}, {work.table}: {told}")
    _write(out, encoded(picture, out.suffix.lower()))
    return f"{out}: {told}, {picture.shape[1]}x{picture.shape[0]}"


def _chosen(work: Work, store: Store, every_s: Fraction | None) -> tuple[list[Frame], int]:
    """The frames that the sheet shows, and how many there are."""
    extent = store.extent()
    if extent is None:
        raise NoFrames(f"no frames of job {work.job_id} in {work.folder or work.db}")
    first, last, count = extent
    if every_s is None and count <= _SPREAD:
        found = dict(_all(store, first, last))
    else:
        step = None if every_s is None else every_s * work.index_hz
        wanted = wanted_indexes(*extent, most=_SPREAD if step is None else MOST, step=step)
        found = dict(store.at(index) for index in wanted)
    frames = [Frame(at, float(at / work.index_hz), jpeg) for at, jpeg in sorted(found.items())]
    return frames, count


def _all(store: Store, first: int, last: int) -> Iterator[tuple[int, bytes]]:
    """Each frame, however unevenly their times are rounded to indexes."""
    at = first
    while at <= last:
        at, jpeg = store.at(at)
        yield at, jpeg
        at += 1


def _store(work: Work, video: VideoFile) -> Store:
    if work.folder is not None:
        return _folder(work.folder)
    table = video.table(work.table)
    if table is None:
        raise NoFrames(f"{work.db} has no table {work.table}")
    return table


def _folder(path: Path) -> Folder:
    try:
        return Folder(path)
    except OSError as error:
        raise NoFrames(f"cannot read {path}: {error.strerror}") from None


def _write(out: Path, data: bytes) -> None:
    try:
        out.write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from None
