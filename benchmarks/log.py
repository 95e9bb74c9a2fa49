"""What logging costs a job, in pairs: the same job with its log and without one.

    python -m benchmarks.log [--pairs 30]

Two daemons on two queues, one with log_level = info, one with error, which keeps these jobs silent.
A pair runs the same job on both, one after the other, in alternating order. Compared are the CPU of
the attempt's process and of the daemon together, and the time from lease to settlement. Beside it:
what one line costs in a child. Prints the figures and writes benchmarks/results/log.json.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._daemon import serving
from benchmarks._run import ROOT
from jobd.attempt.allowance import MAX_LINES
from jobd.attempt.voice import Voice, log_by

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from benchmarks._daemon import Daemon

RESULTS = Path(__file__).with_name("results") / "log.json"
MEDIA = ROOT / "tests" / "media"
CROP = {"left": 0, "top": 0, "right": 176, "bottom": 40}
JOBS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "full_frames, 10 s of 720p at 0.1 Hz": ("full_frames", "ocean_h264.mp4", {"frameRate": 0.1}),
    "full_frames, 10 s of 720p at 10 Hz": ("full_frames", "ocean_h264.mp4", {"frameRate": 10}),
    "crop_frames, 60 s of 176x144 at 10 Hz": (
        "crop_frames",
        "demo_60s_h264.mkv",
        {"cropBounds": CROP, "frameRate": 10},
    ),
}
Cost = tuple[float, float]  # CPU and wall time in seconds


def served(folder: Path, level: str) -> AbstractContextManager[Daemon]:
    """A daemon that keeps log from this level on."""
    folder.mkdir()
    return serving(folder, "--log-level", level, "--roots", f"{folder}{os.pathsep}{MEDIA}")


def cost(daemon: Daemon, job: str) -> Cost:
    """Of one job."""
    kind, name, payload = JOBS[job]
    before_s = daemon.own_cpu_s()
    ended = daemon.run(kind, MEDIA / name, **payload)
    cpu_s = ended["cpu_s"] + daemon.own_cpu_s() - before_s
    return cpu_s, (ended["finished_at"] - ended["started_at"]) / 1000


def paired(loud: Daemon, silent: Daemon, job: str, pairs: int) -> dict[str, float]:
    """The costs with a log, and what is added to those without."""
    costs: dict[Daemon, list[Cost]] = {loud: [], silent: []}
    for number in range(pairs):
        for daemon in (loud, silent) if number % 2 else (silent, loud):
            costs[daemon].append(cost(daemon, job))
    found: dict[str, float] = {"pairs": pairs}
    for at, name in enumerate(("cpu", "wall")):
        with_s, without_s = ([one[at] for one in costs[of]] for of in (loud, silent))
        added_s = [a - b for a, b in zip(with_s, without_s, strict=True)]
        typical_s = statistics.median(without_s)
        error_s = statistics.stdev(added_s) / len(added_s) ** 0.5
        found[f"{name}_without_ms"] = round(1000 * typical_s, 2)
        found[f"{name}_added_ms"] = round(1000 * statistics.median(added_s), 3)
        found[f"{name}_added_percent"] = round(100 * statistics.median(added_s) / typical_s, 2)
        found[f"{name}_standard_error_percent"] = round(100 * error_s / typical_s, 2)
    return found


def lines() -> dict[str, float]:
    """Microseconds of CPU that a line of 100 characters costs in a child."""
    ours, theirs = Pipe(duplex=False)
    reader = threading.Thread(target=_read, args=(ours.fileno(),), daemon=True)
    reader.start()
    log_by(Voice(theirs), "info")
    log = logging.getLogger("jobd")
    text = "x" * 94
    found = {}
    for name, level in (("sent", logging.INFO), ("dropped", logging.INFO), ("off", logging.DEBUG)):
        begun_s = time.thread_time()
        for number in range(MAX_LINES):
            log.log(level, "%s %d", text, number)
        found[f"{name}_us"] = round(1e6 * (time.thread_time() - begun_s) / MAX_LINES, 2)
    return found


def _read(descriptor: int) -> None:
    while os.read(descriptor, 65_536):
        pass


def main() -> None:
    """Measure everything once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=30)
    pairs = parser.parse_args().pairs
    found: dict[str, object] = {"a line": lines()}
    with tempfile.TemporaryDirectory() as name, ExitStack() as daemons:
        loud, silent = (
            daemons.enter_context(served(Path(name) / level, level)) for level in ("info", "error")
        )
        for job in JOBS:
            cost(loud, job), cost(silent, job)
            found[job] = paired(loud, silent, job, pairs)
            print(job, json.dumps(found[job]))
    print(json.dumps(found, indent=2))
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
