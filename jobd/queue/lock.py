"""One daemon per queue: an flock that the kernel lets go when its holder dies.

Its file says who holds it and, while the queue itself cannot be written, why: three lines, the
pid, since when (Unix milliseconds), and the reason.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from jobd.errors import QueueError, QueueHeld

if TYPE_CHECKING:
    from types import TracebackType

_TRIES = 5
_PAUSE_S = 0.02  # `holder` keeps the lock for microseconds: not a reason to give up
_LINES = 3
_ROOM_BYTES = 1024  # allocated at the start: a full disk lets us overwrite it


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a living daemon cannot use its queue, and so cannot say it there.

    Attributes:
        reason: One line.
        since_ms: Unix milliseconds.
    """

    reason: str
    since_ms: int


class DaemonLock:
    """The right to be the daemon of the queue at `path`, held inside a `with`.

    The lock lies beside the queue, never on it: closing any descriptor of a database file
    drops SQLite's own locks on it (sqlite.org/howtocorrupt.html, 2.2).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            QueueHeld: Another daemon has it; its pid is named.
            QueueError: The lock's file cannot be opened.
        """
        try:
            descriptor = os.open(lock_path(self._path), os.O_RDWR | os.O_CREAT, 0o660)
        except OSError as error:
            raise QueueError(f"cannot lock {self._path}: {error}") from None
        if not _locked(descriptor):
            pid = _read_pid(descriptor)
            os.close(descriptor)
            raise QueueHeld(f"{self._path} is held by another daemon, pid {pid or 'unknown'}")
        self._descriptor = descriptor
        self.say(None)

    def say(self, trouble: Trouble | None) -> None:
        """Write what others shall know while we hold the lock; None: all is well.

        Where even that cannot be written, nothing is said.
        """
        text = f"{os.getpid()}\n"
        if trouble:
            text += f"{trouble.since_ms}\n{' '.join(trouble.reason.split())}\n"
        room = text.encode(errors="replace")[:_ROOM_BYTES].ljust(_ROOM_BYTES)
        with suppress(OSError):
            os.pwrite(self._descriptor, room, 0)

    def release(self) -> None:
        """Let another daemon take it. The file stays: removing it could let two in."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def lock_path(path: Path) -> Path:
    """Where the lock of a queue lies: one place, by whatever link the queue is named."""
    return Path(f"{os.path.realpath(path)}.lock")


def holder(path: Path) -> int | None:
    """The pid of the living daemon of the queue at `path`.

    Returns:
        None where there is none; 0 where there is one that has not yet written its pid.
    """
    try:
        descriptor = os.open(lock_path(path), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def trouble(path: Path) -> Trouble | None:
    """What the living daemon of the queue at `path` says of its trouble with it; None: nothing.

    Raises:
        OSError: The lock's file cannot be read.
    """
    lines = lock_path(path).read_text(encoding="utf-8", errors="replace").split("\n")
    if len(lines) < _LINES or not lines[1].isdecimal():
        return None
    return Trouble(lines[2], int(lines[1]))


def _locked(descriptor: int) -> bool:
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return True
    return False


def _read_pid(descriptor: int) -> int:
    digits = os.pread(descriptor, 20, 0).split(b"\n")[0]
    return int(digits) if digits.isdigit() else 0
