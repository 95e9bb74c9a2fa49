"""The signals that end a daemon, heard by its one select."""

from __future__ import annotations

import selectors
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def listening(selector: selectors.BaseSelector, stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at SIGTERM and SIGINT, and wake the selector, which is closed in the end.

    Without the wake-up a select that has begun would sleep on (PEP 475).
    """
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.settimeout(0)
    selector.register(ours, selectors.EVENT_READ, lambda: ours.recv(64))
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    kept = {number: signal.signal(number, lambda *_: stop()) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        selector.close()
        ours.close()
        theirs.close()
