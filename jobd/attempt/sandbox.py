"""The walls around a child: what it may open, which calls it may make, what it may use up."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.attempt import landlock, syscalls
from jobd.attempt.landlock import Right, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobd.handlers.access import Access
    from jobd.handlers.context import Walls

_OPEN_FILES = 256
_PROGRAM = Path(__file__).parents[1]  # its SQL is read when a database is opened
_RANDOM = "/dev/urandom"  # SQLite seeds itself from it in every new process


def shut_in(access: Access, walls: Walls, libraries: Sequence[Path] = ()) -> None:
    """Leave this process nothing but what its job was given; there is no way back.

    Args:
        access: What it may read and write; all else that it opens is refused.
        walls: Which walls, and how much it may use up.
        libraries: Folders of packages that it may read.

    Raises:
        OSError: The kernel refused a wall.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_DATA, walls.max_memory_bytes)
    _limit(resource.RLIMIT_FSIZE, _size_of(access) + walls.max_growth_bytes)
    if walls.sandbox == "off" or sys.platform != "linux":
        return
    if landlock.version():
        _only(access, libraries)
    syscalls.refuse_calls()


def missing_walls() -> list[str]:
    """What this machine cannot offer, each with the mend in its line."""
    if sys.platform != "linux":
        return [f"children are not sandboxed on {sys.platform}"]
    missing = []
    if not landlock.version():
        missing.append("the kernel has no Landlock: Linux 5.13 or newer, with lsm=…,landlock")
    if reason := syscalls.missing():
        missing.append(reason)
    return missing


def _only(access: Access, libraries: Sequence[Path]) -> None:
    with ExitStack() as files:

        def opened(path: str | Path, flags: int) -> int:
            fd = os.open(path, flags | os.O_CLOEXEC)
            files.callback(os.close, fd)
            return fd

        random, program = opened(_RANDOM, os.O_RDONLY), opened(_PROGRAM, os.O_PATH)
        packages = [opened(folder, os.O_PATH) for folder in libraries]
        landlock.restrict(
            [
                *(Rule(fd, Right.READ_FILE) for fd in (random, program, *access.readable)),
                *(Rule(fd, Right.READ_FILE | Right.READ_DIR) for fd in packages),
                *(Rule(fd, landlock.KEEP_FILES) for fd in access.writable),
            ]
        )


def _limit(what: int, most: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY and most >= hard:
        return
    try:
        resource.setrlimit(what, (most, most))
    except ValueError:  # shut in before, when the database was larger: that limit stays
        if hard == resource.RLIM_INFINITY:
            raise


def _size_of(access: Access) -> int:
    """Of the database, which may be large already."""
    try:
        return access.db_path.stat().st_size
    except OSError:
        return 0
