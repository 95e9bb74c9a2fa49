"""Where log records go: lines on standard error, or the journal in its own protocol (systemd.io).

In the journal a record is one datagram; what it is about (JOBD_JOB_ID …) comes with it as
`extra={"fields": {…}}`.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOCKET = Path("/run/systemd/journal/socket")
_STDERR = 2
_PATIENCE_S = 1.0
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))  # syslog(3)
_DEBUG = 7


def log_handler(environ: Mapping[str, str], lines: logging.Formatter) -> logging.Handler:
    """Records with fields where standard error is the journal; plain lines elsewhere.

    Args:
        environ: Whose JOURNAL_STREAM says what the manager made of standard error.
        lines: How a plain line looks.
    """
    is_journal = environ.get("JOURNAL_STREAM") == _identity(_STDERR)
    handler = JournalHandler(_SOCKET) if is_journal else LineHandler()
    handler.setFormatter(lines)
    return handler


def _identity(descriptor: int) -> str:
    try:
        found = os.fstat(descriptor)
    except OSError:  # closed
        return ""
    return f"{found.st_dev}:{found.st_ino}"


class LineHandler(logging.Handler):
    """Lines on standard error; one that cannot be written is lost, and nothing else is.

    A stream would keep it, and fail anew at every start of a child: multiprocessing flushes it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._descriptor = sys.stderr.fileno() if sys.stderr else -1

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        with suppress(OSError):
            os.write(self._descriptor, f"{self.format(record)}\n".encode(errors="replace"))


class JournalHandler(LineHandler):
    """Writes to the journal; what that does not take becomes a plain line on standard error."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self._place = place

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.settimeout(_PATIENCE_S)
                line.sendto(encode(record), str(self._place))
        except OSError:  # not there, too long, or full for a second
            super().emit(record)


def encode(record: logging.LogRecord) -> bytes:
    """A record as the journal reads it (pure)."""
    fields = {
        "MESSAGE": logging.Formatter().format(record),
        "PRIORITY": next((p for level, p in _PRIORITIES if record.levelno >= level), _DEBUG),
        "SYSLOG_IDENTIFIER": "jobd",
        **getattr(record, "fields", {}),
    }
    return b"".join(_field(name, str(value)) for name, value in fields.items())


def _field(name: str, value: str) -> bytes:
    """NAME=value, or where lines end within: NAME, its length as 64 bits, the value."""
    data = value.encode(errors="replace")
    if b"\n" not in data:
        return b"%b=%b\n" % (name.encode(), data)
    return b"%b\n%b%b\n" % (name.encode(), len(data).to_bytes(8, "little"), data)
