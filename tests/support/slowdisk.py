"""A command whose disk is slow to sync: its commits are seen long after it has written them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="LOUD: strace is not installed"
)


def jobd_slowly(sync_ms: int, *arguments: str | Path) -> None:
    """Run one jobd command to its end; each sync takes so much longer."""
    subprocess.run(
        [
            *("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"),
            *("-e", f"inject=fsync,fdatasync:delay_enter={sync_ms * 1000}"),
            *(sys.executable, "-m", "jobd", *map(str, arguments)),
        ],
        check=True,
        capture_output=True,
    )
