"""Small steps with pauses, so that the app's own statements get their turn."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# SQLite's busy handler looks again at least every 25 ms for its first 128 ms: any pause
# longer than that is found by whoever waits.
_LEAST_PAUSE_S = 0.03


class Pace:
    """Before each step, waits until as much time has passed as the last step took.

    Time spent on other work between two steps counts as pause, so a decoder that is
    slower than the disk never waits here.

    Args:
        sleep: Waits for so many seconds.
        monotonic_s: Seconds of a clock that never jumps.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._monotonic_s = monotonic_s
        self._not_before_s = 0.0

    @contextmanager
    def step(self) -> Iterator[None]:
        """Run one step that holds locks."""
        wait_s = self._not_before_s - self._monotonic_s()
        if wait_s > 0:
            self._sleep(wait_s)
        begun_s = self._monotonic_s()
        try:
            yield
        finally:
            ended_s = self._monotonic_s()
            self._not_before_s = ended_s + max(ended_s - begun_s, _LEAST_PAUSE_S)
