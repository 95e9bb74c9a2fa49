"""The daemon as a child process, and other commands of jobd."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[1]
_DRAIN_S = 45.0
_TAIL_LINES = 15


class DemoFailedError(Exception):
    """Why the demo cannot go on, for a person."""


def jobd(*arguments: str | Path) -> int:
    """Run one jobd command on this terminal; its exit code."""
    sys.stdout.flush()
    # The screen that a person sees, also where this goes into a file.
    plain = {} if sys.stdout.isatty() else {"FORCE_COLOR": "1", "NO_COLOR": "1"}
    command, environ = _command(*arguments), os.environ | plain
    return subprocess.run(command, cwd=PROJECT, env=environ, check=False).returncode


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "jobd", *map(str, arguments)]


class Daemon:
    """`python -m jobd serve`, its words in a file."""

    def __init__(self, queue: Path, log: Path, *flags: str) -> None:
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                _command("serve", "--db", queue, *flags), cwd=PROJECT, stdout=out, stderr=out
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def check(self) -> None:
        """Go on only while it lives.

        Raises:
            DemoFailedError: It has ended; its last words are in the message.
        """
        code = self._process.poll()
        if code is not None:
            raise DemoFailedError(f"the daemon has ended with exit code {code}:\n{self._tail()}")

    def stop(self) -> None:
        """Ask it to end, as a service manager does.

        Raises:
            DemoFailedError: It did not end, or not well.
        """
        self.check()
        if self.end() != 0:
            self.check()

    def end(self) -> int:
        """End it, by force if it takes too long; its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(_DRAIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])


@contextmanager
def serving(queue: Path, log: Path, *flags: str) -> Iterator[Daemon]:
    """Run a daemon beside the block; none is left behind, whatever happens."""
    daemon = Daemon(queue, log, *flags)
    try:
        yield daemon
    finally:
        daemon.end()
