"""When to look at a queue again: after it has been written to."""

from __future__ import annotations

import select
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from jobd.queue.wake import waker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jobd.queue.wake import Waker

FAILED_LOOKS = 5  # in a row, until a queue is taken for gone
_GATHER_S = 0.1  # an event comes before its commit, and seldom alone
_NO_DAEMON_S = 1.0


def changes(path: Path, patience_s: float, others: Sequence[Waker] = ()) -> Iterator[None]:
    """Yield at once, and then whenever the queue may have changed, for ever.

    Args:
        path: The queue file, which need not be there.
        patience_s: After so long without a change all the same: somebody may have put another
            file in its place.
        others: What else is a reason to look.
    """
    while True:
        with ExitStack() as until_looked:  # anew each time: the -wal file may be another one
            watched = _watched(path, until_looked)  # before the look, so that nothing is missed
            for other in others:
                other.drain()
            yield
            heard = [*others, *([watched] if watched else [])]
            most_s = patience_s if watched else min(patience_s, _NO_DAEMON_S)
            if select.select(heard, [], [], most_s)[0]:
                time.sleep(_GATHER_S)


def _watched(path: Path, until_closed: ExitStack) -> Waker | None:
    """The queue's changes from now on; None: it has no -wal file, as no daemon has been here."""
    with suppress(OSError):
        return until_closed.enter_context(waker(path))
    return None
