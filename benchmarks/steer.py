"""What a person's commands cost, and what a writer beside them notices.

    python -m benchmarks.steer [--rows 1000000] [--waiting 100000] [--seconds 20]

A million jobs that ended within the last day and a hundred thousand that wait. Each look is a
process of its own, as from a shell; beside each change a writer begins a transaction every 10 ms.
Prints the figures and writes benchmarks/results/steer.json.
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

from benchmarks.prune import fill, write

RESULTS = Path(__file__).with_name("results") / "steer.json"
DAY_MS = 86_400_000
TIMES = 5
LOOKS = {
    "inspect --check": (
        *("inspect", "--check", "--daemon", "--max-age", "300"),
        *("--max-failed", "0", "--max-waiting", "9"),
    ),
    "metrics": ("metrics",),
    "inspect stats --since 1h": ("inspect", "stats", "--since", "1h"),
    "inspect stats --since 25h": ("inspect", "stats", "--since", "25h"),
}
CHANGES = {
    "cancel": ("cancel", "--status", "queued", "--yes"),
    "retry": ("retry", "--status", "cancelled", "--yes"),
    "prune": ("prune", "--completed-before", "0s"),
}


def date(db: Path, rows: int, waiting: int) -> None:
    """Spread what has ended over the last day, one in a hundred failed; add what waits."""
    now_ms = time.time_ns() // 1_000_000
    with closing(sqlite3.connect(db, isolation_level=None)) as queue:
        queue.execute("PRAGMA synchronous = OFF")
        span = "? - ? + id * 1.0 * ? / ?"
        queue.execute(
            f"UPDATE jobs SET created_at = CAST({span} AS INTEGER),"
            f" finished_at = CAST({span} AS INTEGER) + 10000 WHERE status = 'completed'",
            (now_ms, DAY_MS, DAY_MS - 60_000, rows) * 2,
        )
        queue.execute(
            f"UPDATE job_attempts SET started_at = CAST({span} AS INTEGER), ended_at ="
            f" CAST({span} AS INTEGER) + 100 + id % 10007",
            (now_ms, DAY_MS, DAY_MS - 60_000, rows) * 2,
        )
        queue.execute(
            "UPDATE job_attempts SET outcome = 'failed', error_class = 'VideoIncomplete', error ="
            " '/srv/videos/' || id || '/video.mp4 ends after ' || (id % 977) || ' s of 3600 s'"
            " WHERE id % 100 = 0"
        )
        queue.execute(
            "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ?)"
            " INSERT INTO jobs (kind, payload) SELECT 'full_frames', json_object('videoId',"
            " 'w' || n, 'videoPath', '/srv/w/' || n, 'dbPath', '/srv/w/' || n || '/a.db') FROM c",
            (waiting,),
        )
        queue.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def look(db: Path, command: tuple[str, ...]) -> dict[str, float]:
    """Medians of some runs, from start to end of the process."""
    walls_ms, cpus_ms, peak_mb = [], [], 0.0
    for _ in range(TIMES):
        begun_s = time.monotonic()
        process = subprocess.Popen(jobd(db, command), stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0  # it is over
        walls_ms.append((time.monotonic() - begun_s) * 1000)
        cpus_ms.append((usage.ru_utime + usage.ru_stime) * 1000)
        peak_mb = max(peak_mb, usage.ru_maxrss / 1024)
    return {
        "wall_ms": round(statistics.median(walls_ms)),
        "cpu_ms": round(statistics.median(cpus_ms)),
        "peak_mb": round(peak_mb),
    }


def change(db: Path, command: tuple[str, ...], seconds: float) -> dict[str, float | str]:
    """A writer beside the command for some time; what is left of the command then goes on alone."""
    begun_s = time.monotonic()
    process = subprocess.Popen(jobd(db, command), stdout=subprocess.PIPE, text=True)
    figures = write(db, seconds)
    said = process.communicate()[0].splitlines()
    done = next(line for line in reversed(said) if line[0].isdigit())
    return {**figures, "done": done, "took_s": round(time.monotonic() - begun_s, 1)}


def jobd(db: Path, command: tuple[str, ...]) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "jobd", *command, "--db", str(db)]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "jobs.db"
        subprocess.run(jobd(db, ("init",)), check=True, stdout=subprocess.DEVNULL)
        fill(db, args.rows)
        date(db, args.rows, args.waiting)
        results: dict[str, object] = {"rows": args.rows, "waiting": args.waiting}
        for name, command in LOOKS.items():
            results[name] = look(db, command)
            print(name, results[name], flush=True)
        results["writer alone"] = write(db, args.seconds)
        print("writer alone", results["writer alone"], flush=True)
        for name, command in CHANGES.items():
            results[name] = change(db, command, args.seconds)
            print(name, results[name], flush=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
