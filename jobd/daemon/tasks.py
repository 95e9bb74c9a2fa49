"""What the daemon hands to a child, made from what the queue handed to it (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.attempt.task import Notice, Task

if TYPE_CHECKING:
    from jobd.handlers.context import Options
    from jobd.queue.cancellations import Cancellation
    from jobd.queue.lease import Lease


def task_of(lease: Lease, options: Options) -> Task:
    """What the child of a lease is handed."""
    return Task(
        queue_id=lease.queue_id,
        attempt_id=lease.attempt_id,
        job_id=lease.job_id,
        round=lease.round,
        kind=lease.kind,
        payload=lease.payload,
        number=lease.attempt,
        max_attempts=lease.max_attempts,
        options=options,
    )


def cancelled_task(cancellation: Cancellation, queue_id: str, options: Options) -> Task:
    """A notice for a job that no attempt holds: it may speak after all earlier ones."""
    return Task(
        queue_id=queue_id,
        attempt_id=cancellation.as_of_attempt_id,
        job_id=cancellation.job_id,
        round=cancellation.round,
        kind=cancellation.kind,
        payload=cancellation.payload,
        number=0,
        max_attempts=0,
        options=options,
        notice=Notice("failed", cancellation.message),
    )
