"""Retention: what goes and what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobd.queue.cancellations import close_cancellation, next_cancellation
from jobd.queue.lifecycle import Outcome
from jobd.queue.prune import Pruning, Retention, next_size
from jobd.queue.settle import close_lost
from tests.support.retention import DAY_S, KEEP, ids, many, prune

if TYPE_CHECKING:
    from tests.support.desk import Desk


def log_lines(desk: Desk, attempt_id: int, count: int = 1) -> None:
    desk.sql(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ?)"
        " INSERT INTO job_logs (attempt_id, at, level, message) SELECT ?, ?, 'info', 'm' FROM c",
        count,
        attempt_id,
        desk.clock.at_ms,
    )


def ended(desk: Desk, status: str, **columns: Any) -> int:
    """A job that has just ended so, with an attempt and a line of log; its id."""
    job_id = desk.add(**columns)
    if status == "cancelled":
        lease = desk.lease()
        desk.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", job_id)
        desk.sql("UPDATE jobs SET finished_at = ? WHERE id = ?", desk.clock.at_ms, job_id)
        close_lost(desk.queue, lease)
        desk.sql("DELETE FROM cancellations")
    else:
        desk.run(Outcome(status), took_s=0)
    log_lines(desk, ids(desk, "job_attempts")[-1])
    return job_id


@pytest.mark.parametrize(("status", "days"), [("completed", 30), ("cancelled", 30), ("failed", 90)])
def test_a_job_goes_when_its_time_is_full_and_not_before(
    desk: Desk, status: str, days: int
) -> None:
    ended(desk, status)
    desk.clock.at_ms += days * DAY_S * 1000 - 1
    assert prune(desk).jobs == 0
    assert ids(desk) == ids(desk, "job_attempts") == ids(desk, "job_logs") == [1]
    desk.clock.at_ms += 1
    assert prune(desk).jobs == 1
    assert ids(desk) == ids(desk, "job_attempts") == ids(desk, "job_logs") == []


def test_all_others_stay_as_they_are(desk: Desk) -> None:
    old = ended(desk, "completed")
    again = ended(desk, "failed")
    desk.sql("UPDATE jobs SET status = 'queued' WHERE id = ?", again)
    running = desk.add(priority=9)
    assert desk.lease().job_id == running
    log_lines(desk, ids(desk, "job_attempts")[-1])
    desk.add()  # waits
    desk.add(run_at=desk.clock.at_ms + 1000 * DAY_S * 1000)
    desk.clock.pass_s(80 * DAY_S)
    ended(desk, "completed", priority=9)  # not long ago
    desk.clock.pass_s(20 * DAY_S)
    owners = {"jobs": "id", "job_attempts": "job_id", "job_logs": "attempt_id"}  # ids go in step
    stay = {
        name: desk.sql(f"SELECT * FROM {name} WHERE {of} <> {old}") for name, of in owners.items()
    }
    assert prune(desk).jobs == 1
    assert {name: desk.sql(f"SELECT * FROM {name}") for name in owners} == stay
    assert [len(rows) for rows in stay.values()] == [5, 3, 3]


@pytest.mark.parametrize(
    ("retention", "left"),
    [
        (Retention(0, 90), ["completed", "cancelled"]),
        (Retention(30, 0), ["failed"]),
        (Retention(0, 0), ["completed", "cancelled", "failed"]),
        (Retention(0.5, 0.5), []),
    ],
)
def test_zero_keeps_for_ever(desk: Desk, retention: Retention, left: list[str]) -> None:
    for status in ("completed", "cancelled", "failed"):
        ended(desk, status)
    desk.clock.pass_s(10_000 * DAY_S)
    prune(desk, retention)
    assert [row[0] for row in desk.sql("SELECT status FROM jobs ORDER BY id")] == left


def test_a_job_stays_while_its_video_is_to_be_told(desk: Desk) -> None:
    job_id = desk.add()
    desk.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", job_id)
    desk.sql("UPDATE jobs SET finished_at = ?", desk.clock.at_ms)
    ended(desk, "completed")
    desk.clock.pass_s(100 * DAY_S)
    assert prune(desk).jobs == 1
    assert ids(desk) == [job_id]
    owed = next_cancellation(desk.queue)
    assert owed is not None
    close_cancellation(desk.queue, owed.id)
    prune(desk)
    assert ids(desk) == []


def test_a_job_stays_while_a_process_of_it_may_live(desk: Desk) -> None:
    job_id = desk.add()
    lease = desk.lease()
    desk.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", job_id)
    desk.sql("UPDATE jobs SET finished_at = ?", desk.clock.at_ms)
    desk.sql("DELETE FROM cancellations")
    desk.clock.pass_s(100 * DAY_S)
    prune(desk)
    assert ids(desk) == [job_id]
    close_lost(desk.queue, lease)
    prune(desk)
    assert ids(desk) == ids(desk, "job_attempts") == []


def test_the_logs_of_a_talkative_job_go_before_it_in_steps(desk: Desk) -> None:
    ended(desk, "completed")
    log_lines(desk, 1, count=2000)
    desk.clock.pass_s(31 * DAY_S)
    pruning = Pruning(desk.queue, KEEP)
    left = [2001]
    while ids(desk):
        assert pruning.step()
        left.append(len(ids(desk, "job_logs")))
        assert bool(ids(desk, "job_attempts")) == bool(left[-1] or ids(desk))
    assert len(left) > 3
    assert left[-1] == 0
    assert left == sorted(left, reverse=True)


def test_ids_are_never_used_again(desk: Desk) -> None:
    """Videos remember them: a newer attempt must have a larger one."""
    for _ in range(3):
        ended(desk, "completed")
    desk.clock.pass_s(31 * DAY_S)
    prune(desk)
    assert ids(desk) == []
    assert desk.add() == 4
    assert desk.lease().attempt_id == 4


def test_what_a_deleted_job_leaves_goes_once_it_is_old(desk: Desk) -> None:
    for _ in range(3):
        ended(desk, "completed")
    desk.clock.pass_s(60 * DAY_S)
    kept = Retention(90, 30)  # how they ended is not known: the longer time
    desk.sql("DELETE FROM jobs WHERE id IN (1, 3)")
    desk.sql("DELETE FROM job_attempts WHERE id = 3")
    prune(desk, kept)
    assert ids(desk, "job_attempts") == [1, 2]
    assert ids(desk, "job_logs") == [1, 2, 3]
    desk.clock.pass_s(30 * DAY_S - 1)
    prune(desk, kept)
    assert ids(desk, "job_logs") == [1, 2, 3]
    desk.clock.pass_s(1)
    prune(desk, Retention(90, 0))  # the job might have failed
    assert ids(desk, "job_attempts") == [1]
    assert ids(desk, "job_logs") == [1, 3]
    prune(desk, kept)
    assert ids(desk, "job_attempts") == ids(desk, "job_logs") == []


@pytest.mark.parametrize("ended", ["NULL", "9000000000000"])
def test_an_orphan_that_ended_late_or_not_at_all_stays(desk: Desk, ended: str) -> None:
    many(desk, 1)
    desk.sql("DELETE FROM jobs")
    outcome = "NULL" if ended == "NULL" else "'completed'"
    desk.sql(f"UPDATE job_attempts SET ended_at = {ended}, outcome = {outcome}")
    desk.clock.pass_s(200 * DAY_S)
    prune(desk)
    assert ids(desk, "job_attempts") == [1]


def test_young_attempts_are_not_looked_through(desk: Desk) -> None:
    many(desk, 2000)
    assert not Pruning(desk.queue, KEEP).step()


def test_an_orphan_among_very_many_is_found_and_none_of_the_others(desk: Desk) -> None:
    many(desk, 2000)
    desk.clock.pass_s(200 * DAY_S)
    desk.sql("UPDATE jobs SET finished_at = ?", desk.clock.at_ms)
    desk.sql("DELETE FROM jobs WHERE id IN (1500, 2000)")
    prune(desk)
    assert ids(desk, "job_attempts") == ids(desk) == [*range(1, 1500), *range(1501, 2000)]


@pytest.mark.parametrize(
    ("size", "worked_s", "expected"),
    [(8, 0.001, 16), (100, 0.005, 128), (128, 0.0, 128), (128, 0.006, 64), (1, 9.0, 1), (3, 1, 1)],
)
def test_the_next_step_is_as_large_as_time_lets(size: int, worked_s: float, expected: int) -> None:
    assert next_size(size, worked_s, largest=128) == expected
