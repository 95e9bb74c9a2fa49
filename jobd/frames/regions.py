"""Which stretches of a file hold the wanted frames, by its index of keyframes alone (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch to read: from a keyframe to the last wanted time before the next one.

    Attributes:
        key_time: The keyframe's entry in the index.
        begin_pts: When the keyframe is shown.
        until_pts: The last wanted time.
    """

    key_time: int
    begin_pts: int
    until_pts: int


def regions_of(
    key_times: Sequence[int], origin_pts: int, end_pts: int, ticks_per_pts: Fraction
) -> Iterator[Region]:
    """The stretches that hold the frames on display at every wanted time.

    Args:
        key_times: The index, rising: when each keyframe is decoded, or shown.
        origin_pts: The first keyframe's timestamp, and the first wanted time. The others are
            taken to be shown just as long after their entry as this one after its own.
        end_pts: Behind the last wanted time.
        ticks_per_pts: Wanted times per unit of the timestamps.
    """
    begins = [time + origin_pts - key_times[0] for time in key_times]
    for key_time, (begin, end) in zip(key_times, pairwise([*begins, end_pts]), strict=True):
        ticks_before = ceil((min(end, end_pts) - origin_pts) * ticks_per_pts)
        until_pts = origin_pts + floor((ticks_before - 1) / ticks_per_pts)
        if until_pts >= begin:
            yield Region(key_time, begin, until_pts)


def share_of(regions: Sequence[Region], origin_pts: int, end_pts: int) -> Fraction:
    """Which part of the video the regions cover."""
    covered = sum(region.until_pts - region.begin_pts for region in regions)
    return Fraction(covered, end_pts - origin_pts)
