"""A terminal that gets another size is a reason to look again."""

from __future__ import annotations

import signal
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Resizes:
    """Readable once the terminal has another size."""

    def __init__(self, heard: socket.socket) -> None:
        self._heard = heard

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._heard.fileno()

    def drain(self) -> None:
        """Forget what has been heard so far; call it before looking, not after."""
        with suppress(BlockingIOError):
            while self._heard.recv(64):
                pass


@contextmanager
def resizes() -> Iterator[Resizes]:
    """Hear of them from here on, in the main thread alone.

    Without the wake-up a select that has begun would sleep on (PEP 475).
    """
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.settimeout(0)
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    kept = signal.signal(signal.SIGWINCH, lambda _number, _frame: None)
    try:
        yield Resizes(ours)
    finally:
        signal.signal(signal.SIGWINCH, kept)
        signal.set_wakeup_fd(before)
        ours.close()
        theirs.close()
