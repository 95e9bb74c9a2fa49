"""How long a look takes on a queue of a million ended and a hundred thousand waiting jobs.

    python -m benchmarks.inspect_big [--rounds 40] [--before FOLDER]

Each round runs an empty Python and every look, one after the other, each in its own process. The
file lies in the system's cache. `--before` names another checkout of jobd, to read the same queue.
Prints the figures and writes benchmarks/results/inspect_big.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._big_queue import make
from benchmarks._run import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

RESULTS = Path(__file__).with_name("results") / "inspect_big.json"
ENDED, WAITING = 1_000_000, 100_000
EMPTY = "python -c pass"
VIDEO_PREFIX = "9ad487f1"


def looks(db: Path, before: Path | None) -> dict[str, tuple[list[str], Path]]:
    """What is measured: its words and where it runs."""
    inspect = [sys.executable, "-m", "jobd", "inspect", "--db", str(db)]
    job = str(ENDED // 2)
    found = {
        EMPTY: ([sys.executable, "-c", "pass"], ROOT),
        "inspect": (inspect, ROOT),
        "inspect --status failed --kind crop_frames": (
            [*inspect, "--status", "failed", "--kind", "crop_frames"],
            ROOT,
        ),
        "inspect ID": ([*inspect, job], ROOT),
        "inspect --video ID": ([*inspect, "--video", VIDEO_PREFIX], ROOT),
        "inspect --json": ([*inspect, "--json"], ROOT),
    }
    if before is not None:
        found["inspect, before"] = (inspect, before)
    return found


def run(words: list[str], folder: Path) -> tuple[float, float, float]:
    """Wall milliseconds, CPU milliseconds and peak memory in megabytes of one process."""
    environ = os.environ | {"FORCE_COLOR": "1", "COLUMNS": "120", "LINES": "40"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled once
    environ["PYTHONPATH"] = str(folder)  # this checkout's code, wherever jobd is installed
    begun_s = time.perf_counter()
    process = subprocess.Popen(words, cwd=folder, env=environ, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall_ms = (time.perf_counter() - begun_s) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return wall_ms, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1000


def summary(runs: Iterable[tuple[float, float, float]]) -> dict[str, float]:
    """Medians, and the best and worst of ten."""
    walls, cpus, peaks = (sorted(values) for values in zip(*runs, strict=True))
    return {
        "wall_ms": round(statistics.median(walls), 1),
        "wall_ms_p10": round(walls[len(walls) // 10], 1),
        "wall_ms_p90": round(walls[len(walls) * 9 // 10], 1),
        "cpu_ms": round(statistics.median(cpus), 1),
        "cpu_ms_p10": round(cpus[len(cpus) // 10], 1),
        "peak_mb": round(max(peaks), 1),
    }


def measure(db: Path, before: Path | None, rounds: int) -> dict[str, dict[str, float]]:
    """Every look, in alternating rounds; the first round warms up."""
    runs: dict[str, list[tuple[float, float, float]]] = {}
    for number in range(rounds + 1):
        for name, (words, folder) in looks(db, before).items():
            figures = run(words, folder)
            if number:
                runs.setdefault(name, []).append(figures)
    figures_of = {name: summary(values) for name, values in runs.items()}
    for name, values in runs.items():
        pairs = zip(values, runs[EMPTY], strict=True)
        more = statistics.median(own[0] - empty[0] for own, empty in pairs)
        figures_of[name]["wall_ms_over_empty"] = round(more, 1)
    return figures_of


def main() -> None:
    """Make the queue and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--db", type=Path, help="a queue that an earlier run has made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        db = options.db or Path(name) / "jobs.db"
        if not db.exists():
            make(db, ENDED, WAITING, time.time_ns() // 1_000_000)
        figures = measure(db, options.before, options.rounds)
    report = {
        "ended": ENDED,
        "waiting": WAITING,
        "rounds": options.rounds,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),  # of what else the machine did
        "looks": figures,
    }
    print(json.dumps(report, indent=2))
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
