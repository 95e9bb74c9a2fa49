from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import LeaseLost
from jobd.queue.lease import (
    Lease,
    has_work,
    is_idle,
    leased_attempts,
    next_due_ms,
    renew,
    set_pid,
    take_lease,
)
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import close_lost, settle
from tests.support.queuefile import COMPLETED, LEASE_MS, NOW_MS, HandClock, insert, job, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue

BACK = Settlement("queued")


def lease(queue: Queue) -> Lease:
    assert has_work(queue)
    taken = take_lease(queue, LEASE_MS)
    assert taken is not None
    return taken


def test_looking_writes_nothing(queue: Queue, clock: HandClock) -> None:
    insert(queue, run_at=NOW_MS + 1)
    insert(queue, "crop_frames")
    clock.pass_ms(1)
    wal = queue.path.with_name("jobs.db-wal")
    before = (queue.db.total_changes(), wal.read_bytes())
    for _ in range(3):
        assert has_work(queue)
        next_due_ms(queue)
        leased_attempts(queue)
        is_idle(queue)
    assert (queue.db.total_changes(), wal.read_bytes()) == before
    assert job(queue, 1, "run_at") == NOW_MS + 1


def test_looking_needs_no_lock(queue: Queue) -> None:
    insert(queue)
    with queue.writing():
        assert has_work(queue)
    rows(queue, "PRAGMA query_only = ON")
    assert has_work(queue)
    assert not is_idle(queue)


def test_leased_attempts_are_those_that_still_hold(queue: Queue) -> None:
    for video in "abc":
        insert(queue, video=video)
    for _ in range(3):
        lease(queue)
    rows(queue, "UPDATE jobs SET status = 'cancelled' WHERE id = 1")
    rows(queue, "DELETE FROM jobs WHERE id = 2")
    assert leased_attempts(queue) == {3}


def test_renewing_shows_the_progress(queue: Queue, clock: HandClock) -> None:
    insert(queue)
    taken = lease(queue)
    clock.pass_ms(500)
    set_pid(queue, taken, 4711)
    renew(queue, taken, 0.25, LEASE_MS)
    assert job(queue, 1, "progress", "lease_until") == (0.25, NOW_MS + 500 + LEASE_MS)
    assert rows(queue, "SELECT pid FROM job_attempts") == [(4711,)]


@pytest.mark.parametrize(
    "loss",
    [
        "UPDATE jobs SET status = 'cancelled'",
        "DELETE FROM jobs",
        "UPDATE jobs SET status = 'queued', attempt_id = NULL",
    ],
)
def test_a_lost_lease_is_not_renewed(queue: Queue, loss: str) -> None:
    insert(queue)
    taken = lease(queue)
    rows(queue, loss)
    with pytest.raises(LeaseLost):
        renew(queue, taken, 0.5, LEASE_MS)
    close_lost(queue, taken)
    with pytest.raises(LeaseLost):
        set_pid(queue, taken, 1)


def test_a_later_lease_of_the_same_job_is_not_renewed_by_the_first(queue: Queue) -> None:
    insert(queue)
    first = lease(queue)
    settle(queue, first, Outcome.RETRY, BACK)
    second = lease(queue)
    with pytest.raises(LeaseLost):
        renew(queue, first, 0.9, LEASE_MS)
    assert job(queue, 1, "progress", "attempt_id") == (0.0, second.attempt_id)


OUTBOX_ROW = (
    "INSERT INTO cancellations (job_id, kind, target, payload, round, attempt_id, at)"
    " VALUES (1, 'k', 't', '{}', 1, 1, 1)"
)


@pytest.mark.parametrize(
    ("leave", "idle"),
    [
        ("SELECT 1", True),
        ("UPDATE jobs SET status = 'queued'", False),
        ("UPDATE jobs SET status = 'queued', run_at = 9000000000000", False),
        (OUTBOX_ROW, False),
    ],
)
def test_idle_means_nothing_left_to_do(queue: Queue, leave: str, idle: bool) -> None:  # noqa: FBT001
    insert(queue)
    taken = lease(queue)
    assert not is_idle(queue)
    settle(queue, taken, Outcome.COMPLETED, COMPLETED)
    rows(queue, leave)
    assert is_idle(queue) == idle
