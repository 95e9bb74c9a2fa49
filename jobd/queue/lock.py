"""One daemon per queue: an flock that the kernel lets go when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from jobd.errors import QueueError, QueueHeld

if TYPE_CHECKING:
    from types import TracebackType

_TRIES = 5
_PAUSE_S = 0.02  # `holder` keeps the lock for microseconds: not a reason to give up


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
        with suppress(OSError):  # the pid is for people: a full disk keeps nobody from serving
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)

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
    digits = os.pread(descriptor, 20, 0).strip()
    return int(digits) if digits.isdigit() else 0
