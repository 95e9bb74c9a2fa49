"""Cancelled jobs whose video is still to be told: an outbox that triggers fill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobd.queue.file import Binds, Queue
    from jobd.queue.lease import Lease

_DROP_STEP = 500


@dataclass(frozen=True, slots=True)
class Cancellation:
    """One job that ended without an attempt of its own to say so.

    Attributes:
        payload: The row's bytes as they were when it was cancelled.
        as_of_attempt_id: The newest attempt of the whole queue at that time; what a later
            one has written into the video stays.
        message: What to tell: "Cancelled", or why an attempt failed that could not tell it.
    """

    id: int
    job_id: int
    kind: str
    payload: bytes
    round: int
    as_of_attempt_id: int
    message: str


def next_cancellation(queue: Queue) -> Cancellation | None:
    """The oldest that can be told now: no process of its job is left.

    Those of a target for which another job is queued or running are dropped: that job's
    status is the true one.

    Raises:
        QueueBusy: Another program held the write lock for too long.
    """
    while rows := queue.run("next_cancellation"):
        with queue.writing():
            dropped = queue.run("drop_moot", {"step": _DROP_STEP})
        if not dropped:
            return Cancellation(*rows[0])
    return None


def close_cancellation(queue: Queue, cancellation_id: int) -> None:
    """Forget one: the video has been told, or cannot be.

    Raises:
        QueueBusy: Another program held the write lock for too long.
    """
    with queue.writing():
        queue.run("close_cancellation", {"id": cancellation_id})


def postpone_cancellation(queue: Queue, cancellation_id: int) -> None:
    """Put one that could not be told behind all others.

    Raises:
        QueueBusy: Another program held the write lock for too long.
    """
    with queue.writing():
        queue.run("postpone_cancellation", {"id": cancellation_id})


def owe(queue: Queue, lease: Lease, message: str) -> None:
    """Note that a video must still be told why its job failed; before the job is settled.

    Raises:
        QueueBusy: Another program held the write lock for too long.
    """
    binds: Binds = {
        "job_id": lease.job_id,
        "attempt_id": lease.attempt_id,
        "now": queue.clock.now_ms(),
        "message": message,
    }
    with queue.writing():
        queue.run("owe", binds)
