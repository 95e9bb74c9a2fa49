"""How SQLite runs the statements of the loop: from an index, without a sort, whatever waits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.queuefile import rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue

LOOP = (
    *("candidates", "is_due", "promote", "next_due", "open_attempt", "lease"),
    *("silence_cancellations", "running", "leased_attempts", "set_pid", "renew", "is_idle"),
    "add_lines",
    *("finish", "requeue", "close_attempt", "close_abandoned", "next_cancellation"),
    *("count_queued", "drop_moot", "close_cancellation", "prunable", "attempts_of", "drop_logs_of"),
    *("drop_attempts", "drop_jobs", "old_attempts", "old_logs", "drop_logs"),
)
# What a scan may walk: rows that are few by their nature, and the entries of a small partial index.
SMALL = re.compile(
    r"SCAN (k|c|ready|old|counted|(given|json_each) VIRTUAL TABLE|cancellations|rival|CONSTANT ROW"
    r"|jobs USING (COVERING )?INDEX jobs_running"
    r"|job_attempts USING (COVERING )?INDEX job_attempts_open"
    r"|jobs USING COVERING INDEX jobs_(ready|scheduled))\b"
)
# A scan of an index that stops at its first entry, or after as many as anybody cares for.
FIRST_ENTRY = {"is_idle", "next_due", "count_queued"}
BINDS = re.compile(r":(\w+)")


def plan(queue: Queue, name: str) -> list[str]:
    sql = queue.sql[name]
    binds = dict.fromkeys(BINDS.findall(sql))
    return [str(row[-1]) for row in queue.db.execute(f"EXPLAIN QUERY PLAN {sql}", binds)]


def assert_quick(queue: Queue, name: str) -> None:
    lines = plan(queue, name)
    for line in lines:
        assert "TEMP B-TREE" not in line, lines
        assert "AUTOMATIC" not in line, lines
        if line.startswith("SCAN"):
            assert SMALL.match(line), lines
            assert name in FIRST_ENTRY or not re.search("jobs_(ready|scheduled)", line), lines


@pytest.mark.parametrize("name", LOOP)
def test_statement_of_the_loop_neither_scans_nor_sorts(queue: Queue, name: str) -> None:
    assert_quick(queue, name)


FILLINGS = {
    "all wait": "'queued', 0",
    "all wait for their time": "'queued', 1800000000000 + n",
    "half have ended": "iif(n % 2, 'queued', 'completed'), 0",
    "nearly all have ended": "iif(n % 1000, 'completed', 'queued'), 0",
}


@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS.keys())
def test_it_stays_so_with_many_rows_and_their_statistics(queue: Queue, filling: str) -> None:
    for name, _ in rows(queue, "SELECT name, 0 FROM sqlite_schema WHERE type = 'trigger'"):
        rows(queue, f'DROP TRIGGER "{name}"')
    rows(
        queue,
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 100000)"
        " INSERT INTO jobs (kind, payload, priority, unique_key, status, run_at, finished_at)"
        " SELECT iif(n % 3, 'full_frames', 'crop_frames'),"
        " json_object('videoId', 'v', 'dbPath', '/videos/' || (n % 5000)), n % 7, 'k' || n,"
        f" {filling}, n FROM c",
    )
    rows(queue, "INSERT INTO job_attempts (job_id, round, number, started_at, ended_at, outcome)"
                " SELECT id, 1, 1, 1, 1, 'completed' FROM jobs")  # fmt: skip
    rows(queue, "ANALYZE")
    for name in LOOP:
        assert_quick(queue, name)


def test_the_lease_finds_its_row_in_the_index_of_ready_rows(queue: Queue) -> None:
    assert "SEARCH jobs USING INDEX jobs_ready (kind=?)" in plan(queue, "candidates")
    assert plan(queue, "next_due") == [
        "SEARCH jobs USING COVERING INDEX jobs_scheduled (run_at>?)",
    ]


def test_retention_finds_its_rows_in_the_index_of_ended_ones(queue: Queue) -> None:
    assert plan(queue, "prunable")[0] == (
        "SEARCH j USING INDEX jobs_finished (status=? AND finished_at>? AND finished_at<?)"
    )
    assert plan(queue, "drop_jobs")[0] == "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)"
    assert "SEARCH job_attempts USING INTEGER PRIMARY KEY (rowid>?)" in plan(queue, "old_attempts")
    assert "SEARCH job_logs USING INTEGER PRIMARY KEY (rowid>?)" in plan(queue, "old_logs")


def test_a_writers_statements_find_their_rows_too(queue: Queue) -> None:
    for sql in (
        "UPDATE jobs SET status = 'cancelled' WHERE id = 1",
        "DELETE FROM jobs WHERE id = 1",
        "SELECT count(*) FROM jobs WHERE status = 'completed' AND finished_at IS NOT NULL",
        "SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at = 0 AND kind = 'a'",
    ):
        lines = [str(row[-1]) for row in queue.db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert all(line.startswith("SEARCH jobs USING") for line in lines), lines
