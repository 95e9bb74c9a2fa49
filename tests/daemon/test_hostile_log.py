"""A real child that says far too much, in a real slot on a real queue."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, cast

from jobd.attempt.allowance import MAX_LINES
from jobd.attempt.messages import Line, encode
from jobd.attempt.start import Child
from jobd.daemon.attempt_slot import AttemptSlot
from jobd.daemon.hearing import Hearing
from jobd.daemon.house import House, TimeLimits
from jobd.daemon.verdicts import Settler, Verdict, figures_of
from jobd.handlers.context import Options, Walls
from jobd.queue.lease import take_lease
from jobd.queue.lifecycle import Backoff, Outcome
from tests.support.queuefile import LEASE_MS, insert, job, rows

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from jobd.attempt.start import Nursery
    from jobd.attempt.task import Task
    from jobd.queue.file import Queue

_FAR_MS = 2**53


def flood(pipe: Connection) -> None:
    while True:
        pipe.send_bytes(encode(Line("info", _FAR_MS, "\x1b[2J" + "x" * 100)))


@dataclass
class Flooding:
    """Starts children as the nursery does, which act otherwise."""

    children: list[Child]

    def start(self, _task: Task) -> Child:
        context = get_context("forkserver")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=flood, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        os.set_blocking(ours.fileno(), False)
        self.children.append(child := Child(process, ours))
        return child


def house_of(queue: Queue, nursery: object) -> House:
    walls = Walls("off", sys.maxsize, sys.maxsize)
    options = Options((), "processing_complete", 1, 1, 1, queue.path.parent, walls)
    settler = Settler(queue, Backoff(), lambda: 0.5)
    limits = TimeLimits(3600, {})
    nursery_ = cast("Nursery", nursery)
    return House(queue, nursery_, settler, options, queue.clock, 60, limits)


def logs(queue: Queue) -> list[tuple[Any, ...]]:
    return rows(queue, "SELECT at, level, message FROM job_logs ORDER BY id")


def test_a_flood_of_log_ends_its_child_and_fills_nothing(queue: Queue) -> None:
    job_id = insert(queue, max_attempts=1)
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    house = house_of(queue, Flooding([]))
    slot = AttemptSlot(house, lease)
    hearing = Hearing(queue.clock)
    hearing.add(slot)
    over: list[object] = []
    while not over:
        over += hearing.listen([slot], 0, 1)  # a turn of the loop: one read's worth
    said = slot.exit_text()
    assert said == "more lines of log than a child sends"
    house.settler.settle(slot.log, Verdict(Outcome.CRASHED, said), figures_of(None))
    assert job(queue, job_id, "status", "error") == ("failed", said)
    kept = logs(queue)
    assert len(kept) == MAX_LINES + 1  # and the settlement's
    assert kept[-1][1:] == ("error", f"failed: {said}")
    assert {message for _, _, message in kept[:-1]} == {"\\x1b[2J" + "x" * 100}
    assert {at for at, _, _ in kept} == {queue.clock.now_ms()}  # the year 287396 is not believed
