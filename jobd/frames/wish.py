"""What is asked of a video, and what is known of it before its first image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.frames.plan import plan

if TYPE_CHECKING:
    from fractions import Fraction

    from jobd.frames.crop import Crop
    from jobd.frames.jpeg import Shape
    from jobd.frames.plan import Plan
    from jobd.frames.source import Limits, Source
    from jobd.frames.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a video, as plain data.

    Attributes:
        rate: Images per second.
        crop: The wanted part of the picture; None for all of it.
        quality: Of the JPEGs.
        limits: Caps against hostile files.
        workers: How many threads may decode.
    """

    rate: Fraction
    crop: Crop | None
    quality: int
    limits: Limits
    workers: int

    def plan_for(self, timeline: Timeline, first_pts: int, damaged_pts: int | None) -> Plan:
        """The plan for a video that begins so, see `Timeline.origin_pts`."""
        origin_pts = timeline.origin_pts(first_pts, damaged_pts)
        return plan(timeline, origin_pts, self.rate, self.limits.max_images)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a video before its first image.

    Attributes:
        width_px: Of the whole picture as shown: rotation applied, pixel aspect ratio not.
        height_px: The same.
        duration_s: From the first frame to the end of the last.
        fps: As the container tells; None if it does not.
        codec: As in `h264`.
        wanted: How many images there will be.
    """

    width_px: int
    height_px: int
    duration_s: float
    fps: float | None
    codec: str
    wanted: int


def facts_of(source: Source, shape: Shape, chosen: Plan) -> Facts:
    """What is known once the first frame is decoded and the plan is made."""
    width_px, height_px = shape.shown_px
    duration_s = float(chosen.duration_s)
    return Facts(width_px, height_px, duration_s, source.fps, source.codec, chosen.wanted)
