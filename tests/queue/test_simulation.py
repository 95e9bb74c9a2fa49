"""Seeded lives of a queue by a clock that we set: daemons die and come back as zombies.

Each daemon decides as the real one does; only time and work are made up. What a seed finds it
finds again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.errors import LeaseLost
from jobd.queue.cancellations import close_cancellation, next_cancellation
from jobd.queue.create import create
from jobd.queue.file import open_queue
from jobd.queue.kinds import register
from jobd.queue.lease import is_idle, next_due_ms, renew, take_lease
from jobd.queue.lifecycle import Backoff, Outcome, settlement
from jobd.queue.recover import orphans
from jobd.queue.settle import close_lost, settle
from tests.support.queuefile import KINDS, LEASE_MS, HandClock, insert, rows

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.queue.file import Queue
    from jobd.queue.lease import Lease

SLOTS = 3
BACKOFF = Backoff()
ENDINGS = (Outcome.COMPLETED, Outcome.RETRY, Outcome.CRASHED, Outcome.FAILED, Outcome.HANDED_BACK)
APP = ("insert", "insert", "insert", "cancel", "retry", "delete")
ENDED = "('completed', 'failed', 'cancelled')"


@dataclass
class World:
    """One queue, the daemon that holds its lock, and the leases of those before it.

    Attributes:
        acknowledged: Jobs whose INSERT returned and that nobody deleted.
        completions: The attempts that completed a job.
    """

    queue: Queue
    clock: HandClock
    dice: random.Random
    held: list[Lease] = field(default_factory=list)
    stale: list[Lease] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)
    completions: set[int] = field(default_factory=set)

    def step(self) -> None:
        """Something happens."""
        self.clock.pass_ms(self.dice.choice((0, 1, 50, 5_000, LEASE_MS)))
        what = (self.app, self.lease, self.lease, self.end, self.renew, self.wake, self.die)
        self.dice.choices(what, (4, 4, 4, 6, 2, 3, 1))[0]()

    def app(self) -> None:
        how = self.dice.choice(APP)
        if how == "insert" or not self.acknowledged:
            kind, video = self.dice.choice(KINDS).name, f"v{self.dice.randrange(4)}"
            self.acknowledged.add(insert(self.queue, kind, video, max_attempts=3))
            return
        job = self.dice.choice(sorted(self.acknowledged))
        statement = {
            "cancel": "UPDATE jobs SET status = 'cancelled' WHERE id = ?",
            "retry": "UPDATE jobs SET status = 'queued' WHERE id = ?",
            "delete": "DELETE FROM jobs WHERE id = ?",
        }[how]
        try:
            rows(self.queue, statement, job)
        except apsw.ConstraintError:
            return  # a running job cannot be queued
        if how == "delete":
            self.acknowledged.remove(job)

    def lease(self) -> None:
        if len(self.held) < SLOTS and (lease := take_lease(self.queue, LEASE_MS)):
            self.held.append(lease)

    def end(self) -> None:
        if self.held:
            lease = self.held.pop(self.dice.randrange(len(self.held)))
            self.settle(lease, self.dice.choice(ENDINGS))

    def renew(self) -> None:
        for lease in self.held:
            try:
                renew(self.queue, lease, self.dice.random(), LEASE_MS)
            except LeaseLost:
                assert self.row(lease) != ("running", lease.attempt_id)

    def wake(self) -> None:
        """A daemon of the past goes on where it stopped: nothing may come of it."""
        if self.stale:
            lease = self.dice.choice(self.stale)
            before = self.everything()
            with pytest.raises(LeaseLost):
                self._settled(lease, self.dice.choice(ENDINGS))
            with pytest.raises(LeaseLost):
                renew(self.queue, lease, 0.5, LEASE_MS)
            assert self.everything() == before

    def die(self) -> None:
        """The daemon stops without a word; the next one takes back what it left."""
        self.stale += self.held
        running = "SELECT attempt_id FROM jobs WHERE status = 'running' ORDER BY attempt_id"
        left = rows(self.queue, running)
        found = orphans(self.queue)
        assert sorted((lease.attempt_id,) for lease in found) == left
        self.held = []
        for lease in found:
            self.settle(lease, Outcome.CRASHED)

    def settle(self, lease: Lease, outcome: Outcome) -> None:
        ours = self.row(lease) == ("running", lease.attempt_id)
        try:
            status = self._settled(lease, outcome)
        except LeaseLost:
            assert not ours
            close_lost(self.queue, lease)
            return
        assert ours
        if status == "completed":
            assert lease.attempt_id not in self.completions
            self.completions.add(lease.attempt_id)

    def _settled(self, lease: Lease, outcome: Outcome) -> str:
        what = settlement(
            outcome,
            lease,
            now_ms=self.clock.now_ms(),
            backoff=BACKOFF,
            unit_random=self.dice.random(),
            result="{}",
        )
        return settle(self.queue, lease, outcome, what)

    def row(self, lease: Lease) -> tuple[object, ...] | None:
        found = rows(self.queue, "SELECT status, attempt_id FROM jobs WHERE id = ?", lease.job_id)
        return found[0] if found else None

    def everything(self) -> list[tuple[object, ...]]:
        return rows(self.queue, "SELECT * FROM jobs ORDER BY id")

    def check(self) -> None:
        """What is promised, after every step."""
        there = {row[0] for row in rows(self.queue, "SELECT id FROM jobs")}
        assert there == self.acknowledged
        assert not rows(self.queue, "SELECT id FROM jobs WHERE attempts > max_attempts")
        running = (
            "SELECT count(*), count(DISTINCT kind || target) FROM jobs WHERE status = 'running'"
        )
        ((count, targets),) = rows(self.queue, running)
        assert count <= SLOTS
        assert targets == count

    def work_off(self) -> None:
        """Nobody writes, dies or fails any more: everything comes to its end."""
        self.die()
        for _ in range(10_000):
            while told := next_cancellation(self.queue):
                close_cancellation(self.queue, told.id)
            if is_idle(self.queue):
                break
            self.lease()
            while self.held:
                self.settle(self.held.pop(), Outcome.COMPLETED)
            due_ms = next_due_ms(self.queue)
            self.clock.at_ms = max(self.clock.at_ms, due_ms or 0)
            self.check()
        living = f"SELECT id, status FROM jobs WHERE status NOT IN {ENDED}"
        assert rows(self.queue, living) == []


def live(folder: Path, seed: int, steps: int) -> World:
    clock = HandClock()
    create(folder / "jobs.db", KINDS)
    queue = open_queue(folder / "jobs.db", clock)
    rows(queue, "PRAGMA synchronous = OFF")
    register(queue, KINDS, SLOTS)
    world = World(queue, clock, random.Random(seed))  # noqa: S311 - repeatable, not secret
    try:
        for _ in range(steps):
            world.step()
            world.check()
        world.work_off()
    finally:
        queue.close()
    return world


@pytest.mark.parametrize("seed", range(20))
def test_a_life_keeps_every_promise(tmp_path: Path, seed: int) -> None:
    world = live(tmp_path, seed, 300)
    assert world.completions
    assert world.stale


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 400))
def test_long_lives_keep_every_promise(tmp_path: Path, seed: int) -> None:
    assert live(tmp_path, seed, 1000).completions
