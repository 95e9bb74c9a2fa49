"""How long a writer waits for the queue while a daemon clears old jobs away.

    python benchmarks/prune.py [--rows 1000000] [--seconds 60]

A million jobs that ended long ago; a writer that begins a transaction every 10 ms; a real daemon
that keeps all, that deletes, and that gives the space of deleted rows back. Prints the figures and
writes benchmarks/results/prune.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

RESULTS = Path(__file__).with_name("results") / "prune.json"
# Far ahead: the daemon has nothing else to do.
INSERT = (
    "INSERT INTO jobs (kind, payload, run_at) VALUES ('full_frames',"
    """ '{"videoId": "v", "videoPath": "/v.mp4", "dbPath": "/v.db"}', 4102444800000)"""
)
PHASES = {"keeps all": "0", "deletes": "30", "gives space back": "30"}


def fill(db: Path, rows: int) -> None:
    """Completed jobs with one attempt each, as large as those of real videos."""
    with closing(sqlite3.connect(db, isolation_level=None)) as queue:
        triggers = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        known = queue.execute(triggers).fetchall()
        for name, _ in known:
            queue.execute(f'DROP TRIGGER "{name}"')
        queue.execute("PRAGMA synchronous = OFF")
        queue.execute(
            "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ?)"
            " INSERT INTO jobs (kind, payload, unique_key, status, attempts, started_at,"
            " finished_at, result) SELECT 'full_frames', json_object('videoId',"
            " '0f8c2a5e-3a51-4d0e-9e11-' || n, 'videoPath', '/srv/videos/' || n || '/video.mp4',"
            " 'dbPath', '/srv/videos/' || n || '/annotations.db'), 'k' || n, 'completed', 1, n, n,"
            ' \'{"frames":6,"table":"full_frames"}\' FROM c',
            (rows,),
        )
        queue.execute(
            "INSERT INTO job_attempts (job_id, round, number, started_at, ended_at, outcome, pid,"
            " frames_wanted, frames_decoded, cpu_s, peak_rss_bytes)"
            " SELECT id, 1, 1, finished_at, finished_at, 'completed', 4711, 6, 1323, 3.25, 2e8"
            " FROM jobs"
        )
        for _, sql in known:
            queue.execute(sql)
        queue.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def write(db: Path, seconds: float) -> dict[str, float]:
    """What a writer with a busy timeout of 5 s sees: how long BEGIN IMMEDIATE takes."""
    waits_ms = []
    with closing(sqlite3.connect(db, isolation_level=None, timeout=5)) as queue:
        queue.execute("PRAGMA synchronous = FULL")
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            begun_s = time.monotonic()
            queue.execute("BEGIN IMMEDIATE")
            waits_ms.append((time.monotonic() - begun_s) * 1000)
            queue.execute(INSERT)
            queue.execute("COMMIT")
            time.sleep(0.01)
    waits_ms.sort()
    return {
        "p50_ms": round(statistics.median(waits_ms), 3),
        "p99_ms": round(waits_ms[int(0.99 * (len(waits_ms) - 1))], 2),
        "max_ms": round(waits_ms[-1], 2),
        "transactions": len(waits_ms),
    }


def phase(folder: Path, keep_days: str, seconds: float) -> dict[str, float]:
    """A daemon and a writer for some time."""
    db, log = folder / "jobs.db", folder / "daemon.log"
    before = size(db)
    command = [sys.executable, "-m", "jobd", "serve", "--db", str(db), "--keep-days", keep_days]
    with log.open("wb") as out:
        daemon = subprocess.Popen(command, stderr=out)
        while " ready on " not in log.read_text():
            time.sleep(0.01)
        figures = write(db, seconds)
        daemon.terminate()
        daemon.wait()
    after = size(db)
    rate = {f"{name}_per_s": round((before[name] - after[name]) / seconds) for name in before}
    return {**figures, "jobs_per_s": rate["jobs_per_s"], "free_pages_per_s": rate["free_per_s"]}


def size(db: Path) -> dict[str, int]:
    """Ended jobs and free pages."""
    with closing(sqlite3.connect(db)) as queue:
        ended = "SELECT count(*) FROM jobs WHERE status = 'completed' AND finished_at IS NOT NULL"
        return {
            "jobs": queue.execute(ended).fetchone()[0],
            "free": queue.execute("PRAGMA freelist_count").fetchone()[0],
        }


def delete_all(db: Path) -> None:
    """Leave nothing but free pages and the rows of the writer."""
    with closing(sqlite3.connect(db, isolation_level=None)) as queue:
        queue.execute("DELETE FROM jobs WHERE status = 'completed'")
        queue.execute("DELETE FROM job_attempts")
        queue.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def main() -> None:
    """Measure everything once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    os.environ.pop("JOBD_DB", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        db = folder / "jobs.db"
        subprocess.run([sys.executable, "-m", "jobd", "init", "--db", str(db)], check=True)
        fill(db, options.rows)
        figures: dict[str, object] = {"rows": options.rows, "seconds": options.seconds}
        for what, keep_days in PHASES.items():
            if what == "gives space back":
                delete_all(db)
            figures[f"a writer's wait while the daemon {what}"] = phase(
                folder, keep_days, options.seconds
            )
    print(json.dumps(figures, indent=2))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
