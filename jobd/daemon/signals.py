"""The signals that a daemon answers, heard by its one select."""

from __future__ import annotations

import selectors
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@contextmanager
def listening(
    selector: selectors.BaseSelector, answers: Mapping[signal.Signals, Callable[[], None]]
) -> Iterator[None]:
    """Call the answer to a signal, and wake the selector, which is closed in the end.

    Without the wake-up a select that has begun would sleep on (PEP 475).
    """
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.settimeout(0)
    selector.register(ours, selectors.EVENT_READ, lambda: ours.recv(64))
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    kept = {number: signal.signal(number, _calling(answer)) for number, answer in answers.items()}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        selector.close()
        ours.close()
        theirs.close()


def _calling(answer: Callable[[], None]) -> Callable[[int, object], None]:
    return lambda _number, _frame: answer()
