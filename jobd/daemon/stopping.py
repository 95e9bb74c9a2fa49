"""A stop, from its signal to its end: no more leases, a time to drain, a last limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobd.clock import Clock

_SETTLE_LIMIT_S = 10.0  # after the drain time: a queue that stays stuck keeps nobody alive


class Stopping:
    """Whether the daemon stops, and how far that has come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._drained_at_s: float | None = None

    def __bool__(self) -> bool:
        """Whether it was asked for."""
        return self._drained_at_s is not None

    def ask(self, drain_s: float) -> float:
        """Begin it; a second call ends the time to drain.

        Returns:
            How long running attempts have to end.
        """
        left_s = 0.0 if self else drain_s
        self._drained_at_s = self._clock.monotonic_s() + left_s
        return left_s

    @property
    def left_s(self) -> float:
        """Of the time to drain; without end where no stop was asked for."""
        if self._drained_at_s is None:
            return math.inf
        return self._drained_at_s - self._clock.monotonic_s()

    @property
    def is_overdue(self) -> bool:
        """Whether what is still not settled must be left to the next start."""
        return self.left_s < -_SETTLE_LIMIT_S
