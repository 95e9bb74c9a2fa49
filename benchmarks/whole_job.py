"""The whole job, from lease to settle, against the engine alone; and how soon a short one is done.

    python -m benchmarks.whole_job [--runs 5] [--tries 20] [--video FILE] [--folder FOLDER]

In alternating pairs on the 300 s video: the engine in a process of its own, then a job on a warm
daemon with as many threads. CPU is that of the daemon and all its children from the INSERT to the
end, wall time that from the lease to the settlement. Then jobs on a clip of 5 s, one at a time,
from the INSERT to `completed` by the times in the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import _footage
from benchmarks._daemon import Daemon, serving
from benchmarks._rows import bottom_fifth
from benchmarks._run import Task, in_python
from benchmarks._versions import machine, versions
from benchmarks._ways import CORES

RESULTS = Path(__file__).with_name("results") / "whole_job.json"
KINDS = (("full_frames", 0.1), ("crop_frames", 10.0))
SETTLED_S = 0.3  # a child is reaped, and its CPU known, a moment after its job's end


def engine(kind: str, rate_hz: float, video: Path) -> dict[str, float]:
    """The engine alone, with all cores as the daemon does."""
    crop = bottom_fifth(video) if kind == "crop_frames" else None
    run = in_python("_ways", Task("jobd, all cores", str(video), rate_hz, crop))
    if run.failure:
        raise RuntimeError(run.failure)
    return {"cpu_s": run.cpu_s, "wall_s": run.wall_s}


def job(daemon: Daemon, kind: str, rate_hz: float, video: Path) -> dict[str, float]:
    """The same by a job."""
    payload: dict[str, Any] = {"frameRate": rate_hz}
    if kind == "crop_frames":
        bounds = zip(("left", "top", "right", "bottom"), bottom_fifth(video), strict=True)
        payload["cropBounds"] = dict(bounds)
    before_s = daemon.cpu_s()
    ended = daemon.run(kind, video, **payload)
    time.sleep(SETTLED_S)
    return {
        "cpu_s": daemon.cpu_s() - before_s,
        "child_cpu_s": ended["cpu_s"],
        "wall_s": (ended["finished_at"] - ended["started_at"]) / 1000,
        "child_peak_mb": ended["peak_rss_bytes"] / 1e6,
    }


def compared(daemon: Daemon, kind: str, rate_hz: float, video: Path, runs: int) -> dict[str, Any]:
    """Alternating pairs: medians, and the median of the pairs' ratios."""
    pairs = [(engine(kind, rate_hz, video), job(daemon, kind, rate_hz, video)) for _ in range(runs)]
    ratios = {
        figure: [whole[figure] / alone[figure] for alone, whole in pairs]
        for figure in ("cpu_s", "wall_s")
    }
    return {
        "engine": medians([alone for alone, _ in pairs]),
        "job": medians([whole for _, whole in pairs]),
        "cpu_ratio": spread(ratios["cpu_s"]),
        "wall_ratio": spread(ratios["wall_s"]),
    }


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Figure by figure."""
    return {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most."""
    shown = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 3) for name, value in shown.items()}


def soon(daemon: Daemon, clip: Path, tries: int) -> dict[str, float]:
    """Milliseconds from INSERT to completed; the first two jobs warm the caches."""
    ends = [daemon.run("full_frames", clip) for _ in range(tries + 2)][2:]
    times_ms = sorted(ended["finished_at"] - ended["created_at"] for ended in ends)
    return {
        "p50_ms": statistics.median(times_ms),
        "p99_ms": times_ms[min(len(times_ms) - 1, int(0.99 * len(times_ms)))],
        "tries": tries,
    }


def main() -> None:
    """Run all of it; print and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--video", type=Path, help="instead of the one of 300 s")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    given = parser.parse_args()
    os.environ.pop("JOBD_DB", None)
    found: dict[str, Any] = {"versions": versions(), "machine": machine(), "threads": CORES}
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        video = Path(shutil.copy(given.video or _footage.film(), folder))
        clip = Path(shutil.copy(_footage.clip(), folder))
        with serving(folder, "--decode-threads", str(CORES)) as daemon:
            found["clip_5s"] = soon(daemon, clip, given.tries)
            for kind, rate_hz in KINDS:
                found[kind] = compared(daemon, kind, rate_hz, video, given.runs)
    print(json.dumps(found, indent=2))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
