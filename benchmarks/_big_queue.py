"""A queue as it is after a year: a million jobs that ended, a hundred thousand that wait."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RUNNING = 2
_VIDEO = "printf('%08x-3a51-4d0e-9e11-%012x', n * 2654435761 % 4294967296, n)"
# One in fifty failed, one in a hundred was cancelled; of what waits one in ten has a date, one in a
# hundred an attempt behind it.
_JOBS = f"""
WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT :rows),
job (n, video, ended, at) AS (SELECT n, {_VIDEO}, n <= :ended, :now_ms - (:rows - n) * 300 FROM c)
INSERT INTO jobs (kind, payload, unique_key, priority, created_at, status, attempts, run_at,
    started_at, finished_at, result, error)
SELECT
    CASE WHEN n % 3 THEN 'crop_frames' ELSE 'full_frames' END,
    json_object('videoId', video, 'videoPath', '/srv/videos/' || video || '/video.mp4',
        'dbPath', '/srv/videos/' || video || '/annotations.db'),
    video,
    CASE WHEN n % 3 THEN 10 ELSE 0 END,
    at - 60000,
    CASE WHEN NOT ended THEN 'queued' WHEN n % 50 = 0 THEN 'failed'
        WHEN n % 100 = 1 THEN 'cancelled' ELSE 'completed' END,
    CASE WHEN ended THEN 1 ELSE n % 100 = 7 END,
    CASE WHEN ended OR n % 10 THEN 0 ELSE :now_ms + n % 86400 * 1000 END,
    CASE WHEN ended THEN at - 2000 END,
    CASE WHEN ended THEN at END,
    CASE WHEN ended AND n % 50 AND n % 100 <> 1
        THEN '{{"frames":552,"width":640,"height":90,"concealed":0}}' END,
    CASE WHEN ended AND n % 50 = 0
        THEN '/srv/videos/' || video || '/video.mp4 is no video' END
FROM job
"""
_ATTEMPTS = """
INSERT INTO job_attempts (job_id, round, number, started_at, ended_at, outcome, pid, frames_wanted,
    frames_decoded, cpu_s, peak_rss_bytes)
SELECT id, 1, 1, finished_at - 2000, finished_at, iif(status = 'completed', 'completed', 'failed'),
    4711, 552, 1323, 3.25, 2e8
FROM jobs
WHERE finished_at IS NOT NULL
"""
_VIDEOS = "INSERT INTO job_videos SELECT json_extract(payload, '$.videoId'), id FROM jobs"


def make(db: Path, ended: int, waiting: int, now_ms: int) -> None:
    """Make it: the tables' own constraints hold, the triggers stand aside for the speed.

    Args:
        db: The file; it must not exist.
        ended: Jobs that ended, one every 0.3 s.
        waiting: Jobs that wait.
        now_ms: When the last one was queued.
    """
    subprocess.run([sys.executable, "-m", "jobd", "init", "--db", str(db)], check=True)
    with closing(sqlite3.connect(db, isolation_level=None)) as queue:
        queue.execute("PRAGMA synchronous = OFF")
        known = queue.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in known:
            queue.execute(f'DROP TRIGGER "{name}"')
        rows = {"rows": ended + waiting, "ended": ended, "now_ms": now_ms}
        queue.execute(_JOBS, rows)
        queue.execute(_ATTEMPTS)
        queue.execute(_VIDEOS)
        for _, sql in known:
            queue.execute(sql)
        _lease(queue, now_ms)
        queue.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _lease(queue: sqlite3.Connection, now_ms: int) -> None:
    """A few that run."""
    waiting = "SELECT id FROM jobs WHERE status = 'queued' AND kind = 'crop_frames' LIMIT ?"
    for (job_id,) in queue.execute(waiting, (RUNNING,)).fetchall():
        sql = "INSERT INTO job_attempts (job_id, round, number, started_at) VALUES (?, 1, 1, ?)"
        attempt_id = queue.execute(sql, (job_id, now_ms - 9000)).lastrowid
        queue.execute(
            "UPDATE jobs SET status = 'running', attempts = 1, attempt_id = ?, started_at = ?,"
            " progress = 0.4 WHERE id = ?",
            (attempt_id, now_ms - 9000, job_id),
        )
