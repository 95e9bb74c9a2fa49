"""In the place of the daemon in its unit: one child with jobd's walls, which tries what it may not.

Prints JSON: what is missing, and by name how each try ended.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.attempt.sandbox import missing_walls, shut_in
from jobd.handlers.access import Access
from jobd.handlers.beneath import has_openat2
from jobd.handlers.context import Walls

if TYPE_CHECKING:
    from collections.abc import Callable

_MB = 1024 * 1024


def _tried(does: Callable[[], object]) -> str:
    try:
        does()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "done"


def _all_tried(given: Path, other: Path) -> dict[str, str]:
    """Before and behind the walls."""
    tries = {
        "given": given.read_bytes,
        "other": other.read_bytes,
        "queue": lambda: other.with_name("made").write_text("x"),
        "passwd": Path("/etc/passwd").read_bytes,
        "socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
        "program": lambda: subprocess.run(["/bin/true"], check=True),
        "parent": lambda: os.kill(os.getppid(), 0),
    }
    return {name: _tried(does) for name, does in tries.items()}


def main(given: str, other: str) -> None:
    found = {"missing": missing_walls(), "openat2": has_openat2()}
    readable = os.open(given, os.O_RDONLY)
    shut_in(Access(db_path=Path(given), readable=(readable,)), Walls("require", 1024 * _MB, _MB))
    found |= _all_tried(Path(given), Path(other))
    sys.stderr.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
