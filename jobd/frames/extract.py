"""The way of a video: file → timeline → plan → decode → JPEGs.

A faster engine replaces what `Extraction` iterates over and nothing else: all that a stretch
of video needs is plain data (location, ks, rate, crop, quality), so it may run anywhere.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from jobd.errors import VideoRefused
from jobd.frames.crop import Crop, refuse_outside
from jobd.frames.decode import Decoder
from jobd.frames.file import regular_file
from jobd.frames.jpeg import View, shape_of
from jobd.frames.plan import exact_rate, plan
from jobd.frames.sample import Sampler
from jobd.frames.scan import read_timeline, rest_of
from jobd.frames.source import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction

    from av.video.frame import VideoFrame

    from jobd.frames.choose import Kept
    from jobd.frames.decode import Output
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
    """

    rate: Fraction
    crop: Crop | None
    quality: int
    limits: Limits

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


class Sample(NamedTuple):
    """One image: frame `k` as a JPEG, and the JPEG's own size."""

    k: int
    jpeg: bytes
    width_px: int
    height_px: int


class Extraction:
    """A video ready to be sampled, once.

    Attributes:
        facts: Known before the first image.
    """

    def __init__(
        self, facts: Facts, sampler: Sampler, outputs: Iterator[Output], view: View
    ) -> None:
        self.facts = facts
        self._sampler = sampler
        self._outputs = outputs
        self._view = view

    def images(self) -> Iterator[Sample]:
        """Every k from 0 to `wanted` once: in order, but for stand-ins and jumps back in time.

        A frame that stays on display for many k is compressed once.

        Raises:
            VideoRefused: No frame, or far fewer than the file has packets.
            VideoIncomplete: The frames stop well before the last timestamp.
        """
        for kept in self.frames():
            jpeg, width_px, height_px = self._view.jpeg_of(kept.display.picture)
            for k in kept.ks:
                yield Sample(k, jpeg, width_px, height_px)

    def frames(self) -> Iterator[Kept[VideoFrame]]:
        """The frames behind the images, as decoded; raises the same."""
        return self._sampler.run(self._outputs)

    @property
    def wanted(self) -> int:
        """How many images there will be."""
        return self.facts.wanted

    @property
    def decoded(self) -> int:
        """Frames decoded so far."""
        return self._sampler.decoded

    @property
    def concealed(self) -> int:
        """Images so far whose own frame was damaged, see `Sampler`."""
        return self._sampler.concealed


@contextmanager
def extract(
    location: str,
    rate_hz: float,
    *,
    crop: tuple[int, int, int, int] | None,
    quality: int,
    limits: Limits,
    tick: Callable[[float], None],
) -> Iterator[Extraction]:
    """Sample a video: image k is the frame on display k / rate after its first frame.

    Args:
        location: Path of the file.
        rate_hz: Images per second, taken as written: 0.1 is 1/10.
        crop: (left, top, right, bottom): [left, right) by [top, bottom) in pixels of the
            picture as shown; None for all of it.
        quality: Of the JPEGs, as OpenCV counts, 1 to 100.
        limits: Caps against hostile files.
        tick: Called with the share of all work done, 0 to 1, never falling, at least once
            per decoded frame; what it raises ends the extraction.

    Yields:
        The extraction; its file stays open meanwhile.

    Raises:
        VideoRefused: No video that can be sampled, or more than the limits allow.
        VideoIncomplete: The video ends early: perhaps still being written.
        PermanentError: The crop bounds are empty or outside the picture.
        RetryableError: The machine could not read the file now.
    """
    wish = Wish(exact_rate(rate_hz), crop and Crop(*crop), quality, limits)
    with regular_file(location) as fd:
        timeline = read_timeline(fd, limits, tick)
        wish.plan_for(timeline, timeline.pts[0], None)
        with open_source(fd, limits) as source:
            yield _begun(Decoder(source, rest_of(tick, timeline)), timeline, wish)


def _begun(decoder: Decoder, timeline: Timeline, wish: Wish) -> Extraction:
    outputs = decoder.outputs(timeline)
    first = next(outputs, None)
    if first is None:
        raise VideoRefused(
            f"none of the video's {timeline.packets} frames can be decoded:"
            f" damaged, or more than {wish.limits.max_pixels} pixels"
        )
    shape = shape_of(first.frame)
    refuse_outside(wish.crop, *shape.shown_px)
    chosen = wish.plan_for(timeline, first.pts, decoder.damage.earliest_pts)
    return Extraction(
        _facts(decoder.source, shape, chosen),
        Sampler(decoder, timeline, chosen),
        chain([first], outputs),
        View(shape, wish.crop, wish.quality),
    )


def _facts(source: Source, shape: Shape, chosen: Plan) -> Facts:
    width_px, height_px = shape.shown_px
    duration_s = float(chosen.duration_s)
    return Facts(width_px, height_px, duration_s, source.fps, source.codec, chosen.wanted)
