from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.queue.cancellations import (
    Cancellation,
    close_cancellation,
    next_cancellation,
    owe,
    postpone_cancellation,
)
from jobd.queue.lease import Lease, is_idle, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import close_lost, settle
from tests.support.queuefile import COMPLETED, LEASE_MS, insert, payload, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue


def lease(queue: Queue) -> Lease:
    taken = take_lease(queue, LEASE_MS)
    assert taken is not None
    return taken


def cancel(queue: Queue, *job_ids: int) -> None:
    for job_id in job_ids:
        rows(queue, "UPDATE jobs SET status = 'cancelled' WHERE id = ?", job_id)


def told(queue: Queue) -> list[int]:
    """Tell all that can be told now; the jobs in order."""
    jobs = []
    while cancellation := next_cancellation(queue):
        jobs.append(cancellation.job_id)
        close_cancellation(queue, cancellation.id)
    return jobs


def test_a_waiting_job_is_told_at_once(queue: Queue) -> None:
    insert(queue, video="other")
    settle(queue, lease(queue), Outcome.COMPLETED, COMPLETED)
    insert(queue)
    cancel(queue, 2)
    expected = Cancellation(
        1, 2, "full_frames", payload().encode(), 1, as_of_attempt_id=1, message="Cancelled"
    )
    assert next_cancellation(queue) == expected
    assert next_cancellation(queue) == expected, "until it is closed"
    assert not is_idle(queue)
    assert told(queue) == [2]
    assert is_idle(queue)


def test_a_running_job_is_told_when_its_process_has_ended(queue: Queue) -> None:
    insert(queue)
    taken = lease(queue)
    cancel(queue, 1)
    assert next_cancellation(queue) is None
    assert not is_idle(queue)
    close_lost(queue, taken)
    assert told(queue) == [1]


def test_one_that_must_wait_does_not_hold_up_the_next(queue: Queue) -> None:
    insert(queue, video="a")
    lease(queue)
    insert(queue, video="b")
    cancel(queue, 1, 2)
    assert told(queue) == [2]


def test_a_waiting_job_of_the_target_speaks_for_it(queue: Queue) -> None:
    insert(queue, video="a")
    insert(queue, video="a", run_at=9 * 10**12)
    cancel(queue, 1)
    assert told(queue) == []
    assert rows(queue, "SELECT count(*) FROM cancellations") == [(0,)]


def test_a_running_job_of_the_target_speaks_for_it(queue: Queue) -> None:
    insert(queue, video="a")
    insert(queue, video="a")
    lease(queue)
    cancel(queue, 2)
    assert told(queue) == []


def test_a_job_of_the_other_kind_does_not(queue: Queue) -> None:
    insert(queue, "full_frames", video="a")
    insert(queue, "crop_frames", video="a")
    cancel(queue, 1)
    assert told(queue) == [1]


def test_an_attempt_that_came_and_went_in_between_spoke_for_it(queue: Queue) -> None:
    insert(queue, video="a")
    cancel(queue, 1)
    insert(queue, video="a")
    settle(queue, lease(queue), Outcome.COMPLETED, COMPLETED)
    assert told(queue) == []


def test_a_lease_of_another_video_silences_nothing(queue: Queue) -> None:
    insert(queue, video="a")
    cancel(queue, 1)
    insert(queue, video="b")
    insert(queue, "crop_frames", video="a")
    lease(queue)
    lease(queue)
    assert told(queue) == [1]


def test_a_retry_takes_the_cancelling_back(queue: Queue) -> None:
    insert(queue, video="a")
    cancel(queue, 1)
    rows(queue, "UPDATE jobs SET status = 'queued'")
    assert told(queue) == []
    cancel(queue, 1)
    assert told(queue) == [1]


def test_the_newest_attempt_of_that_time_is_kept(queue: Queue) -> None:
    insert(queue, video="a")
    cancel(queue, 1)
    insert(queue, video="b")
    lease(queue)
    found = next_cancellation(queue)
    assert found is not None
    assert found.as_of_attempt_id == 0, "attempt 1 came later"


def test_many_that_are_moot_are_dropped_in_steps(queue: Queue) -> None:
    with queue.writing():
        for _ in range(1100):
            insert(queue, video="a")
    insert(queue, video="b")
    rows(queue, "UPDATE jobs SET status = 'cancelled'")
    insert(queue, video="a")
    assert told(queue) == [1101]


def test_what_could_not_be_told_goes_behind_the_others(queue: Queue) -> None:
    for job_id, video in ((1, "a"), (2, "b")):
        insert(queue, video=video)
        cancel(queue, job_id)
    first = next_cancellation(queue)
    assert first is not None
    postpone_cancellation(queue, first.id)
    assert told(queue) == [2, 1]


def test_what_is_owed_is_told_once_the_job_has_failed(queue: Queue) -> None:
    insert(queue)
    held = lease(queue)
    owe(queue, held, "crashed")
    settle(queue, held, Outcome.CRASHED, Settlement("failed", error="crashed"))
    owed = next_cancellation(queue)
    assert owed is not None
    assert (owed.job_id, owed.as_of_attempt_id, owed.message) == (1, held.attempt_id, "crashed")
