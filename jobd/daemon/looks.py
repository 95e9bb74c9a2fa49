"""When to look at the queue again after a wake-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobd.queue.wake import Waker

# The event of a write precedes the commit that others can see, by as long as the disk takes to sync
# it: look again after these, one after the other.
_SECOND_LOOKS_S = (0.0005, 0.002, 0.010, 0.050, 0.250, 1.0)


class Looks:
    """The looks that a wake-up is worth."""

    def __init__(self, waker: Waker) -> None:
        self._waker = waker
        self._waits_s: list[float] = []

    def woken(self) -> None:
        """The queue has been written to."""
        self._waker.drain()
        self._waits_s = list(_SECOND_LOOKS_S)

    def next_s(self) -> float | None:
        """How long until the next of them; None: none is left."""
        return self._waits_s.pop(0) if self._waits_s else None
