"""`python -m jobd inspect frames`: from a job's frames to a file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobd.errors import NoFrames, UsageError
from jobd.sheet.choose import wanted_indexes
from jobd.sheet.draw import MOST, Frame, encoded, sheet
from jobd.sheet.store import Folder, open_video_file
from jobd.sheet.work import refuse_others

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction
    from pathlib import Path

    from jobd.sheet.store import Store
    from jobd.sheet.work import Work

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_SPREAD = 24  # frames of a sheet that nobody told how many


def make_sheet(work: Work, queue_id: str, out: Path, every_s: Fraction | None = None) -> str:
    """Draw what a job made.

    Args:
        work: The job's frames.
        queue_id: The queue whose job it is.
        out: The file to write.
        every_s: How far apart the frames are to be; None: some, spread over the video.

    Returns:
        What was drawn, in a line.

    Raises:
        UsageError: The file is no picture by its name, or cannot be written.
        NoFrames: There is nothing to draw.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"-o {out}: a sheet is a picture: {', '.join(SUFFIXES)}")
    with _store(work, queue_id) as store:
        extent = store.extent()
        if extent is None:
            raise NoFrames(f"no frames of job {work.job_id} in {work.folder or work.db}")
        step = None if every_s is None else every_s * work.index_hz
        wanted = wanted_indexes(*extent, most=_SPREAD if step is None else MOST, step=step)
        found = dict(store.at(index) for index in wanted)
    frames = [Frame(at, float(at / work.index_hz), jpeg) for at, jpeg in sorted(found.items())]
    told = f"{len(frames):,} of {extent[2]:,} frames"
    picture = sheet(frames, title=f"job {work.job_id}, {work.table}: {told}")
    _write(out, encoded(picture, out.suffix.lower()))
    return f"{out}: {told}, {picture.shape[1]}x{picture.shape[0]}"


@contextmanager
def _store(work: Work, queue_id: str) -> Iterator[Store]:
    with open_video_file(work.db) as video:
        refuse_others(work, queue_id, video.fence(work.table))
        if work.folder is not None:
            yield _folder(work.folder)
            return
        table = video.table(work.table)
        if table is None:
            raise NoFrames(f"{work.db} has no table {work.table}")
        yield table


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
