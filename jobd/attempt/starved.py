"""Whether a silent child had a chance to get on: a starved one has not hung (Linux)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Turns:
    """What the scheduler gave a process so far, all of its threads together.

    Attributes:
        ran_ns: On a processor.
        waited_ns: Ready to run, but waiting for one; told when the wait is over.
        ready: Some thread is ready to run now.
    """

    ran_ns: int = 0
    waited_ns: int = 0
    ready: bool = False


def turns_of(pid: int) -> Turns:
    """From /proc/PID/task; nothing where the kernel does not tell, or the process is gone."""
    ran_ns = waited_ns = 0
    ready = False
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            ran, waited, _ = (task / "schedstat").read_text(encoding="ascii").split()
            ran_ns += int(ran)
            waited_ns += int(waited)
            ready |= (task / "stat").read_text(encoding="utf-8").rpartition(") ")[2][0] == "R"
    except (OSError, ValueError, IndexError):
        return Turns()
    return Turns(ran_ns, waited_ns, ready)


def own_share(before: Turns, now: Turns) -> float:
    """Which part of the time between was its own: 1 for one that slept, or waited for a disk.

    A process that only waited for a processor had none of it.
    """
    ran_ns = max(0, now.ran_ns - before.ran_ns)
    waited_ns = max(0, now.waited_ns - before.waited_ns)
    if ran_ns + waited_ns:
        return ran_ns / (ran_ns + waited_ns)
    return 0.0 if now.ready else 1.0
