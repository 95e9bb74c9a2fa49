"""One select for wake-ups and children, and what the children have said since."""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from jobd.clock import Clock
    from jobd.daemon.slot import Slot
    from jobd.queue.wake import Waker

_AWAY_S = 1.0  # longer than it meant to wait and this, the loop itself was away


class Hearing:
    """Hears children; time in which we were stopped or blocked is no silence of theirs.

    Attributes:
        selector: Whatever else is waited for is registered here, with what it calls.
    """

    def __init__(self, clock: Clock) -> None:
        self.selector = selectors.DefaultSelector()
        self._clock = clock
        self._heard_s = clock.monotonic_s()

    def wake_by(self, waker: Waker, woken: Callable[[], None]) -> None:
        """End a wait when the queue has been written to."""
        self.selector.register(waker, selectors.EVENT_READ, woken)

    def add(self, slot: Slot) -> None:
        """End a wait when this child has spoken or has ended."""
        self.selector.register(slot.child, selectors.EVENT_READ, _nothing)

    def listen(self, slots: Collection[Slot], timeout_s: float, longest_s: float) -> list[Slot]:
        """Wait until something happens, and hear all children; log alone is nothing to get up for.

        Args:
            slots: Whose children are not over.
            timeout_s: How long to wait; below zero: only look.
            longest_s: A loop that works well comes round at least this often.

        Returns:
            Those whose child is over now.
        """
        end_s = self._clock.monotonic_s() + timeout_s
        while True:
            only_children = self._wait(end_s - self._clock.monotonic_s())
            over = self._hear(slots, longest_s)
            quiet = only_children and not over and not any(slot.got_on for slot in slots)
            if not quiet or self._clock.monotonic_s() >= end_s:
                return over

    def _wait(self, timeout_s: float) -> bool:
        ready = self.selector.select(max(0.0, timeout_s))
        for key, _ in ready:
            key.data()
        return bool(ready) and all(key.data is _nothing for key, _ in ready)

    def _hear(self, slots: Collection[Slot], longest_s: float) -> list[Slot]:
        now_s = self._clock.monotonic_s()
        since_s = min(now_s - self._heard_s, longest_s + _AWAY_S)
        self._heard_s = now_s
        over = [slot for slot in slots if slot.hear(since_s)]
        for slot in over:
            self.selector.unregister(slot.child)
        return over


def _nothing() -> None:
    """A child is heard when all are."""
