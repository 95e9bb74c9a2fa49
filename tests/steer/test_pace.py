"""Steps and pauses of a command that changes many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import QueueBusy
from jobd.queue.file import open_queue
from jobd.steer.pace import Pace
from tests.support.queuefile import Writer, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from tests.support.queuefile import HandClock


def test_the_others_have_the_queue_three_times_as_long(queue: Queue, clock: HandClock) -> None:
    slept_s: list[float] = []
    pace = Pace(queue, slept_s.append)
    for took_ms in (4, 100, 0):
        with pace.step():
            clock.pass_ms(took_ms)
    assert slept_s == pytest.approx([0, 0.012, 0.3], abs=1e-5)


def test_a_step_is_as_large_as_its_time_allows(queue: Queue, clock: HandClock) -> None:
    pace, sizes = Pace(queue, lambda _: None), []
    for took_ms in (1, 1, 20, 20, 20, 20, 20, 20, 20, *([1] * 12)):
        sizes.append(pace.size)
        with pace.step():
            clock.pass_ms(took_ms)
    assert sizes[:10] == [8, 16, 32, 16, 8, 4, 2, 1, 1, 1]
    assert (sizes[-1], pace.size) == (256, 256)


def test_work_with_a_transaction_of_its_own_has_the_same_pauses(
    queue: Queue, clock: HandClock
) -> None:
    slept_s: list[float] = []
    pace = Pace(queue, slept_s.append)
    answers = iter([True, False])

    def work() -> bool:
        clock.pass_ms(50)
        return next(answers)

    assert pace.turn(work)
    assert not pace.turn(work)
    assert slept_s == pytest.approx([0, 0.15], abs=1e-5)


def test_a_step_that_fails_is_undone(queue: Queue) -> None:
    def interrupted() -> None:
        with Pace(queue, lambda _: None).step():
            rows(queue, "UPDATE job_kinds SET paused = 1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert rows(queue, "SELECT DISTINCT paused FROM job_kinds") == [(0,)]


def test_a_queue_that_another_program_holds_is_named(queue: Queue, clock: HandClock) -> None:
    hasty = open_queue(queue.path, clock, busy_timeout_ms=1)
    writer = Writer().open(queue.path)
    writer.run("BEGIN IMMEDIATE")
    with pytest.raises(QueueBusy), Pace(hasty, lambda _: None).step():
        pytest.fail("it had the lock")
    writer.close()
    hasty.close()
