"""From an INSERT by the sqlite3 program to the lease and to the handler; idle cost; start.

    python benchmarks/latency.py [--tries 200] [--idle-s 60]

Prints the figures and writes benchmarks/results/latency.json. Times are those of the rows
themselves (created_at, job_attempts.started_at) and of the daemon's log, in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

SQLITE3 = shutil.which("sqlite3") or sys.exit("the sqlite3 program is not installed")
RESULTS = Path(__file__).with_name("results") / "latency.json"
AT_WORK = re.compile(r"^(\S+) DEBUG job (\d+) .* at work, 0\.0 ", re.MULTILINE)


def start(folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    """Start a daemon; the process, and the milliseconds until it said that it was ready."""
    log = folder / "daemon.log"
    command = [sys.executable, "-m", "jobd", "serve", "--db", str(folder / "jobs.db")]
    command += ["--ocr-engine", "none"]
    with log.open("wb") as out:
        begun = time.monotonic()
        daemon = subprocess.Popen([*command, "--log-level", "debug"], stderr=out)
        while " ready on " not in log.read_text():
            time.sleep(0.001)
    return daemon, (time.monotonic() - begun) * 1000


def insert(db: Path, missing: Path) -> None:
    """One job by the sqlite3 program; its handler begins and finds no database."""
    payload = json.dumps({"videoId": "v", "videoPath": f"{missing}.mp4", "dbPath": str(missing)})
    statement = f"INSERT INTO jobs (kind, payload) VALUES ('full_frames', '{payload}');"
    subprocess.run([SQLITE3, "-cmd", ".timeout 5000", str(db), statement], check=True)


def wait_for(db: Path, job: int) -> None:
    """Until a job has ended."""
    with closing(sqlite3.connect(db)) as look:
        while True:
            rows = look.execute("SELECT finished_at FROM jobs WHERE id = ?", (job,)).fetchall()
            if rows and rows[0][0] is not None:
                return
            time.sleep(0.005)


def spread(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile."""
    values = sorted(values)
    return {
        "p50_ms": round(statistics.median(values), 2),
        "p99_ms": round(values[int(0.99 * (len(values) - 1))], 2),
        "tries": len(values),
    }


def latencies(folder: Path, tries: int) -> dict[str, dict[str, float]]:
    """Every try finds the daemon idle."""
    db = folder / "jobs.db"
    for job in range(1, tries + 1):
        insert(db, folder / "v1" / "missing.db")
        wait_for(db, job)
        time.sleep(0.05)
    log = (folder / "daemon.log").read_text()
    began = {
        int(job): datetime.fromisoformat(at).timestamp() * 1000 for at, job in AT_WORK.findall(log)
    }
    with closing(sqlite3.connect(db)) as look:
        rows = look.execute(
            "SELECT j.id, j.created_at, a.started_at"
            " FROM jobs AS j JOIN job_attempts AS a ON a.job_id = j.id"
        ).fetchall()
    return {
        "lease": spread([leased - created for _, created, leased in rows]),
        "handler": spread([began[job] - created for job, created, _ in rows]),
    }


def idle(pid: int, seconds: float) -> dict[str, float]:
    """CPU share and memory of the daemon's own process while nothing happens."""
    before = cpu_s(pid)
    time.sleep(seconds)
    status = Path(f"/proc/{pid}/status").read_text()
    [rss_kib] = re.findall(r"VmRSS:\s+(\d+)", status)
    return {
        "cpu_percent": round(100 * (cpu_s(pid) - before) / seconds, 4),
        "rss_mb": round(int(rss_kib) / 1024, 1),
        "seconds": seconds,
    }


def cpu_s(pid: int) -> float:
    """User and system time of a process, exact to the nanosecond where the kernel tells it."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def main() -> None:
    """Measure everything once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--idle-s", type=float, default=60)
    options = parser.parse_args()
    os.environ.pop("JOBD_DB", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = []
        for _ in range(5):
            daemon, ready_ms = start(folder)
            starts.append(ready_ms)
            daemon.terminate()
            daemon.wait()
        daemon, ready_ms = start(folder)
        try:
            time.sleep(3)
            figures = {
                "start_to_ready_ms": round(statistics.median(starts)),
                "idle": idle(daemon.pid, options.idle_s),
                **latencies(folder, options.tries),
            }
        finally:
            daemon.terminate()
            daemon.wait()
    print(json.dumps(figures, indent=2))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
