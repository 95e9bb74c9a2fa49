"""Which frames are wanted: exact arithmetic on timestamps, no file and no decoder."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, pairwise
from math import ceil
from typing import TYPE_CHECKING

from jobd.errors import VideoRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.frames.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame to keep.

    Attributes:
        pts: The frame's timestamp, in the stream's time base.
        settled: Packets to feed before no later frame can bear the same timestamp.
        ks: The images that show this frame.
    """

    pts: int
    settled: int
    ks: range


@dataclass(frozen=True, slots=True)
class Plan:
    """All frames to keep.

    Attributes:
        shots: By rising timestamp; their `ks` joined are 0, 1, 2 … without a gap.
        wanted: How many images that makes.
        duration_s: From the first frame to the end of the last one.
        last_pts: The largest timestamp.
    """

    shots: tuple[Shot, ...]
    wanted: int
    duration_s: Fraction
    last_pts: int


def exact_rate(rate_hz: float) -> Fraction:
    """The rate as written: 0.1 is 1/10, not the binary fraction next to it."""
    return Fraction(str(rate_hz))


def tick_count(duration_s: Fraction, rate: Fraction) -> int:
    """How many k have k / rate < duration; the shortest video still makes one image."""
    return max(1, ceil(duration_s * rate))


def plan(timeline: Timeline, origin_pts: int, rate: Fraction, max_images: int) -> Plan:
    """Choose the frame on display at every k / rate after the origin.

    That is the frame of the largest timestamp not later (DESIGN §3); where several bear
    it, the last of them in the stream.

    Args:
        timeline: When each packet's frame is shown.
        origin_pts: The first frame's timestamp; earlier ones are never on display.
        rate: Images per second.
        max_images: More are refused.

    Raises:
        VideoRefused: More than `max_images`, before any work is done for them.
    """
    duration_s = (timeline.end_pts - origin_pts) * timeline.time_base
    wanted = tick_count(duration_s, rate)
    if wanted > max_images:
        raise VideoRefused(
            f"{float(duration_s):.1f} s at {float(rate):g} Hz make {wanted} images:"
            f" more than {max_images}"
        )
    shots = tuple(_shots(timeline, origin_pts, timeline.time_base * rate, wanted))
    return Plan(shots, wanted, duration_s, max(timeline.pts))


def _shots(
    timeline: Timeline, origin_pts: int, ticks_per_pts: Fraction, wanted: int
) -> Iterator[Shot]:
    last_of = {p: s for p, s in zip(timeline.pts, timeline.settled, strict=True) if p >= origin_pts}
    last_of.setdefault(origin_pts, 0)
    ticks, per_pts = ticks_per_pts.as_integer_ratio()
    times = sorted(last_of)
    begins = (-(-(pts - origin_pts) * ticks // per_pts) for pts in times)
    for pts, (begin, end) in zip(times, pairwise(chain(begins, [wanted])), strict=True):
        if begin < end:
            yield Shot(pts, last_of[pts], range(begin, end))
