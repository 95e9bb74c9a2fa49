"""Segments side by side: results in order, and never more than a window of them in memory."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING

from jobd.frames.skip import CannotSkip

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future

    from jobd.frames.segment import Decoded

_LOOK_EVERY_S = 0.25


def in_threads(
    tasks: Iterable[Callable[[], Decoded]],
    workers: int,
    gauge: Gauge,
    tick: Callable[[float], None],
) -> Generator[Decoded]:
    """Decode segments in threads: decoding releases the GIL.

    Args:
        tasks: In the order in which their results come out.
        workers: How many threads.
        gauge: What the tasks count their packets with.
        tick: Called up to four times a second with the share of packets fed, while they are:
            a decoder that hangs must not look alive. What it raises ends all threads.

    Raises:
        CannotSkip: A task's; earlier results have come out.
    """
    with _pool(workers, gauge) as pool:
        results = (pool.submit(task) for task in tasks)
        waiting = deque(islice(results, 2 * workers))
        while waiting:
            yield awaited(waiting.popleft(), gauge, tick)
            waiting.extend(islice(results, 1))
    tick(1.0)


class Gauge:
    """Counts the packets of all threads, and stops them.

    Args:
        total: How many there are.
    """

    def __init__(self, total: int) -> None:
        self.stop = Event()
        self._total = max(1, total)
        self._packets = 0
        self._told = 0

    def fed(self) -> None:
        """One packet more."""
        self._packets += 1  # an increment lost between threads makes progress late, never wrong
        if self.stop.is_set():
            raise CannotSkip("stopped")

    def tell(self, tick: Callable[[float], None]) -> None:
        """Pass the share on, if there is more of it than the last time."""
        if self._packets > self._told:
            self._told = self._packets
            tick(min(1.0, self._told / self._total))


@contextmanager
def _pool(workers: int, gauge: Gauge) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(workers, "decode") as pool:
        try:
            yield pool
        finally:
            gauge.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def awaited(future: Future[Decoded], gauge: Gauge, tick: Callable[[float], None]) -> Decoded:
    """The result of a segment; tells of the progress of all while it waits."""
    gauge.tell(tick)
    while not wait([future], timeout=_LOOK_EVERY_S).done:
        gauge.tell(tick)
    return future.result()
