"""A program on a terminal of a given size, and what a person sees there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Any, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_S = 60.0
_SGR = re.compile(r"\x1b\[[0-9;]*m")
_DRAWN = b"\x1b[J"  # what is below is cleared, which every drawing ends with
_CALM = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONUTF8", "PYTHONIOENCODING")


class Terminal:
    """Runs one jobd command; its standard output is a terminal that is emulated here."""

    def __init__(
        self,
        *arguments: str | Path,
        columns: int = 80,
        lines: int = 24,
        environ: dict[str, str] | None = None,
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=10_000, ratio=1)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        # The program's side stays open here too: once it is closed, what was not read may be lost.
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        calm = {name: value for name, value in os.environ.items() if name not in _CALM}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobd", *map(str, arguments)],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            env=calm | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | (environ or {}),
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size, and tell the program."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without what has scrolled away."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """The same as a text, without the empty lines below it."""
        return "\n".join(self.lines).rstrip()

    @property
    def everything(self) -> str:
        """What stands on the screen, below what has scrolled away."""
        gone = [
            "".join(line[column].data for column in range(self.screen.columns)).rstrip()
            for line in self.screen.history.top
        ]
        return "\n".join([*gone, *self.lines]).rstrip()

    def until(self, condition: Callable[[str], Any]) -> str:
        """Wait until the screen is as wanted, at the end of a drawing: a half of one shows less."""
        end_s = time.monotonic() + PATIENCE_S
        while not (self.written.endswith(_DRAWN) and condition(self.text)):
            assert time.monotonic() < end_s, self.text
            assert self._read() or self.process.poll() is None, self.text
        return self.text

    def ended(self) -> int:
        """Wait until the program has ended, and read what it left.

        Returns:
            Its exit code.
        """
        end_s = time.monotonic() + PATIENCE_S
        while self._read() or self.process.poll() is None:
            assert time.monotonic() < end_s, self.text
        return self.process.wait()

    def _read(self) -> bool:
        """Take in what comes within a moment; whether something came."""
        if not select.select([self._ours], [], [], 0.2)[0]:
            return False
        data = os.read(self._ours, 65536)
        self._stream.feed(data)
        self.written += data
        return True


def in_terminal(
    *arguments: str | Path,
    columns: int = 80,
    lines: int = 24,
    environ: dict[str, str] | None = None,
) -> str:
    """Run a jobd command to its end; what it printed, with its escape sequences."""
    with Terminal(*arguments, columns=columns, lines=lines, environ=environ) as terminal:
        terminal.ended()
        return terminal.written.decode("utf-8", "replace").replace("\r\n", "\n")


def without_colours(text: str) -> str:
    """What a person reads of it."""
    return _SGR.sub("", text)
