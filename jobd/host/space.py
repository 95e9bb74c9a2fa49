"""Where the queue and the videos lie: room, and a file system that SQLite can trust."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.host.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOUNTS = Path("/proc/self/mounts")
_MIB, _GIB = 2**20, 2**30
_MUCH_BYTES = 50 * _GIB  # with so much left a small share is no worry
_FEW_BYTES, _SMALL_SHARE = _GIB, 0.05
_NONE_BYTES = 64 * _MIB
# sqlite.org/wal.html: WAL needs shared memory, which programs on two machines do not have.
_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "glusterfs"}
_FOREIGN = ("fuse", "9p", "virtiofs")  # what stands behind them is not to be seen


@dataclass(frozen=True, slots=True)
class Room:
    """One file system: which path it was found by, its size and what is free for us."""

    path: Path
    size_bytes: int
    free_bytes: int

    @property
    def share(self) -> float:
        """The free part, 0 to 1."""
        return self.free_bytes / self.size_bytes if self.size_bytes else 0.0


def space(paths: Iterable[Path]) -> Check:
    """Free space of the file systems of all paths, each looked at once."""
    rooms: dict[int, Room] = {}
    for path in paths:
        try:
            device, found = path.stat().st_dev, os.statvfs(path)
        except OSError:
            continue  # a root that is not there has a check of its own
        size_bytes = found.f_blocks * found.f_frsize
        rooms.setdefault(device, Room(path, size_bytes, found.f_bavail * found.f_frsize))
    return judge_space(list(rooms.values()))


def judge_space(rooms: list[Room]) -> Check:
    """The one with the least room speaks for all."""
    if not rooms:
        return ok("space", "there is no folder to look at")
    tight = [room for room in rooms if _is_tight(room)]
    listed = "; ".join(f"{_sized(r.free_bytes)} free ({r.share:.0%}) at {r.path}" for r in tight)
    mend = "make room: jobs on a full disk are handed back and tried again each minute"
    if any(room.free_bytes < _NONE_BYTES for room in rooms):
        return fail("space", listed, mend)
    if tight:
        return warn("space", listed, mend)
    least = min(rooms, key=lambda room: room.free_bytes)
    return ok("space", f"{_sized(least.free_bytes)} free ({least.share:.0%}) at {least.path}")


def _is_tight(room: Room) -> bool:
    small = room.share < _SMALL_SHARE and room.free_bytes < _MUCH_BYTES
    return room.free_bytes < _FEW_BYTES or small


def _sized(count_bytes: int) -> str:
    if count_bytes < _GIB:
        return f"{count_bytes // _MIB:,} MiB"
    return f"{count_bytes / _GIB:,.1f} GiB"


def file_system(folder: Path) -> Check | None:
    """The kind of file system that the queue lies on; None where it cannot be found out."""
    if sys.platform != "linux":
        return None
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    kind = kind_at(folder, mounts)
    return None if kind is None else judge_file_system(folder, kind)


def kind_at(folder: Path, mounts: str) -> str | None:
    """The type of the mount that a folder lies on; the last of the longest counts."""
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        point = point.replace("\\040", " ").replace("\\134", "\\")
        if folder.is_relative_to(point) and (best is None or len(point) >= best[0]):
            best = len(point), kind
    return best[1] if best else None


def judge_file_system(folder: Path, kind: str) -> Check:
    """SQLite's locks and shared memory must work there."""
    if kind in _REMOTE:
        text = f"the queue lies on {kind} ({folder}): WAL does not work between machines"
        return fail("file_system", text, "put the queue on a disk of the machine that serves it")
    if kind.startswith(_FOREIGN):
        text = f"the queue lies on {kind} ({folder}): whether its locks work is not known"
        return warn("file_system", text, "put the queue on a plain disk of this machine")
    return ok("file_system", f"the queue lies on {kind}")
