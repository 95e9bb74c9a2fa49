"""The fence: which attempt may write a table of this video, told by ids that only grow.

Every attempt takes the fence of its target before it writes anything else; every later
write demands that the fence is still its own. So a process that outlived its lease, or
woke up late, cannot write over its successor.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from jobd.errors import FenceLost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.videodb.database import VideoDb


class Target(StrEnum):
    """What is replaced as a whole; the value is the table's name."""

    FULL_FRAMES = "full_frames"
    CROPPED_FRAMES = "cropped_frames"


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt at one job.

    Attributes:
        queue_id: The queue's UUID: attempt ids of different queues say nothing of each other.
        attempt_id: Grows with every attempt of the queue.
        job_id: The row.
        round: With queue and job the name of a piece of work: publishing it once is enough.
    """

    queue_id: str
    attempt_id: int
    job_id: int
    round: int


def take(video: VideoDb, target: Target, work: Work) -> bool:
    """Make the fence this attempt's own.

    Returns:
        True where an earlier attempt has published this very work (same queue, job and
        round): there is nothing left to do but to settle.

    Raises:
        FenceLost: The same queue holds a newer attempt here.
    """
    with video.writing():
        video.row("jobd_fence")
        row = video.row("fence_take", target=target, **asdict(work))
        if row is None:
            raise _lost(target)
    return bool(row[0])


@contextmanager
def fenced(video: VideoDb, target: Target, work: Work) -> Iterator[None]:
    """Run the block in one transaction, with the fence in hand.

    Raises:
        FenceLost: Another attempt has taken it; nothing is written.
        VideoDeleted: The app deleted the video.
    """
    with video.writing():
        hold(video, target, work)
        yield


def hold(video: VideoDb, target: Target, work: Work) -> None:
    """Within a transaction: demand that the fence is this attempt's.

    Raises:
        FenceLost: It is another's. A fence that vanished is made anew.
    """
    video.row("jobd_fence")
    if video.row("fence_hold", target=target, **asdict(work)) is None:
        raise _lost(target)


def mark_published(video: VideoDb, target: Target, work: Work) -> None:
    """Within the publishing transaction: note that this work is done.

    Raises:
        FenceLost: The fence is another attempt's.
    """
    if video.row("fence_publish", **_holder(target, work)) is None:
        raise _lost(target)


def published(video: VideoDb, target: Target, work: Work) -> bool:
    """Whether this very work (same queue, job and round) is published already."""
    return video.row("fence_published", target=target, **_name(work)) is not None


def show(video: VideoDb, target: Target, work: Work, frames: int) -> None:
    """Within a transaction: note that the frames are shown, but that the work is not done.

    Args:
        video: In the caller's transaction.
        target: What is shown.
        work: The attempt.
        frames: How many there are; 0: what an earlier attempt showed counts no more.

    Raises:
        FenceLost: The fence is another attempt's.
    """
    if video.row("fence_show", frames=frames, **_holder(target, work)) is None:
        raise _lost(target)


def shown(video: VideoDb, target: Target, work: Work) -> int:
    """How many frames of this very work are there, its text still to be read; 0: none."""
    row = video.row("fence_shown", target=target, **_name(work))
    return int(str(row[0])) if row else 0


def committed(video: VideoDb, target: Target, work: Work) -> bool:
    """Whether frames of this very work are there, be it done or not."""
    return published(video, target, work) or shown(video, target, work) > 0


@contextmanager
def notice(video: VideoDb, target: Target, work: Work) -> Iterator[None]:
    """Run a status write for an attempt that is over, without taking the fence.

    Args:
        video: An open database.
        target: Whose status it is.
        work: Its attempt_id is the newest that the notice speaks for.

    Raises:
        FenceLost: The same queue holds a newer attempt here: its word stands.
        VideoDeleted: The app deleted the video.
    """
    with video.writing():
        if video.row("fence_newer", **_holder(target, work)) is not None:
            raise _lost(target)
        yield


def _name(work: Work) -> dict[str, object]:
    """The same for every attempt at one piece of work."""
    return {"queue_id": work.queue_id, "job_id": work.job_id, "round": work.round}


def _holder(target: Target, work: Work) -> dict[str, object]:
    return {"target": target, "queue_id": work.queue_id, "attempt_id": work.attempt_id}


def _lost(target: Target) -> FenceLost:
    return FenceLost(f"a newer attempt writes {target} of this video now")
