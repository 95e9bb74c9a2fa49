"""Woken when another program commits: a hint to look, never the truth."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_MODIFY = 0x2
_WATCH_STEP_MS = 50


class Waker(Protocol):
    """Something for a selector that becomes readable when the queue has been written to."""

    def fileno(self) -> int:
        """The descriptor to wait on; readable means: look at the queue."""
        ...

    def drain(self) -> None:
        """Forget what has been seen so far; call it before looking, not after."""
        ...


@contextmanager
def waker(path: Path) -> Iterator[Waker]:
    """Watch the queue at `path`, which must be open: its -wal file exists only then.

    Raises:
        OSError: It cannot be watched.
    """
    wal = Path(f"{os.path.realpath(path)}-wal")
    watching = InotifyWaker(wal) if sys.platform == "linux" else WatchfilesWaker(wal)
    try:
        yield watching
    finally:
        watching.close()


class InotifyWaker:
    """inotify(7) by ctypes: the descriptor itself goes into the selector."""

    def __init__(self, wal: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = _checked(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), wal)
        try:
            watch = libc.inotify_add_watch(self._descriptor, os.fsencode(wal), _IN_MODIFY)
            _checked(watch, wal)
        except OSError:
            self.close()
            raise

    def fileno(self) -> int:
        """The inotify descriptor."""
        return self._descriptor

    def drain(self) -> None:
        """Read all events; what they say does not matter."""
        with suppress(BlockingIOError):
            while os.read(self._descriptor, 4096):
                pass

    def close(self) -> None:
        """Stop watching."""
        os.close(self._descriptor)


def _checked(result: int, path: Path) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(path))
    return result


class WatchfilesWaker:
    """Other systems: a thread with watchfiles, and a pipe for the selector."""

    def __init__(self, wal: Path) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(wal,), daemon=True)
        self._thread.start()

    def _watch(self, wal: Path) -> None:
        from watchfiles import watch  # noqa: PLC0415 - not installed on Linux

        changes = watch(
            wal,
            step=_WATCH_STEP_MS,
            debounce=_WATCH_STEP_MS,
            rust_timeout=1000,
            stop_event=self._stop,
            raise_interrupt=False,
        )
        for _ in changes:
            with suppress(BlockingIOError):  # full: it is readable already
                os.write(self._writer, b"!")

    def fileno(self) -> int:
        """The pipe's reading end."""
        return self._reader

    def drain(self) -> None:
        """Empty the pipe."""
        with suppress(BlockingIOError):
            while os.read(self._reader, 4096):
                pass

    def close(self) -> None:
        """Stop the thread and close the pipe."""
        self._stop.set()
        self._thread.join()
        os.close(self._reader)
        os.close(self._writer)
