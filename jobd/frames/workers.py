"""Segments side by side: results in order, and never more than a window of them in memory."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING

from jobd.frames.segment import decode_segment
from jobd.frames.skip import CannotSkip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from jobd.frames.segment import Decoded, Segment

_LOOK_EVERY_S = 0.25


def in_threads(
    segments: Sequence[Segment], workers: int, tick: Callable[[float], None]
) -> Iterator[Decoded]:
    """Decode segments in threads: decoding releases the GIL.

    Args:
        segments: In the order in which their results come out.
        workers: How many threads.
        tick: Called at least four times a second with the share of packets fed; what it
            raises ends all threads.

    Raises:
        CannotSkip: A segment's; earlier results have come out.
    """
    total = sum(segment.packets for segment in segments) or 1
    gauge = _Gauge()
    with _pool(workers, gauge) as pool:
        results = (pool.submit(decode_segment, segment, gauge.fed) for segment in segments)
        waiting = deque(islice(results, 2 * workers))
        while waiting:
            yield _awaited(waiting.popleft(), lambda: tick(min(1.0, gauge.packets / total)))
            waiting.extend(islice(results, 1))
    tick(1.0)


class _Gauge:
    """Counts packets for all threads, and stops them."""

    def __init__(self) -> None:
        self.packets = 0
        self.stop = Event()

    def fed(self) -> None:
        """One packet more."""
        self.packets += 1  # a lost increment makes progress late, never wrong
        if self.stop.is_set():
            raise CannotSkip("stopped")


@contextmanager
def _pool(workers: int, gauge: _Gauge) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(workers, "decode") as pool:
        try:
            yield pool
        finally:
            gauge.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _awaited(future: Future[Decoded], look: Callable[[], None]) -> Decoded:
    while True:
        look()
        try:
            return future.result(timeout=_LOOK_EVERY_S)
        except TimeoutError:
            if future.done():
                raise
