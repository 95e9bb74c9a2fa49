from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.queue.cancellations import next_cancellation
from jobd.queue.lease import has_work, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.recover import orphans
from jobd.queue.settle import settle
from tests.support.queuefile import COMPLETED, LEASE_MS, insert, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue


def leases(queue: Queue, count: int) -> list[object]:
    for video in range(count):
        insert(queue, video=f"v{video}")
    return [take_lease(queue, LEASE_MS) for _ in range(count)]


def test_every_running_row_is_an_orphan(queue: Queue) -> None:
    before = leases(queue, 3)
    insert(queue, video="waiting")
    assert orphans(queue) == before
    assert orphans(queue) == before, "until it is settled"


def test_they_are_settled_like_a_crash(queue: Queue) -> None:
    leases(queue, 2)
    first, second = orphans(queue)
    assert settle(queue, first, Outcome.CRASHED, Settlement("queued", error="x")) == "queued"
    assert settle(queue, second, Outcome.COMPLETED, COMPLETED) == "completed"
    assert orphans(queue) == []
    assert rows(queue, "SELECT attempts FROM jobs") == [(1,), (1,)]


def test_attempts_whose_job_is_no_longer_theirs_are_closed(queue: Queue) -> None:
    leases(queue, 3)
    rows(queue, "UPDATE jobs SET status = 'cancelled' WHERE id = 1")
    rows(queue, "DELETE FROM jobs WHERE id = 2")
    rows(queue, "UPDATE jobs SET status = 'queued' WHERE id = 1")
    assert not has_work(queue)
    assert [lease.job_id for lease in orphans(queue)] == [3]
    outcomes = rows(queue, "SELECT outcome, ended_at IS NULL FROM job_attempts ORDER BY id")
    assert outcomes == [("cancelled", 0), ("cancelled", 0), (None, 1)]
    assert has_work(queue), "the job that was retried"
    told = next_cancellation(queue)
    assert told is not None
    assert told.job_id == 2


def test_an_empty_queue_has_none(queue: Queue) -> None:
    assert orphans(queue) == []
