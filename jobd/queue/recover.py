"""Rows that run without a process: left by a daemon that died, or made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.queue.lease import Lease

if TYPE_CHECKING:
    from collections.abc import Collection

    from jobd.queue.file import Queue


def orphans(queue: Queue) -> list[Lease]:
    """The leases of a dead daemon; to be called by the holder of the lock, before its first lease.

    Oldest attempt first. Each is settled by itself, like an attempt that crashed. Attempts whose
    job had been cancelled or deleted before are closed here.

    Raises:
        QueueBusy: Another program held the write lock for too long.
    """
    with queue.writing():
        queue.run("close_abandoned", {"now": queue.clock.now_ms()})
    return [Lease(queue.queue_id, *row) for row in sorted(queue.run("running"))]


def strays(queue: Queue, held: Collection[int]) -> list[Lease]:
    """The leases that nobody holds although their rows run: somebody has changed attempt_id.

    Args:
        queue: The queue.
        held: The attempts of this daemon that are not settled.
    """
    leases = (Lease(queue.queue_id, *row) for row in queue.run("running"))
    return [lease for lease in leases if lease.attempt_id not in held]
