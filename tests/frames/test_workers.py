from __future__ import annotations

import time
from concurrent.futures import Future
from threading import Thread

import pytest

from jobd.frames.segment import Decoded
from jobd.frames.skip import CannotSkip
from jobd.frames.workers import Gauge, awaited


def test_a_decoder_that_hangs_does_not_look_alive() -> None:
    shares: list[float] = []
    gauge, future = Gauge(10), Future[Decoded]()
    gauge.fed()

    def hang_then_end() -> None:
        time.sleep(1)
        future.set_result(Decoded([], 3))

    thread = Thread(target=hang_then_end)
    thread.start()
    assert awaited(future, gauge, shares.append) == Decoded([], 3)
    thread.join()
    assert shares == [0.1]


def test_progress_is_told_while_a_segment_is_awaited() -> None:
    shares: list[float] = []
    gauge, future = Gauge(4), Future[Decoded]()

    def work() -> None:
        for _ in range(4):
            gauge.fed()
            time.sleep(0.3)
        future.set_result(Decoded([], 4))

    thread = Thread(target=work)
    thread.start()
    awaited(future, gauge, shares.append)
    thread.join()
    assert shares == sorted(set(shares))
    assert len(shares) >= 3


def test_what_a_worker_raises_comes_out() -> None:
    future = Future[Decoded]()
    future.set_exception(TimeoutError("its own"))
    with pytest.raises(TimeoutError, match="its own"):
        awaited(future, Gauge(1), lambda _: None)


def test_a_stopped_gauge_ends_its_threads() -> None:
    gauge = Gauge(1)
    gauge.stop.set()
    with pytest.raises(CannotSkip):
        gauge.fed()
