"""A user who owns nothing here, and looks."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 65534
# First as root, elsewhere, so that all is imported: the interpreter may lie where nobody may read.
_PROGRAM = f"""
import contextlib, io, os, pathlib, sys, tempfile
from jobd.__main__ import main
from jobd.queue.create import create
with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
    create(pathlib.Path(folder, "jobs.db"), [])
    main(["inspect", "--db", folder + "/jobs.db"])
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
sys.exit(main(sys.argv[1:]))
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user: needs root")


def as_nobody(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a jobd command as that user."""
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
