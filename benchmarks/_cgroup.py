"""Groups of processes with weights, as systemd's slices are: control groups of either version."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEW, _OLD = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/cpu")
_TRIES, _LOOK_S = 200, 0.05


class Group:
    """One group.

    Attributes:
        folder: Its place among the kernel's files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def weigh(self, weight: int) -> None:
        """Its weight beside its siblings; 100 is what services have (systemd's CPUWeight)."""
        if (self.folder / "cpu.weight").exists():
            (self.folder / "cpu.weight").write_text(str(weight))
        else:  # version 1, by systemd's own scale
            (self.folder / "cpu.shares").write_text(str(weight * 1024 // 100))

    def take(self, *pids: int) -> None:
        """Take processes in; what they start later is in it as well."""
        for pid in pids:
            (self.folder / "cgroup.procs").write_text(str(pid))

    def pids(self) -> list[int]:
        """All that are in it."""
        return [int(pid) for pid in (self.folder / "cgroup.procs").read_text().split()]


def why_not() -> str | None:
    """What is missing here for groups with weights; None: nothing."""
    place = _place()
    if place is None:
        return "no CPU controller of the control groups is mounted here"
    return None if os.access(place, os.W_OK) else f"only root may write to {place}"


def _place() -> Path | None:
    """Where the controller is."""
    controllers = _NEW / "cgroup.controllers"
    if controllers.exists() and "cpu" in controllers.read_text(encoding="ascii").split():
        return _NEW
    return _OLD if (_OLD / "cpu.shares").exists() else None


@contextmanager
def groups(*names: str) -> Iterator[list[Group]]:
    """Make groups at the top, side by side, as slices lie; see `why_not` first."""
    place = _place()
    assert place is not None  # noqa: S101 - see why_not
    if place == _NEW:
        (place / "cgroup.subtree_control").write_text("+cpu")
    made: list[Group] = []
    try:
        made += [Group(place / f"jobd-benchmark-{os.getpid()}-{name}") for name in names]
        yield made
    finally:
        for group in made:
            _remove(group.folder)


def _remove(folder: Path) -> None:
    """As soon as its last process is gone: a daemon's helpers end a moment after it."""
    for _ in range(_TRIES):
        with suppress(OSError):
            folder.rmdir()
            return
        time.sleep(_LOOK_S)
    raise TimeoutError(f"{folder} is not empty")
