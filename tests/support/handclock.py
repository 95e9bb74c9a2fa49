"""A clock that a test turns by hand; sleeping turns it too."""

from __future__ import annotations


class HandClock:
    """Seconds that pass only when told to.

    Attributes:
        now_s: The time.
        slept_s: Every sleep, in order.
    """

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.slept_s: list[float] = []

    def monotonic_s(self) -> float:
        """The time."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass, and remember."""
        self.slept_s.append(seconds)
        self.now_s += seconds
