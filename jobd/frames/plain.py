"""The plain way: decode everything, in order, and know what to do about damage."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from jobd.errors import VideoRefused
from jobd.frames.crop import refuse_outside
from jobd.frames.decode import Decoder
from jobd.frames.jpeg import View, shape_of
from jobd.frames.sample import Sampler
from jobd.frames.segment import Sample
from jobd.frames.source import open_source
from jobd.frames.wish import facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.video.frame import VideoFrame

    from jobd.frames.choose import Kept
    from jobd.frames.decode import Output
    from jobd.frames.timeline import Timeline
    from jobd.frames.wish import Facts, Wish


class Plain:
    """A video whose first frame is decoded.

    Attributes:
        facts: Known before the first image.
        sampler: Counts what was decoded and concealed.
    """

    def __init__(
        self, facts: Facts, view: View, sampler: Sampler, outputs: Iterator[Output]
    ) -> None:
        self.facts = facts
        self.sampler = sampler
        self._view = view
        self._outputs = outputs

    def frames(self) -> Iterator[Kept[VideoFrame]]:
        """The frames behind the images, as decoded.

        Raises:
            VideoRefused: No frame, or far fewer than the file has packets.
            VideoIncomplete: The frames stop well before the last timestamp.
        """
        return self.sampler.run(self._outputs)

    def images(self, made: set[int]) -> Iterator[Sample]:
        """All images but those that were made another way; raises as `frames` does."""
        for kept in self.frames():
            ks = [k for k in kept.ks if k not in made]
            if ks:
                image = self._view.jpeg_of(kept.display.picture)
                yield from (Sample(k, *image) for k in ks)


@contextmanager
def plainly(
    fd: int, timeline: Timeline, wish: Wish, tick: Callable[[float], None]
) -> Iterator[Plain]:
    """Decode a video's first frame, then, as they are taken, the others.

    Args:
        fd: Of the file.
        timeline: Of the whole video.
        wish: What is asked for.
        tick: Told the share of the work done; what it raises ends it.

    Raises:
        VideoRefused: No frame can be decoded, or the limits allow fewer images.
        PermanentError: The crop bounds are empty or outside the picture.
    """
    with open_source(fd, wish.limits) as source:
        decoder = Decoder(source, tick)
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
        yield Plain(
            facts_of(source, shape, chosen),
            View(shape, wish.crop, wish.quality),
            Sampler(decoder, timeline, chosen),
            chain([first], outputs),
        )
