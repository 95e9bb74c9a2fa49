"""What a job was to make, and whether what lies there is that (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.errors import NoFrames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobd.sheet.store import Fence

_FULL_HZ = 10  # full frames are numbered by tenths of a second, whatever their rate
_CROPS_HZ = 10  # crops are counted; this many a second where the payload names no rate
_TABLES = {"full_frames": "full_frames", "crop_frames": "cropped_frames"}


@dataclass(frozen=True, slots=True)
class Work:
    """A job's frames.

    Attributes:
        job_id: The job.
        table: Of the video's database.
        db: That database.
        folder: Where the frames are files instead; None: they are in the table.
        index_hz: How many indexes make a second.
    """

    job_id: int
    table: str
    db: Path
    folder: Path | None
    index_hz: Fraction


def work_of(job_id: int, kind: str, payload: Mapping[str, Any]) -> Work:
    """Where to look.

    Raises:
        NoFrames: Jobs of this kind make none, or the payload does not say where.
    """
    table, db = _TABLES.get(kind), payload.get("dbPath")
    if table is None:
        raise NoFrames(f"job {job_id} is of the kind '{kind}': that makes no frames")
    if not isinstance(db, str) or "\0" in db:
        raise NoFrames(f"job {job_id} names no dbPath")
    in_files = payload.get("store") == "files"
    folder = Path(str(payload.get("outputDir"))) if in_files else None
    return Work(job_id, table, Path(db), folder, _index_hz(kind, payload))


def _index_hz(kind: str, payload: Mapping[str, Any]) -> Fraction:
    rate = payload.get("frameRate")
    if kind == "full_frames" or not isinstance(rate, int | float) or rate <= 0:
        return Fraction(_FULL_HZ if kind == "full_frames" else _CROPS_HZ)
    return Fraction(str(rate))


def refuse_others(work: Work, queue_id: str, fence: Fence | None) -> None:
    """Demand that the frames are the job's own.

    Raises:
        NoFrames: They are another job's, or the job has published none.
    """
    if fence is None or fence.queue_id != queue_id:
        raise NoFrames(f"job {work.job_id} has published no frames in {work.db}")
    if fence.job_id != work.job_id:
        raise NoFrames(
            f"job {work.job_id}'s frames have been replaced, or are about to be, by job"
            f" {fence.job_id}'s: `inspect frames {fence.job_id}` shows those"
        )
    if not fence.shown:
        raise NoFrames(f"job {work.job_id} has published no frames yet")
