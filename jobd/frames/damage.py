"""Where a video is damaged: the timestamps of what could not be decoded whole."""

from __future__ import annotations

from bisect import bisect_left, insort


class Damage:
    """Timestamps of refused packets, of frames with concealed errors or after lost packets."""

    def __init__(self) -> None:
        self._pts: list[int] = []

    def add(self, pts: int) -> None:
        """Remember one."""
        insort(self._pts, pts)

    @property
    def earliest_pts(self) -> int | None:
        """The smallest one so far."""
        return self._pts[0] if self._pts else None

    def within(self, begin_pts: int, end_pts: int | None) -> bool:
        """Whether there is damage at or after `begin_pts` and before `end_pts` (None: ever)."""
        at = bisect_left(self._pts, begin_pts)
        return at < len(self._pts) and (end_pts is None or self._pts[at] < end_pts)
