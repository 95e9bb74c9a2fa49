"""A share of one video's work as plain data in, JPEGs out: it may run in any process."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from jobd.frames.file import regular_file
from jobd.frames.skip import CannotSkip, SkippingDecoder
from jobd.frames.source import open_source
from jobd.frames.spans import needs_of, shares_of, spans_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from av.video.frame import VideoFrame

    from jobd.frames.jpeg import View
    from jobd.frames.plan import Plan
    from jobd.frames.source import Limits
    from jobd.frames.spans import Span
    from jobd.frames.timeline import Timeline

    Open = Callable[[str, Limits], AbstractContextManager[SkippingDecoder]]

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


class Decoded(NamedTuple):
    """What a worker gives back: its images by rising k, and how many frames it decoded."""

    samples: list[Sample]
    frames: int


def _nothing() -> None:
    """Nobody listens."""


@contextmanager
def opened(
    location: str, limits: Limits, fed: Callable[[], None] = _nothing
) -> Iterator[SkippingDecoder]:
    """A decoder with a container of its own.

    Args:
        location: Path of the file.
        limits: Caps against hostile files.
        fed: Called after each packet; what it raises ends the work.
    """
    with regular_file(location) as fd, open_source(fd, limits) as source:
        source.leave_out_other_streams()
        yield SkippingDecoder(source, fed)


def decode_segment(segment: Segment, opener: Open = opened) -> Decoded:
    """Decode a segment.

    Args:
        segment: What to decode.
        opener: Gives the decoder; by default one of the segment's own.

    Raises:
        CannotSkip: The file must be decoded plainly.
    """
    with opener(segment.location, segment.limits) as decoder:
        before = decoder.decoded
        samples = list(samples_of(decoder.frames(segment.spans), segment.view))
        return Decoded(samples, decoder.decoded - before)


def samples_of(frames: Iterable[tuple[VideoFrame, range]], view: View) -> Iterator[Sample]:
    """The images of frames, one by one; a frame shown for many k is compressed once."""
    for frame, ks in frames:
        image = view.jpeg_of(frame)
        for k in ks:
            yield Sample(k, *image)


def shares(timeline: Timeline, chosen: Plan, workers: int) -> list[tuple[Span, ...]]:
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
    images = min(_MOST_IMAGES, -(-chosen.wanted // (_SHARES_PER_WORKER * workers)))
    return [spans_of(order, share) for share in shares_of(needs, images)]
