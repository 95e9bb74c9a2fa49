"""Where that lies which several tests share, and what killed daemons leave: gone with the run."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache, partial
from pathlib import Path


@cache
def scratch() -> Path:
    """One folder for each process of the run; its path is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="jobd-"))
    atexit.register(partial(shutil.rmtree, folder, ignore_errors=True))
    return folder


def fresh(name: str) -> Path:
    """A new folder in it."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=scratch()))
