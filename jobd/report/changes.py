"""When to look at a queue again: after it has been written to."""

from __future__ import annotations

import select
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from jobd.errors import QueueError
from jobd.queue.wake import waker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jobd.queue.wake import Waker

_FAILED_LOOKS = 5  # in a row, until a queue is taken for gone
_GATHER_S = 0.1  # an event comes before its commit, and seldom alone
_AGAIN_S = 1.0  # a slow disk's commit comes later; and without a daemon there is no event


def look_until(
    path: Path, patience_s: float, look: Callable[[], bool], others: Sequence[Waker] = ()
) -> None:
    """Look at once, and then whenever the queue may have changed, until it is enough.

    Args:
        path: The queue file.
        patience_s: After so long without a change all the same: somebody may have put another
            file in its place.
        look: Whether it is enough.
        others: What else is a reason to look.

    Raises:
        QueueError: There is no readable queue, several looks in a row: a daemon that starts or
            stops may replace the -wal file.
    """
    failed = 0
    for _ in _changes(path, patience_s, others):
        try:
            if look():
                return
            failed = 0
        except QueueError:
            failed += 1
            if failed == _FAILED_LOOKS:
                raise


def _changes(path: Path, patience_s: float, others: Sequence[Waker]) -> Iterator[None]:
    """At once, and then after each change, for ever."""
    woken = False
    while True:
        with ExitStack() as until_looked:  # anew each time: the -wal file may be another one
            watched = _watched(path, until_looked)  # before the look, so that nothing is missed
            for other in others:
                other.drain()
            yield
            heard = [*others, *([watched] if watched else [])]
            most_s = min(patience_s, _AGAIN_S) if woken or not watched else patience_s
            woken = bool(select.select(heard, [], [], most_s)[0])
            if woken:
                time.sleep(_GATHER_S)


def _watched(path: Path, until_closed: ExitStack) -> Waker | None:
    """The queue's changes from now on; None: it has no -wal file, as no daemon has been here."""
    with suppress(OSError):
        return until_closed.enter_context(waker(path))
    return None
