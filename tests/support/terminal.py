"""A real terminal for a command: a pty of a given size, and what came out of it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SGR = re.compile(r"\x1b\[[0-9;]*m")
_CALM = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONUTF8", "PYTHONIOENCODING")


def in_terminal(
    *arguments: str | Path,
    columns: int = 80,
    lines: int = 24,
    environ: dict[str, str] | None = None,
) -> str:
    """Run a jobd command on a terminal; what it printed, with its escape sequences."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    calm = {name: value for name, value in os.environ.items() if name not in _CALM}
    command = [sys.executable, "-m", "jobd", *map(str, arguments)]
    settings = calm | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | (environ or {})
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=settings):
        os.close(theirs)
        said = _read(ours)
    os.close(ours)
    return said.decode("utf-8", "replace").replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    """To the end, which Linux tells by EIO."""
    parts = []
    try:
        while part := os.read(descriptor, 65536):
            parts.append(part)
    except OSError:
        pass
    return b"".join(parts)


def without_colours(text: str) -> str:
    """What a person reads of it."""
    return _SGR.sub("", text)
