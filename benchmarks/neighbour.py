"""A web server beside two jobs that decode, by the weight of jobd's group.

How long its answers take where it answers now and then, and what it gets of the processors where it
wants them all.

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
CORES = os.cpu_count() or 1
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


def beside(group: Group, *words: object, times: int = 1) -> list[float]:
    """What `_web_beside` says to these words, by so many processes of a group at once."""
    command = [sys.executable, "-m", "benchmarks._web_beside", *map(str, words)]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(times)
    ]
    group.take(*(process.pid for process in started))
    return [float(line) for process in started for line in process.communicate()[0].split()]


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
    """What one was like.

    Attributes:
        waits_ms: Of each answer.
        cpu: How many processors the jobs had meanwhile.
        web_s: CPU of a web server with more to do than it can, in a contest after it …
        jobs_s: … and of the jobs.
    """

    waits_ms: list[float]
    cpu: float
    web_s: float
    jobs_s: float


@dataclass(frozen=True, slots=True)
class Bench:
    """What stands side by side; `weight` is the web server's."""

    weight: int
    web: Group
    port: int
    jobs: Group
    daemon: Daemon
    video: Path

    def enter(self, state: str) -> None:
        """Let the jobs go on, or stop them all."""
        weight = slice_weight() if state == "jobd.slice" else 100
        self.jobs.weigh(weight * self.weight // 100)
        for pid in self.jobs.pids():
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(pid, signal.SIGSTOP if state == "no job" else signal.SIGCONT)

    def look(self, state: str, seconds: float) -> Look:
        """First a web server that answers now and then, then one that wants every processor."""
        self.enter(state)
        begun_s = self.daemon.cpu_s()
        waits_ms = beside(self.web, "ask", self.port, seconds)
        then_s = self.daemon.cpu_s()
        web_s = sum(beside(self.web, "spin", seconds, times=CORES))
        jobs_s = self.daemon.cpu_s() - then_s
        return Look(waits_ms, (then_s - begun_s) / seconds, web_s, jobs_s)

    def rounds(self, number: int, seconds: float) -> dict[str, list[Look]]:
        """All states in turn, again and again: what else this machine does falls on each."""
        looks: dict[str, list[Look]] = {state: [] for state in STATES}
        with working(self.daemon, self.video):
            try:
                for n in range(number * len(STATES)):
                    state = STATES[(n + n // len(STATES)) % len(STATES)]
                    looks[state].append(self.look(state, seconds))
            finally:
                self.enter("same weight")  # to their end
        return looks


@contextmanager
def bench(weight: int) -> Iterator[Bench]:
    """Set all of it up, and end it afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        groups("web", "jobs") as (web, jobs),
        web_server(web) as port,
        serving(Path(folder), "--concurrency", str(JOBS)) as daemon,
    ):
        web.weigh(weight)
        jobs.take(daemon.pid, *descendants(daemon.pid))
        video = Path(shutil.copy(VIDEO, folder))  # where its jobs may read
        beside(web, "ask", port, 1)  # warm
        yield Bench(weight, web, port, jobs, daemon, video)


def summary(looks: list[Look]) -> dict[str, Any]:
    """All looks at a state as one."""
    waits_ms = sorted(wait for look in looks for wait in look.waits_ms)
    cuts = quantiles(waits_ms, n=100)
    web_s = sum(look.web_s for look in looks)
    return {
        "answers": len(waits_ms),
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "longest_ms": round(waits_ms[-1], 1),
        "processors_of_jobs": round(fmean(look.cpu for look in looks), 2),
        "share_of_a_busy_server": round(web_s / (web_s + sum(look.jobs_s for look in looks)), 2),
    }


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument(
        "--weight", type=int, default=100, help="the web server's, where others use the machine too"
    )
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
