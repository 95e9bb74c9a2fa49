"""The quick way: decode what the wanted frames need, side by side."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from jobd.frames.crop import refuse_outside
from jobd.frames.decoders import Decoders
from jobd.frames.jpeg import View, shape_of
from jobd.frames.segment import Decoded, Segment, decode_segment, samples_of, shares
from jobd.frames.skip import SkippingDecoder
from jobd.frames.wish import facts_of
from jobd.frames.workers import Gauge, in_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from jobd.frames.source import Source
    from jobd.frames.timeline import Timeline
    from jobd.frames.wish import Facts, Wish


class Skipping:
    """A video whose first frame is decoded.

    Attributes:
        facts: Known before the first image.
        results: All images by rising k, a segment at a time; raises CannotSkip where the
            rest must be decoded plainly.
        decoded: Frames decoded so far.
    """

    def __init__(self, facts: Facts, results: Generator[Decoded]) -> None:
        self.facts = facts
        self.decoded = 1
        self.results = self._counted(results)

    def _counted(self, results: Iterator[Decoded]) -> Iterator[Decoded]:
        self.decoded = 0
        for decoded in results:
            self.decoded += decoded.frames
            yield decoded


@contextmanager
def skipping(
    timeline: Timeline,
    wish: Wish,
    location: str,
    source: Source | None,
    tick: Callable[[float], None],
) -> Iterator[Skipping]:
    """Decode a video's first frame, then, as the results are taken, the others.

    The first frame tells the picture's shape, which all segments need; its decoder goes on
    with the first segment, so that no frame is decoded twice.

    Args:
        timeline: Of the video.
        wish: What is asked for.
        location: Path of the file.
        source: An open one to begin with, anywhere in the file.
        tick: Told the share of the work done; what it raises ends it.

    Yields:
        The begun work; its threads end with the context.

    Raises:
        CannotSkip: The file must be decoded plainly.
        VideoRefused: More images than the limits allow.
        PermanentError: The crop bounds are empty or outside the picture.
    """
    chosen = wish.plan_for(timeline, timeline.pts[0], None)
    head, *others = shares(timeline, chosen, wish.workers)
    gauge = Gauge(sum(span.packets for share in (head, *others) for span in share))
    with ExitStack() as files:
        decoders = Decoders(gauge.fed, files)
        if source:
            decoders.give_back(SkippingDecoder(source, gauge.fed, at=None))
        decoder = decoders.take(location, wish.limits)
        frames = decoder.frames(head)
        first = next(frames)
        shape = shape_of(first[0])
        refuse_outside(wish.crop, *shape.shown_px)
        view = View(shape, wish.crop, wish.quality)

        def rest_of_head() -> Decoded:
            samples = list(samples_of(chain([first], frames), view))
            decoders.give_back(decoder)
            return Decoded(samples, decoder.decoded)

        segments = (Segment(location, spans, view, wish.limits) for spans in others)
        tasks = (partial(decode_segment, segment, decoders.lent) for segment in segments)
        results = in_threads(chain([rest_of_head], tasks), wish.workers, gauge, tick)
        with closing(results):
            yield Skipping(facts_of(decoder.source, shape, chosen), results)
