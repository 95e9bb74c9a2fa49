"""A lease: who may change a row, from the moment it is taken until it is settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.errors import LeaseLost
from jobd.queue.said import writing

if TYPE_CHECKING:
    from jobd.queue.file import Binds, Queue
    from jobd.queue.said import Said

_PROMOTE_STEP = 500


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one job, until settled.

    Attributes:
        attempt_id: The row in job_attempts; the larger of two is the newer.
        payload: The row's bytes as they are.
        attempt: Attempts so far in this round, this one included.
        max_attempts: After so many the job has failed.
    """

    queue_id: str
    attempt_id: int
    job_id: int
    kind: str
    payload: bytes
    round: int
    attempt: int
    max_attempts: int


def has_work(queue: Queue) -> bool:
    """Whether `take_lease` would find something; a look that takes no lock and writes nothing."""
    return _is_due(queue, queue.clock.now_ms()) or _best(queue) is not None


def take_lease(queue: Queue, lease_ms: int) -> Lease | None:
    """Take the next job: the highest priority, and among equals the oldest.

    Args:
        queue: The queue.
        lease_ms: How far ahead `lease_until` is set.

    Returns:
        None where nothing may start now.

    Raises:
        QueueBusy: Another program held the write lock for too long.
    """
    now_ms = queue.clock.now_ms()
    with queue.writing():
        if _is_due(queue, now_ms):
            queue.run("promote", {"now": now_ms, "step": _PROMOTE_STEP})
        job_id = _best(queue)
        return None if job_id is None else _lease(queue, job_id, now_ms, lease_ms)


def _is_due(queue: Queue, now_ms: int) -> bool:
    return bool(queue.run("is_due", {"now": now_ms})[0][0])


def _best(queue: Queue) -> int | None:
    candidates = queue.run("candidates")
    if not candidates:
        return None
    best: int = min((-priority, job_id) for job_id, priority in candidates)[1]
    return best


def _lease(queue: Queue, job_id: int, now_ms: int, lease_ms: int) -> Lease:
    binds: Binds = {"job_id": job_id, "now": now_ms, "lease_until": now_ms + lease_ms}
    queue.run("open_attempt", binds)
    binds["attempt_id"] = queue.db.last_insert_rowid()
    rows = queue.run("lease", binds)
    if not rows:
        raise LeaseLost(f"job {job_id} could not be leased")
    queue.run("silence_cancellations", binds)
    return Lease(queue.queue_id, *rows[0])


def next_due_ms(queue: Queue) -> int | None:
    """When the next scheduled job may start, in Unix milliseconds; None: there is none."""
    rows = queue.run("next_due")
    return rows[0][0] if rows else None


def leased_attempts(queue: Queue) -> set[int]:
    """The attempts whose lease still holds; any other was cancelled, or its row deleted."""
    return {row[0] for row in queue.run("leased_attempts")}


def set_pid(queue: Queue, lease: Lease, pid: int, said: Said | None = None) -> None:
    """Note which process makes the attempt.

    Args:
        queue: The queue.
        lease: The attempt.
        pid: Of the process.
        said: Lines that are written with it.

    Raises:
        LeaseLost: The attempt has ended.
    """
    _guarded(queue, lease, "set_pid", {"attempt_id": lease.attempt_id, "pid": pid}, said)


def renew(
    queue: Queue, lease: Lease, progress: float, lease_ms: int, said: Said | None = None
) -> None:
    """Say how far the attempt is.

    Args:
        queue: The queue.
        lease: The attempt.
        progress: The share of the work that is done.
        lease_ms: How far ahead `lease_until` is set.
        said: Lines that are written with it.

    Raises:
        LeaseLost: The row is no longer this attempt's.
    """
    binds: Binds = {
        "job_id": lease.job_id,
        "attempt_id": lease.attempt_id,
        "progress": progress,
        "lease_until": queue.clock.now_ms() + lease_ms,
    }
    _guarded(queue, lease, "renew", binds, said)


def _guarded(queue: Queue, lease: Lease, name: str, binds: Binds, said: Said | None) -> None:
    with writing(queue, said):
        if not queue.run(name, binds):
            raise LeaseLost(f"job {lease.job_id} is no longer leased to attempt {lease.attempt_id}")


def count_queued(queue: Queue, most: int) -> int:
    """How many jobs wait, their time come or not; counting ends at about `most`."""
    count: int = queue.run("count_queued", {"most": most})[0][0]
    return count


def is_idle(queue: Queue) -> bool:
    """Whether nothing waits (retries in backoff included), runs, or is still to be told."""
    return bool(queue.run("is_idle")[0][0])
