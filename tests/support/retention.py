"""A queue with much that has ended, and all of retention's steps at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.queue.prune import Pruning, Retention

if TYPE_CHECKING:
    from tests.support.desk import Desk

DAY_S = 86_400
KEEP = Retention(keep_days=30, keep_failed_days=90)


def prune(desk: Desk, retention: Retention = KEEP) -> Pruning:
    """All that is to be done."""
    pruning = Pruning(desk.queue, retention)
    for _ in range(10_000):
        if not pruning.step():
            return pruning
    pytest.fail("it never ends")


def ids(desk: Desk, table: str = "jobs") -> list[int]:
    return [row[0] for row in desk.sql(f"SELECT id FROM {table} ORDER BY id")]


def many(desk: Desk, count: int) -> None:
    """Completed jobs, each with an attempt, all at once."""
    desk.sql("DROP TRIGGER jobs_new_is_queued")
    desk.sql(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ?)"
        " INSERT INTO jobs (kind, payload, status, finished_at) SELECT 'full_frames',"
        " json_object('videoId', 'v', 'dbPath', '/' || n, 'more', hex(zeroblob(400))),"
        " 'completed', ? FROM c",
        count,
        desk.clock.at_ms,
    )
    desk.sql(
        "INSERT INTO job_attempts (job_id, round, number, started_at, ended_at, outcome)"
        " SELECT id, 1, 1, finished_at, finished_at, 'completed' FROM jobs"
    )
