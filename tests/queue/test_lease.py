from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.queue.kinds import register
from jobd.queue.lease import Lease, has_work, next_due_ms, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import close_lost, settle
from tests.support.queuefile import (
    COMPLETED,
    KINDS,
    LEASE_MS,
    NOW_MS,
    HandClock,
    insert,
    job,
    payload,
    rows,
)

if TYPE_CHECKING:
    from jobd.queue.file import Queue

BACK = Settlement("queued")


def lease(queue: Queue) -> Lease:
    assert has_work(queue)
    taken = take_lease(queue, LEASE_MS)
    assert taken is not None
    return taken


def nothing_to_do(queue: Queue) -> bool:
    looked = has_work(queue)
    taken = take_lease(queue, LEASE_MS)
    assert looked == (taken is not None), "the probe and the lease must agree"
    return not looked


def work_off(queue: Queue) -> list[int]:
    """Lease and complete until nothing is left; the ids in order."""
    done = []
    while has_work(queue):
        taken = lease(queue)
        done.append(taken.job_id)
        settle(queue, taken, Outcome.COMPLETED, COMPLETED)
    return done


def test_a_lease_says_all_about_its_job(queue: Queue) -> None:
    job_id = insert(queue, "crop_frames", max_attempts=5)
    assert lease(queue) == Lease(
        queue_id=queue.queue_id,
        attempt_id=1,
        job_id=job_id,
        kind="crop_frames",
        payload=payload().encode(),
        round=1,
        attempt=1,
        max_attempts=5,
    )
    columns = ("status", "attempt_id", "attempts", "lease_until", "progress", "started_at")
    assert job(queue, job_id, *columns) == ("running", 1, 1, NOW_MS + LEASE_MS, 0.0, NOW_MS)
    attempts = rows(queue, "SELECT job_id, round, number, started_at, ended_at FROM job_attempts")
    assert attempts == [(job_id, 1, 1, NOW_MS, None)]


def test_an_empty_queue_has_no_work(queue: Queue) -> None:
    assert nothing_to_do(queue)


def test_priority_first_then_age(queue: Queue) -> None:
    insert(queue, video="a")
    insert(queue, video="b", priority=5)
    insert(queue, video="c", priority=-5)
    insert(queue, video="d", priority=5)
    insert(queue, video="e")
    insert(queue, "crop_frames", video="f")
    assert work_off(queue) == [6, 2, 4, 1, 5, 3]


def test_equal_priorities_of_two_kinds_go_by_age(queue: Queue) -> None:
    insert(queue, "full_frames", "a", priority=7)
    insert(queue, "crop_frames", "b", priority=7)
    insert(queue, "full_frames", "c", priority=7)
    assert work_off(queue) == [1, 2, 3]


def test_a_job_waits_for_its_time(queue: Queue, clock: HandClock) -> None:
    insert(queue, video="late", run_at=NOW_MS + 10, priority=1000)
    insert(queue, video="soon")
    assert next_due_ms(queue) == NOW_MS + 10
    assert work_off(queue) == [2]
    clock.pass_ms(9)
    assert nothing_to_do(queue)
    clock.pass_ms(1)
    assert work_off(queue) == [1]
    assert next_due_ms(queue) is None


def test_what_is_due_is_as_good_as_what_never_waited(queue: Queue, clock: HandClock) -> None:
    insert(queue, video="a", run_at=NOW_MS + 20)
    insert(queue, video="b", run_at=NOW_MS + 10)
    insert(queue, video="c")
    clock.pass_ms(20)
    assert work_off(queue) == [1, 2, 3]


def test_many_rows_that_are_due_at_once_become_ready_in_steps(
    queue: Queue, clock: HandClock
) -> None:
    with queue.writing():
        for video in range(1100):
            insert(queue, video=f"v{video}", run_at=NOW_MS + 1)
    clock.pass_ms(1)
    ready = []
    for _ in range(3):
        lease(queue)
        ready += rows(queue, "SELECT count(*) FROM jobs WHERE run_at = 0")
    assert ready == [(500,), (1000,), (1100,)]


def test_one_kind_leaves_a_slot(queue: Queue) -> None:
    register(queue, KINDS, concurrency=3)
    for video in "abc":
        insert(queue, "full_frames", video)
    first, _ = lease(queue), lease(queue)
    assert nothing_to_do(queue)
    insert(queue, "crop_frames", "d")
    assert lease(queue).kind == "crop_frames"
    settle(queue, first, Outcome.COMPLETED, COMPLETED)
    assert lease(queue).kind == "full_frames"


def test_with_one_slot_there_is_none_to_leave(queue: Queue) -> None:
    register(queue, KINDS, concurrency=1)
    insert(queue, "full_frames")
    assert lease(queue).kind == "full_frames"


def test_a_paused_kind_waits_and_the_other_does_not(queue: Queue) -> None:
    insert(queue, "crop_frames", "a")
    insert(queue, "full_frames", "b")
    rows(queue, "UPDATE job_kinds SET paused = 1 WHERE kind = 'crop_frames'")
    assert work_off(queue) == [2]
    rows(queue, "UPDATE job_kinds SET paused = 0")
    assert work_off(queue) == [1]


def test_both_kinds_work_on_one_video_at_once(queue: Queue) -> None:
    insert(queue, "full_frames", "a")
    insert(queue, "crop_frames", "a")
    assert {lease(queue).kind, lease(queue).kind} == {"full_frames", "crop_frames"}


def test_a_blocked_row_does_not_block_those_behind_it(queue: Queue) -> None:
    for video in ["a", "a", "a", "b"]:
        insert(queue, video=video)
    first = lease(queue)
    assert lease(queue).job_id == 4
    settle(queue, first, Outcome.COMPLETED, COMPLETED)
    assert lease(queue).job_id == 2


def test_a_look_is_bounded_however_many_rows_are_blocked(queue: Queue) -> None:
    with queue.writing():
        for _ in range(1000):
            insert(queue, video="a")
    lease(queue)
    insert(queue, video="b")
    assert lease(queue).job_id == 1001
    for _ in range(2):
        insert(queue, video="a")
    insert(queue, video="c")
    assert nothing_to_do(queue), "the first 1000 ready rows are all of the video that is at work"


def test_a_cancelled_job_is_leased_again_only_without_its_old_process(queue: Queue) -> None:
    insert(queue)
    old = lease(queue)
    rows(queue, "UPDATE jobs SET status = 'cancelled'")
    rows(queue, "UPDATE jobs SET status = 'queued'")
    assert nothing_to_do(queue)
    close_lost(queue, old)
    again = lease(queue)
    assert (again.job_id, again.attempt_id, again.round, again.attempt) == (1, 2, 2, 1)


def test_attempts_are_counted_over_all_rounds(queue: Queue) -> None:
    insert(queue)
    settle(queue, lease(queue), Outcome.RETRY, BACK)
    settle(queue, lease(queue), Outcome.FAILED, Settlement("failed"))
    rows(queue, "UPDATE jobs SET status = 'queued'")
    lease(queue)
    numbers = rows(queue, "SELECT id, job_id, round, number FROM job_attempts")
    assert numbers == [(1, 1, 1, 1), (2, 1, 1, 2), (3, 1, 2, 3)]


def test_a_row_without_attempts_left_is_passed_over(queue: Queue) -> None:
    insert(queue, video="a", priority=10)
    insert(queue, video="b")
    rows(queue, "UPDATE jobs SET attempts = 3 WHERE id = 1")
    assert work_off(queue) == [2]
