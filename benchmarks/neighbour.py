"""How long a web server's answers take beside two jobs that decode, by the weight of jobd's group.

Three states in turn, a few seconds each: no job; jobs in a group as heavy as the web server's; jobs
in one of the weight that systemd/jobd.slice gives. Needs root and a CPU controller.

    python -m benchmarks.neighbour [--seconds N] [--rounds N] [--weight N] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, quantiles
from typing import TYPE_CHECKING, Any

from benchmarks._cgroup import Group, groups, why_not
from benchmarks._daemon import Daemon, serving
from benchmarks._run import ROOT
from tests.support.house import descendants
from tests.support.video import MEDIA

if TYPE_CHECKING:
    from collections.abc import Iterator

VIDEO = MEDIA / "bbb_trailer_720p_h264.mp4"
BOUNDS = {"left": 100, "top": 600, "right": 1180, "bottom": 700}
JOBS = 2
STATES = ("no job", "same weight", "jobd.slice")


def slice_weight() -> int:
    """What the unit says."""
    text = (ROOT / "systemd" / "jobd.slice").read_text(encoding="utf-8")
    [weight] = re.findall(r"^CPUWeight=(\d+)$", text, re.MULTILINE)
    return int(weight)


@contextmanager
def web_server(group: Group) -> Iterator[int]:
    """One in its group; its port."""
    command = [sys.executable, "-m", "benchmarks._web_beside", "serve"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        group.take(server.pid)
        assert server.stdout is not None  # noqa: S101 - asked for above
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


def asked(group: Group, port: int, seconds: float) -> list[float]:
    """Milliseconds of each answer; who asks belongs to the web server's group."""
    command = [sys.executable, "-m", "benchmarks._web_beside", "ask", str(port), str(seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as asking:
        group.take(asking.pid)
        said, _ = asking.communicate()
    return [float(line) for line in said.split()]


@contextmanager
def working(daemon: Daemon, video: Path) -> Iterator[None]:
    """Two jobs at any time during the block, one after the other."""
    over = threading.Event()

    def feed() -> None:
        while not over.is_set():
            daemon.run("crop_frames", video, cropBounds=BOUNDS)

    feeders = [threading.Thread(target=feed) for _ in range(JOBS)]
    for feeder in feeders:
        feeder.start()
    try:
        yield
    finally:
        over.set()
        for feeder in feeders:
            feeder.join()


@dataclass(frozen=True, slots=True)
class Look:
    """What one was like: each answer's milliseconds, and the processors that the jobs had."""

    waits_ms: list[float]
    cpu: float


@dataclass(frozen=True, slots=True)
class Bench:
    """What stands side by side."""

    web: Group
    port: int
    jobs: Group
    daemon: Daemon
    video: Path

    def enter(self, state: str) -> None:
        """Let the jobs go on, or stop them all."""
        self.jobs.weigh(slice_weight() if state == "jobd.slice" else 100)
        for pid in self.jobs.pids():
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(pid, signal.SIGSTOP if state == "no job" else signal.SIGCONT)

    def look(self, state: str, seconds: float) -> Look:
        """The answers of some seconds, and how many processors the jobs had."""
        self.enter(state)
        before_s = self.daemon.cpu_s()
        waits_ms = asked(self.web, self.port, seconds)
        return Look(waits_ms, (self.daemon.cpu_s() - before_s) / seconds)

    def rounds(self, number: int, seconds: float) -> dict[str, list[Look]]:
        """All states in turn, again and again: what else this machine does falls on each."""
        looks: dict[str, list[Look]] = {state: [] for state in STATES}
        with working(self.daemon, self.video):
            for n in range(number * len(STATES)):
                state = STATES[(n + n // len(STATES)) % len(STATES)]
                looks[state].append(self.look(state, seconds))
            self.enter("same weight")  # to their end
        return looks


@contextmanager
def bench(weight: int) -> Iterator[Bench]:
    """Set all of it up, and end it afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        groups("web", "jobs", weight=weight) as (web, jobs),
        web_server(web) as port,
        serving(Path(folder), "--concurrency", str(JOBS)) as daemon,
    ):
        jobs.take(daemon.pid, *descendants(daemon.pid))
        video = Path(shutil.copy(VIDEO, folder))  # where its jobs may read
        asked(web, port, 1)  # warm
        yield Bench(web, port, jobs, daemon, video)


def summary(looks: list[Look]) -> dict[str, Any]:
    """All looks at a state as one."""
    waits_ms = sorted(wait for look in looks for wait in look.waits_ms)
    cuts = quantiles(waits_ms, n=100)
    return {
        "answers": len(waits_ms),
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "longest_ms": round(waits_ms[-1], 1),
        "cpu_of_jobs": round(fmean(look.cpu for look in looks), 2),
    }


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--weight", type=int, default=100, help="of all of it, on a busy machine")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/neighbour.json")
    given = parser.parse_args()
    if reason := why_not():
        print(f"not measured: {reason}", file=sys.stderr)
        return
    with bench(given.weight) as found:
        looks = found.rounds(given.rounds, given.seconds)
    results = {state: summary(looks[state]) for state in STATES}
    text = json.dumps({"weight": slice_weight(), **results}, indent=2) + "\n"
    print(text, end="")
    given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
