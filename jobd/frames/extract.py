"""The way of a video: file → timeline → plan → decode → JPEGs.

Two ways to decode: `skipping` takes only what the wanted frames need, in threads; `plain` takes
everything, in order, and knows what to do about damage. The first is tried, and wherever it is
not sure the second makes what is missing.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from jobd.errors import VideoIncomplete
from jobd.frames.crop import Crop
from jobd.frames.file import path_of, regular_file
from jobd.frames.plain import plainly
from jobd.frames.plan import exact_rate
from jobd.frames.scan import rest_of, rising, scanned
from jobd.frames.skip import CannotSkip
from jobd.frames.skipping import skipping
from jobd.frames.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from av.video.frame import VideoFrame

    from jobd.frames.choose import Kept
    from jobd.frames.plain import Plain
    from jobd.frames.segment import Sample
    from jobd.frames.skipping import Skipping
    from jobd.frames.source import Limits
    from jobd.frames.timeline import Timeline
    from jobd.frames.wish import Facts

log = logging.getLogger("jobd")


class Extraction:
    """A video ready to be sampled, once.

    Args:
        quick: The quick way, begun; None where it is no way.
        begin_plainly: Begins the plain one.

    Attributes:
        facts: Known before the first image.
    """

    def __init__(self, quick: Skipping | None, begin_plainly: Callable[[], Plain]) -> None:
        self._quick = quick
        self._begin_plainly = begin_plainly
        self._plain: Plain | None = None
        self.facts: Facts = quick.facts if quick else self._plainly().facts

    def _plainly(self) -> Plain:
        self._plain = self._plain or self._begin_plainly()
        return self._plain

    def images(self) -> Iterator[Sample]:
        """Every k from 0 to `wanted` once: in order, but for stand-ins and jumps back in time.

        A frame that stays on display for many k is compressed once.

        Raises:
            VideoRefused: No frame, or far fewer than the file has packets.
            VideoIncomplete: The frames stop well before the last timestamp.
        """
        made: set[int] = set()
        try:
            for decoded in self._quick.results if self._quick else ():
                made.update(sample.k for sample in decoded.samples)
                yield from decoded.samples
        except CannotSkip as reason:
            log.info("decoding all of it again, in order: %s", reason)
        if len(made) < self.facts.wanted:
            plain = self._plainly()
            if plain.facts.wanted != self.facts.wanted:  # the images made so far show other times
                raise VideoIncomplete(
                    "the video's index and its frames disagree: perhaps it is still being written"
                )
            yield from plain.images(made)

    def frames(self) -> Iterator[Kept[VideoFrame]]:
        """The frames behind the images, decoded plainly; raises the same."""
        return self._plainly().frames()

    @property
    def decoded(self) -> int:
        """Frames decoded so far."""
        quickly = self._quick.decoded if self._quick else 0
        return quickly + (self._plain.sampler.decoded if self._plain else 0)

    @property
    def concealed(self) -> int:
        """Images so far whose own frame was damaged, see `Sampler`."""
        return self._plain.sampler.concealed if self._plain else 0


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
    with regular_file(location) as fd, ExitStack() as files:
        timeline, source = files.enter_context(scanned(fd, limits, tick))
        rest = rest_of(tick, timeline)

        def begin_plainly() -> Plain:
            return files.enter_context(plainly(fd, timeline, wish, rest))

        quickly = skipping(timeline, wish, path_of(fd), source, rest)
        times = _times(timeline, by_index=source is not None)
        yield Extraction(_begun(files, quickly, times, workers), begin_plainly)


def _times(timeline: Timeline, *, by_index: bool) -> str:
    how = "by its index" if by_index else "from the packets"
    how = "by decoding it once for them" if timeline.restored else how
    return f"times of {len(timeline.pts)} frames {how}"


def _begun(
    files: ExitStack, quickly: AbstractContextManager[Skipping], times: str, workers: int
) -> Skipping | None:
    try:
        begun = files.enter_context(quickly)
    except CannotSkip as reason:
        log.info("%s; decoding all of it, in order: %s", times, reason)
        return None
    log.info("%s; decoding only what the images need; threads: %d", times, workers)
    return begun
