"""Videos that are still to be told of a cancellation: one at a time, beside the slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.daemon.notices import CancellationNotice
from jobd.queue.cancellations import next_cancellation

if TYPE_CHECKING:
    from jobd.daemon.house import House

_AGAIN_S = 10.0


class Telling:
    """When the next is due; those who wait for jobs do not wait for it."""

    def __init__(self) -> None:
        self._under_way = False
        self._due_s = 0.0

    def next(self, house: House) -> CancellationNotice | None:
        """Start the next notice; None: none is due, or one is under way."""
        if self._under_way or house.clock.monotonic_s() < self._due_s:
            return None
        cancellation = next_cancellation(house.queue)
        if not cancellation:
            return None
        notice = CancellationNotice(house, cancellation)
        self._under_way = True
        return notice

    def over(self, notice: CancellationNotice) -> None:
        """One has ended; a video that could not be told is given some time."""
        self._under_way = False
        if not notice.told():
            self._due_s = notice.house.clock.monotonic_s() + _AGAIN_S
