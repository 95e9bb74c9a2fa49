"""The way of a video: file → timeline → plan → decode → JPEGs.

Two ways to decode: `skip` takes only what the wanted frames need, in threads; `decode` takes
everything, in order, and knows what to do about damage. The first is tried, and wherever it is
not sure the second makes what is missing.
"""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from jobd.errors import VideoRefused
from jobd.frames.crop import Crop, refuse_outside
from jobd.frames.decode import Decoder
from jobd.frames.file import path_of, regular_file
from jobd.frames.jpeg import View, shape_of
from jobd.frames.plan import exact_rate
from jobd.frames.sample import Sampler
from jobd.frames.scan import read_timeline, rest_of, rising
from jobd.frames.segment import Sample, segments_of
from jobd.frames.skip import CannotSkip
from jobd.frames.source import open_source
from jobd.frames.wish import Facts, Wish
from jobd.frames.workers import in_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from av.video.frame import VideoFrame

    from jobd.frames.choose import Kept
    from jobd.frames.decode import Output
    from jobd.frames.jpeg import Shape
    from jobd.frames.plan import Plan
    from jobd.frames.segment import Decoded, Segment
    from jobd.frames.source import Limits, Source
    from jobd.frames.timeline import Timeline

log = logging.getLogger("jobd")


class Extraction:
    """A video ready to be sampled, once.

    Attributes:
        facts: Known before the first image.
    """

    def __init__(
        self,
        facts: Facts,
        view: View,
        skipping: Generator[Decoded],
        sampler: Sampler,
        outputs: Iterator[Output],
    ) -> None:
        self.facts = facts
        self._view = view
        self._skipping = skipping
        self._sampler = sampler
        self._outputs = outputs
        self._decoded = 0

    def images(self) -> Iterator[Sample]:
        """Every k from 0 to `wanted` once: in order, but for stand-ins and jumps back in time.

        A frame that stays on display for many k is compressed once.

        Raises:
            VideoRefused: No frame, or far fewer than the file has packets.
            VideoIncomplete: The frames stop well before the last timestamp.
        """
        made: set[int] = set()
        try:
            for decoded in self._skipping:
                self._decoded += decoded.frames
                made.update(sample.k for sample in decoded.samples)
                yield from decoded.samples
        except CannotSkip as reason:
            log.debug("decoding plainly: %s", reason)
            yield from self._plainly(made)

    def _plainly(self, made: set[int]) -> Iterator[Sample]:
        for kept in self.frames():
            ks = [k for k in kept.ks if k not in made]
            if ks:
                image = self._view.jpeg_of(kept.display.picture)
                yield from (Sample(k, *image) for k in ks)

    def close(self) -> None:
        """End all threads; no more images come."""
        self._skipping.close()

    def frames(self) -> Iterator[Kept[VideoFrame]]:
        """The frames behind the images, as decoded; raises the same."""
        return self._sampler.run(self._outputs)

    @property
    def decoded(self) -> int:
        """Frames decoded so far."""
        return self._decoded + self._sampler.decoded

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
    workers: int = 1,
) -> Iterator[Extraction]:
    """Sample a video: image k is the frame on display k / rate after its first frame.

    Args:
        location: Path of the file.
        rate_hz: Images per second, taken as written: 0.1 is 1/10.
        crop: (left, top, right, bottom): [left, right) by [top, bottom) in pixels of the
            picture as shown; None for all of it.
        quality: Of the JPEGs, as OpenCV counts, 1 to 100.
        limits: Caps against hostile files.
        tick: Told the share of all work done, rising to 1; what it raises ends the work.
        workers: How many threads may decode.

    Yields:
        The extraction; its file stays open meanwhile.

    Raises:
        VideoRefused: No video that can be sampled, or more than the limits allow.
        VideoIncomplete: The video ends early: perhaps still being written.
        PermanentError: The crop bounds are empty or outside the picture.
        RetryableError: The machine could not read the file now.
    """
    wish = Wish(exact_rate(rate_hz), crop and Crop(*crop), quality, limits, workers)
    tick = rising(tick)
    with regular_file(location) as fd:
        timeline = read_timeline(fd, limits, tick)
        wish.plan_for(timeline, timeline.pts[0], None)
        with open_source(fd, limits) as source:
            decoder = Decoder(source, rest_of(tick, timeline))
            with closing(_begun(decoder, timeline, wish, path_of(fd))) as extraction:
                yield extraction


def _begun(decoder: Decoder, timeline: Timeline, wish: Wish, location: str) -> Extraction:
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
    view = View(shape, wish.crop, wish.quality)
    return Extraction(
        _facts(decoder.source, shape, chosen),
        view,
        _skipping(
            lambda: segments_of(timeline, chosen, view, wish, location), wish.workers, decoder.tick
        ),
        Sampler(decoder, timeline, chosen),
        chain([first], outputs),
    )


def _skipping(
    cut: Callable[[], list[Segment]], workers: int, tick: Callable[[float], None]
) -> Generator[Decoded]:
    yield from in_threads(cut(), workers, tick)


def _facts(source: Source, shape: Shape, chosen: Plan) -> Facts:
    width_px, height_px = shape.shown_px
    duration_s = float(chosen.duration_s)
    return Facts(width_px, height_px, duration_s, source.fps, source.codec, chosen.wanted)
