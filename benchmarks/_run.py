"""One run of one way in a process of its own: what it cost, and how many images came out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
# Libraries under numpy start threads at import that spin, and count as CPU, long after it.
_CALM = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Crop = tuple[int, int, int, int]
Work = Callable[[], tuple[int, int]]  # how many images, and how many bytes they have together


@dataclass(frozen=True, slots=True)
class Task:
    """What to do: `crop` is (left, top, right, bottom), None for the whole picture."""

    way: str
    path: str
    rate_hz: float
    crop: Crop | None


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it; a way that failed tells why, and the rest is 0."""

    cpu_s: float = 0
    wall_s: float = 0
    images: int = 0
    size_bytes: int = 0
    failure: str | None = None


def calm() -> dict[str, str]:
    """The environment of every Python that is measured."""
    return os.environ | _CALM


def command_of(module: str, task: Task, python: str = sys.executable) -> list[str]:
    """What runs a way of a module of this folder."""
    return [python, "-m", f"benchmarks.{module}", json.dumps(asdict(task))]


def in_python(module: str, task: Task, python: str = sys.executable) -> Run:
    """Run it to its end."""
    command = command_of(module, task, python)
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=calm()
    )
    if done.returncode:
        return Run(failure=(done.stderr.strip().splitlines() or ["it crashed"])[-1][:200])
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def measured(command: list[str], images: Callable[[str], int]) -> Run:
    """Run a program; its start counts as well, as it does for whoever starts it."""
    begun_s = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - begun_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        return Run(failure=f"exit code {process.returncode}")
    return Run(usage.ru_utime + usage.ru_stime, wall_s, images(said))


def tell(loaders: Mapping[str, Callable[[Task], Work]]) -> None:
    """Inside the process: load what the way needs, then measure it, and print the run."""
    fields: dict[str, Any] = json.loads(sys.argv[1])
    task = Task(**fields)
    work = loaders[task.way](task)
    begun_s, begun_cpu_s = time.monotonic(), time.process_time()
    images, size_bytes = work()
    cpu_s, wall_s = time.process_time() - begun_cpu_s, time.monotonic() - begun_s
    print(json.dumps(asdict(Run(cpu_s, wall_s, images, size_bytes))))
