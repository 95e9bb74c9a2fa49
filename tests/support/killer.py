"""Kill and stop what belongs to a daemon, at random but repeatably."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.house import PATIENCE_S

if TYPE_CHECKING:
    import subprocess

    from tests.support.house import House

# What a round does, and how often among a hundred. A stop outlasts the lease of a second.
_ROUNDS = {
    ("child", "kill"): 80,
    ("forkserver", "kill"): 5,
    ("daemon", "kill"): 9,
    ("child", "stop"): 4,
    ("daemon", "stop"): 2,
}
_STOP_S = 1.3
_AT_MOST_S = 0.12  # from one look to the blow
FLAGS = ("--no-progress-s", "1", "--backoff-s", "0.02", "--concurrency", "3")


@dataclass
class Killer:
    """One campaign against a house.

    Attributes:
        blows: How often what was done to whom.
        recovery_s: The longest time from a start of the daemon to its next child.
    """

    house: House
    seed: int
    blows: Counter[str] = field(default_factory=Counter)
    recovery_s: float = 0.0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        self._daemon = self.house.start(*FLAGS)
        self._started_s: float | None = time.monotonic()

    def round(self) -> None:
        """Wait until somebody works, then strike."""
        victim, how = self._random.choices(list(_ROUNDS), list(_ROUNDS.values()))[0]
        children = self._working()
        time.sleep(self._random.uniform(0, _AT_MOST_S))
        pid = {
            "child": self._random.choice(children),
            "forkserver": _forkserver(self._daemon) or self._daemon.pid,
            "daemon": self._daemon.pid,
        }[victim]
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
            self.blows[f"{victim} {how}"] += 1
        if (victim, how) == ("daemon", "stop"):
            time.sleep(_STOP_S)
            self._daemon.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Let the last daemon go as it is asked to."""
        self._daemon.send_signal(signal.SIGTERM)
        self._daemon.wait(PATIENCE_S)

    def _working(self) -> list[int]:
        """The children at work, once there are some; a dead daemon is replaced."""
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            if self._daemon.poll() is not None:
                assert self._daemon.returncode in {-signal.SIGKILL, 5}, self.house.log()
                self._daemon = self.house.start(*FLAGS)
                self._started_s = time.monotonic()
            forkserver = _forkserver(self._daemon)
            if forkserver and (children := _children(forkserver)):
                self._note_recovery()
                return children
            time.sleep(0.005)
        raise AssertionError(f"nobody works\n{self.house.log()}")

    def _note_recovery(self) -> None:
        if self._started_s is not None:
            self.recovery_s = max(self.recovery_s, time.monotonic() - self._started_s)
            self._started_s = None


def _forkserver(daemon: subprocess.Popen[str]) -> int | None:
    for pid in _children(daemon.pid):
        with suppress(OSError):
            if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None


def _children(pid: int) -> list[int]:
    """Quicker than a walk over all processes: it is asked all the time."""
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []
