"""A share of one video's work as plain data in, JPEGs out: it may run in any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from jobd.frames.file import regular_file
from jobd.frames.skip import CannotSkip, SkippingDecoder
from jobd.frames.source import open_source
from jobd.frames.spans import needs_of, shares_of, spans_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.frames.jpeg import View
    from jobd.frames.plan import Plan
    from jobd.frames.source import Limits
    from jobd.frames.spans import Span
    from jobd.frames.timeline import Timeline
    from jobd.frames.wish import Wish

_MOST_IMAGES = 100
_SHARES_PER_WORKER = 4


class Sample(NamedTuple):
    """One image: frame `k` as a JPEG, and the JPEG's own size."""

    k: int
    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What one worker is given; picklable.

    Attributes:
        location: Path of the file, as the worker sees it.
        spans: What to decode.
        view: What becomes of each frame.
        limits: Caps against hostile files.
    """

    location: str
    spans: tuple[Span, ...]
    view: View
    limits: Limits

    @property
    def packets(self) -> int:
        """How many there are to feed."""
        return sum(span.end - span.first for span in self.spans)


class Decoded(NamedTuple):
    """What a worker gives back: its images by rising k, and how many frames it decoded."""

    samples: list[Sample]
    frames: int


def _nothing() -> None:
    """Nobody listens."""


def decode_segment(segment: Segment, fed: Callable[[], None] = _nothing) -> Decoded:
    """Decode a segment with a container and a decoder of its own.

    Args:
        segment: What to decode.
        fed: Called after each packet; what it raises ends the work.

    Raises:
        CannotSkip: The file must be decoded plainly.
    """
    with regular_file(segment.location) as fd, open_source(fd, segment.limits) as source:
        decoder = SkippingDecoder(source, fed)
        samples = list(samples_of(decoder, segment))
    return Decoded(samples, decoder.decoded)


def samples_of(decoder: SkippingDecoder, segment: Segment) -> Iterator[Sample]:
    """The images of a segment, one by one; a frame shown for many k is compressed once."""
    for frame, ks in decoder.frames(segment.spans):
        image = segment.view.jpeg_of(frame)
        for k in ks:
            yield Sample(k, *image)


def segments_of(
    timeline: Timeline, chosen: Plan, view: View, wish: Wish, location: str
) -> list[Segment]:
    """Cut a video's work so that all workers have some, and none holds too many images.

    Raises:
        CannotSkip: The packets do not tell where the wanted frames are.
    """
    order = timeline.order
    if order is None or not order.orderly():
        raise CannotSkip("the packets are not in order")
    needs = needs_of(order, chosen)
    if len(needs) < len(chosen.shots):
        raise CannotSkip("a wanted frame has no packet of its own")
    images = min(_MOST_IMAGES, -(-chosen.wanted // (_SHARES_PER_WORKER * wish.workers)))
    return [
        Segment(location, spans_of(order, share), view, wish.limits)
        for share in shares_of(needs, images)
    ]
