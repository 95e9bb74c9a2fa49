from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jobd import __version__
from jobd.queue.heartbeat import beat, identify
from tests.support.queuefile import NOW_MS, HandClock, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue


def test_one_row_says_who_serves_the_queue(queue: Queue, clock: HandClock) -> None:
    me = identify(clock, concurrency=3)
    beat(queue, me)
    clock.pass_ms(10_000)
    beat(queue, me, "stopping", "a reader stays")
    identity = (os.getpid(), me.boot_id, __version__, NOW_MS, NOW_MS + 10_000, 3)
    expected = (1, *identity, "stopping", "a reader stays")
    assert rows(queue, "SELECT * FROM daemon") == [expected]
    beat(queue, me)
    assert rows(queue, "SELECT not_leasing, warning FROM daemon") == [(None, None)]


def test_the_next_daemon_takes_the_row_over(queue: Queue, clock: HandClock) -> None:
    beat(queue, identify(clock, 1), "stopping")
    clock.pass_ms(5)
    beat(queue, identify(clock, 2))
    found = rows(queue, "SELECT started_at, concurrency, not_leasing FROM daemon")
    assert found == [(NOW_MS + 5, 2, None)]
