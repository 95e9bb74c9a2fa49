"""When the frames of a video are shown: its timestamps, in the order of the stream."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobd.frames.spans import Packets


@dataclass(frozen=True, slots=True)
class Timeline:
    """The timestamps of one stream.

    Attributes:
        time_base: Seconds per unit of all timestamps here.
        pts: One per frame, in the order of the stream; may repeat, may jump back.
        settled: For each of `pts`, how many packets are fed before its frame can come out.
        start_pts: The first keyframe's timestamp; None where no packet is marked as one.
        end_pts: The largest timestamp plus its frame's duration.
        packets: How many packets there are to feed.
        restored: `pts` belong to the frames in order of output, whatever these say.
        broadcast: Its start may be cut off anywhere, so that no frame shows there at first.
        order: The packets as they lie in the file, where each of them shows a frame.
    """

    time_base: Fraction
    pts: Sequence[int]
    settled: Sequence[int]
    start_pts: int | None
    end_pts: Fraction
    packets: int
    restored: bool = False
    broadcast: bool = False
    order: Packets | None = None

    def origin_pts(self, first_pts: int, damaged_pts: int | None) -> int:
        """Where time begins: at the first frame, even if it is damaged.

        Args:
            first_pts: Of the first frame that came out. A damaged keyframe was due before;
                in a stream without keyframes nothing was.
            damaged_pts: Of the earliest damage until then; None without any.
        """
        due = [first_pts]
        if self.start_pts is not None:
            due.append(self.start_pts)
        if damaged_pts is not None and not (self.broadcast or self.restored):
            due.append(damaged_pts)
        return min(due)


def end_of(
    pts: Sequence[int],
    last_duration: int,
    guessed_interval: Fraction,
    latest_end: Fraction | None,
) -> Fraction:
    """The end of the last frame's display.

    Args:
        pts: All timestamps; not empty.
        last_duration: What the container says of the largest one; 0 if it is silent.
        guessed_interval: Of one frame, for a video of a single one.
        latest_end: A duration that alone reaches past it is not believed; None: any is.

    Returns:
        The largest timestamp plus its frame's duration, or plus the mean distance of two
        frames where the container's own word is missing or wrong.
    """
    last = max(pts)
    outlasts = latest_end is not None and last <= latest_end < last + last_duration
    if last_duration > 0 and not outlasts:
        return Fraction(last + last_duration)
    return last + (mean_interval(pts) or guessed_interval)


def mean_interval(pts: Sequence[int]) -> Fraction | None:
    """The mean distance of neighbouring timestamps; None for a single one."""
    distinct = set(pts)
    if len(distinct) < 2:  # noqa: PLR2004 - a distance takes two
        return None
    return Fraction(max(distinct) - min(distinct), len(distinct) - 1)


def in_order_of_output(raw: Sequence[int | None], interval: int) -> list[int]:
    """Timestamps for frames that carry none, or those of the packets' order.

    AVI counts packets, not frames, so that B-frames come out with swapped timestamps; the
    decoder's order of output is right, and the i-th frame takes the i-th smallest one.
    """
    times: list[int] = []
    for pts in raw:
        times.append(pts if pts is not None else (times[-1] + interval if times else 0))
    return sorted(times)
