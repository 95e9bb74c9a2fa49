"""Lease and settle at the level of the store: no children, every commit on disk (FULL).

    python benchmarks/store.py [--rows 1000000] [--pairs 3000]

Beside jobd's own functions run, alternating on the same file, hand-written statements that
do the least: `bare` changes the job's row alone, `bare + history` also keeps the attempt's.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from jobd.clock import SystemClock
from jobd.queue.create import create
from jobd.queue.file import Binds, Queue, open_queue
from jobd.queue.kinds import Kind
from jobd.queue.lease import has_work, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KIND = "full_frames"
KINDS = [Kind(KIND, ("videoId", "dbPath"), "{}", 0)]
DONE = Settlement("completed", result="{}")
RESULTS = Path(__file__).parent / "results" / "queue.json"
BLOCK = 50

_PAYLOAD = (
    "json_object('videoId', 'v' || n, 'videoPath', '/data/videos/v' || n || '/video.mp4',"
    " 'dbPath', '/data/videos/v' || n || '/annotations.db')"
)
_NUMBERS = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT :rows)"
_FEED = f"{_NUMBERS} INSERT INTO jobs (kind, payload) SELECT '{KIND}', {_PAYLOAD} FROM c"

# The kind as a literal: with a parameter there, SQLite plans the statement anew at every bind.
_BARE_LEASE = f"""
UPDATE jobs
SET status = 'running', attempt_id = :attempt_id, attempts = attempts + 1, started_at = :now
WHERE id = (SELECT id FROM jobs WHERE status = 'queued' AND run_at = 0 AND kind = '{KIND}'
            ORDER BY priority DESC, id LIMIT 1)
RETURNING id, CAST(payload AS BLOB)"""
_BARE_SETTLE = """
UPDATE jobs SET status = 'completed', attempt_id = NULL, finished_at = :now, result = '{}'
WHERE id = :id AND status = 'running' AND attempt_id = :attempt_id
RETURNING id"""
_BARE_OPEN = "INSERT INTO job_attempts (job_id, round, number, started_at) VALUES (:id, 1, 1, :now)"
_BARE_CLOSE = """
UPDATE job_attempts SET ended_at = :now, outcome = 'completed' WHERE id = :attempt_row"""

# What promotion does without: rows stay in one index with their run_at, and the lease skips from
# priority to priority. Beside both: the plain search, which walks every row whose time is ahead.
_SKIP_INDEX = """
CREATE INDEX jobs_by_time ON jobs (kind, priority DESC, run_at) WHERE status = 'queued'"""
_SKIP_SCAN = f"""
WITH RECURSIVE p (priority) AS (
    SELECT max(priority) FROM jobs INDEXED BY jobs_by_time
    WHERE status = 'queued' AND kind = '{KIND}'
    UNION ALL
    SELECT (SELECT max(priority) FROM jobs INDEXED BY jobs_by_time
            WHERE status = 'queued' AND kind = '{KIND}' AND priority < p.priority)
    FROM p WHERE p.priority IS NOT NULL)
SELECT (SELECT id FROM jobs INDEXED BY jobs_by_time
        WHERE status = 'queued' AND kind = '{KIND}' AND priority = p.priority AND run_at <= :now
        ORDER BY run_at, id LIMIT 1) AS id
FROM p WHERE p.priority IS NOT NULL AND id IS NOT NULL LIMIT 1"""
_PLAIN_SEARCH = f"""
SELECT id FROM jobs INDEXED BY jobs_by_time
WHERE status = 'queued' AND kind = '{KIND}' AND run_at <= :now
ORDER BY priority DESC, run_at, id LIMIT 1"""


def by_store(queue: Queue) -> None:
    """One lease and its settlement, as the daemon does it."""
    lease = take_lease(queue, 60_000)
    assert lease is not None  # noqa: S101 - a benchmark of nothing would look fast
    settle(queue, lease, Outcome.COMPLETED, DONE)


def bare(queue: Queue) -> None:
    """The least that two durable commits need."""
    binds = {"attempt_id": 1, "now": queue.clock.now_ms()}
    rows = queue.db.execute(_BARE_LEASE, binds).fetchall()
    queue.db.execute(_BARE_SETTLE, {**binds, "id": rows[0][0]}).fetchall()


def bare_with_history(queue: Queue) -> None:
    """The same, and a row for the attempt."""
    db = queue.db
    binds: Binds = {"attempt_id": 1, "now": queue.clock.now_ms()}
    db.execute("BEGIN IMMEDIATE")
    binds["id"] = db.execute(_BARE_LEASE, binds).fetchall()[0][0]
    db.execute(_BARE_OPEN, binds)
    binds["attempt_row"] = db.last_insert_rowid()
    db.execute("COMMIT")
    db.execute("BEGIN IMMEDIATE")
    db.execute(_BARE_SETTLE, binds).fetchall()
    db.execute(_BARE_CLOSE, binds)
    db.execute("COMMIT")


WAYS: dict[str, Callable[[Queue], None]] = {
    "jobd": by_store,
    "bare": bare,
    "bare + history": bare_with_history,
}


def measure(queue: Queue, pairs: int) -> dict[str, float]:
    """Run all ways in turn, pair by pair, on rows queued just before.

    Returns:
        Milliseconds per pair at the median, and pairs per second, by way.
    """
    times_ms: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(pairs // BLOCK):
        queue.db.execute(_FEED, {"rows": BLOCK * len(WAYS)})
        for _ in range(BLOCK):
            for name, way in WAYS.items():
                times_ms[name].append(timed_ms(partial(way, queue)))
    figures = {}
    for name, values in times_ms.items():
        figures[f"{name}: p50 ms"] = round(statistics.median(values), 3)
        figures[f"{name}: pairs/s"] = round(1000 / statistics.fmean(values))
    figures["jobd / bare + history, p50"] = ratio(figures, "bare + history")
    figures["jobd / bare, p50"] = ratio(figures, "bare")
    return figures


def ratio(figures: dict[str, float], name: str) -> float:
    """How much longer jobd takes, at the median."""
    return round(figures["jobd: p50 ms"] / figures[f"{name}: p50 ms"], 2)


def timed_ms(run: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) * 1000


def p50_us(run: Callable[[], object], times: int = 1000) -> float:
    """Microseconds of one call, at the median."""
    return round(1000 * statistics.median(timed_ms(run) for _ in range(times)), 1)


@contextmanager
def without_triggers(db: apsw.Connection) -> Iterator[None]:
    """Fill tables by the million, then be as strict as before."""
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    with db:
        for name, _ in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, sql in triggers:
            db.execute(str(sql))


def fill(queue: Queue, rows: int, columns: str, values: str) -> None:
    """Insert many rows at once."""
    with without_triggers(queue.db):
        queue.db.execute(
            f"{_NUMBERS} INSERT INTO jobs (kind, payload, priority, {columns})"
            f" SELECT '{KIND}', {_PAYLOAD}, {values} FROM c",
            {"rows": rows},
        )


def looks(queue: Queue) -> dict[str, float]:
    """What it costs to look for work; the other two ways on an index of their own."""
    figures = {"has_work: p50 us": p50_us(lambda: has_work(queue))}
    queue.db.execute(_SKIP_INDEX)
    for name, sql in {"skip-scan": _SKIP_SCAN, "plain search": _PLAIN_SEARCH}.items():
        binds = {"now": queue.clock.now_ms()}
        run = partial(lambda sql, binds: queue.db.execute(sql, binds).fetchall(), sql, binds)
        figures[f"{name} instead: p50 us"] = p50_us(run, times=50)
    queue.db.execute("DROP INDEX jobs_by_time")
    return figures


@contextmanager
def fresh_queue(folder: Path) -> Iterator[Queue]:
    """An empty queue file."""
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        path = Path(inner) / "jobs.db"
        create(path, KINDS)
        with closing(open_queue(path, SystemClock())) as queue:
            yield queue


def with_backlog(queue: Queue, rows: int) -> None:
    """As many rows waiting as finished."""
    fill(queue, rows, "status, finished_at, attempts", "0, 'completed', 1.7e12 + n, 1")
    fill(queue, rows, "created_at", "0, 1.7e12")


def with_future(queue: Queue, rows: int) -> None:
    """Rows of higher priority whose time has not come."""
    fill(queue, rows, "run_at", "n % 1000, 9e12 + n")


SCENARIOS: dict[str, Callable[[Queue, int], None]] = {
    "empty backlog": lambda queue, rows: None,  # noqa: ARG005
    "waiting + finished": with_backlog,
    "future rows of higher priority": lambda queue, rows: with_future(queue, rows // 10),
}


def main() -> None:
    """Run every scenario; print and write what came out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3000)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="whose disk is measured")
    options = parser.parse_args()
    report: dict[str, object] = {
        "sqlite": apsw.sqlite_lib_version(),
        "python": platform.python_version(),
        "rows": options.rows,
        "pairs": options.pairs,
    }
    for name, prepare in SCENARIOS.items():
        with fresh_queue(options.folder) as queue:
            prepare(queue, options.rows)
            report[name] = {**measure(queue, options.pairs), **looks(queue)}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
