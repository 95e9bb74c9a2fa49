"""How SQLite runs the statements of a .sql file, on a queue with many rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.queue.file import Queue

_BINDS = re.compile(r":(\w+)")
FILLINGS = {
    "all wait": "'queued', 0, NULL",
    "all wait for their time": "'queued', 1800000000000 + n, NULL",
    "nearly all have ended": "iif(n % 1000, 'completed', 'queued'), 0, iif(n % 1000, n, NULL)",
}


def fill(queue: Queue, filling: str, count: int = 20_000) -> None:
    """Rows of one kind of queue, and what ANALYZE makes of them."""
    for (name,) in queue.db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    ).fetchall():
        queue.db.execute(f'DROP TRIGGER "{name}"')
    queue.db.execute(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ?)"
        " INSERT INTO jobs (kind, payload, priority, unique_key, status, run_at, finished_at)"
        " SELECT iif(n % 3, 'full_frames', 'crop_frames'),"
        " json_object('videoId', 'v', 'dbPath', '/videos/' || (n % 5000)), n % 7, 'k' || n,"
        f" {filling} FROM c",
        (count,),
    )
    queue.db.execute(
        "INSERT INTO job_attempts (job_id, round, number, started_at, ended_at, outcome)"
        " SELECT id, 1, 1, 1, 1, 'completed' FROM jobs"
    )
    queue.db.execute("ANALYZE")


def plans(queue: Queue, statements: Path) -> dict[str, list[str]]:
    """The lines of EXPLAIN QUERY PLAN of each block."""
    return {name: _plan(queue, sql) for name, sql in load_blocks(statements).items()}


def _plan(queue: Queue, sql: str) -> list[str]:
    binds = dict.fromkeys(_BINDS.findall(sql))
    return [str(row[-1]) for row in queue.db.execute(f"EXPLAIN QUERY PLAN {sql}", binds)]
