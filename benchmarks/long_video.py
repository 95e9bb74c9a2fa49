"""Memory over a long video: the engine on two hours of 1080p, ten times a second, cropped.

    python -m benchmarks.long_video [--video FILE] [--every-s 2]

Looks at the process's resident memory all along, on Linux; tells its least, median and most for
each tenth of the run.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import _footage
from benchmarks._rows import about_video, bottom_fifth
from benchmarks._run import ROOT, Task, calm, command_of
from benchmarks._versions import machine, versions

RESULTS = Path(__file__).with_name("results") / "long_video.json"
TENTHS = 10


def watched(task: Task, every_s: float) -> tuple[list[float], dict[str, Any]]:
    """Run the engine; its memory in MB at every look, and what the run cost."""
    process = subprocess.Popen(
        command_of("_ways", task), stdout=subprocess.PIPE, cwd=ROOT, env=calm(), text=True
    )
    looks: list[float] = []
    while process.poll() is None:
        if resident_mb := memory_mb(process.pid):
            looks.append(resident_mb)
        time.sleep(every_s)
    said = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(f"the engine ended with {process.returncode}")
    return looks, json.loads(said.splitlines()[-1])


def memory_mb(pid: int) -> float | None:
    """Resident memory; none of a process that is about to end."""
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return None
    return int(found[1]) * 1024 / 1e6 if found else None


def by_tenths(looks: list[float]) -> list[dict[str, float]]:
    """Least, median and most of each tenth of the looks."""
    cuts = [len(looks) * n // TENTHS for n in range(TENTHS + 1)]
    parts = [looks[a:b] for a, b in pairwise(cuts) if b > a]
    return [
        {
            "min_mb": round(min(part), 1),
            "median_mb": round(statistics.median(part), 1),
            "max_mb": round(max(part), 1),
        }
        for part in parts
    ]


def main() -> None:
    """Run it once; print and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--video", type=Path, help="instead of the one of two hours")
    parser.add_argument("--every-s", type=float, default=2)
    given = parser.parse_args()
    video = given.video or _footage.hd_2h()
    crop = bottom_fifth(video)
    looks, run = watched(Task("jobd, all cores", str(video), 10.0, crop), given.every_s)
    curve = by_tenths(looks)
    for part in curve:
        print("  ".join(f"{name} {value:6.1f}" for name, value in part.items()))
    print(f"most: {max(looks):.1f} MB; {run['images']} images, {run['wall_s']:.0f} s")
    report = {
        "versions": versions(),
        "machine": machine(),
        "video": {"name": video.name, **about_video(video)},
        "run": run,
        "max_mb": round(max(looks), 1),
        "tenths": curve,
    }
    if not given.video:
        RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
