"""Why this user cannot look at a queue, or change it, in a sentence that says what would help."""

from __future__ import annotations

import os
from pathlib import Path


def hindrance(path: Path) -> str | None:
    """What stands between this user and the queue; None: no mode of a file does.

    Args:
        path: The queue file, by whatever link it is named.
    """
    real = Path(os.path.realpath(path))
    folder = _nearest(real.parent)
    if not os.access(folder, os.X_OK):
        return f"{path}: this user may not enter {folder}"
    wal, shm = (Path(f"{real}-{name}") for name in ("wal", "shm"))
    for file in (real, wal, shm):
        if file.exists() and not os.access(file, os.R_OK):
            return f"{file} may not be read by this user: be one of its group, or its owner"
    if wal.exists() and not shm.exists() and not os.access(real.parent, os.W_OK):
        return (
            f"{path} was not closed and can be read only where {shm.name} can be made beside it:"
            " start the daemon, or copy it and its -wal elsewhere"
        )
    return None


def write_hindrance(path: Path) -> str | None:
    """What lets this user look at most; None: no mode of a file does.

    Args:
        path: The queue file, by whatever link it is named.
    """
    if why := hindrance(path):
        return why
    real = Path(os.path.realpath(path))
    if not real.exists():
        return None
    for place in (real.parent, real, *(Path(f"{real}-{name}") for name in ("wal", "shm"))):
        if place.exists() and not os.access(place, os.W_OK):
            return (
                f"{place} may not be written by this user, or lies on a read-only file system:"
                " be its owner or one of its group"
            )
    return None


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there, as far as this user can see."""
    return next(above for above in (folder, *folder.parents) if os.access(above, os.F_OK))
