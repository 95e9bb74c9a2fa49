"""Writers and the daemon in any order: every column is what the model says."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import apsw
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jobd.errors import LeaseLost
from jobd.queue.cancellations import close_cancellation, next_cancellation
from jobd.queue.create import create
from jobd.queue.file import open_queue
from jobd.queue.kinds import register
from jobd.queue.lease import Lease, has_work, is_idle, leased_attempts, next_due_ms, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.recover import orphans
from jobd.queue.settle import close_lost, settle
from tests.support.queuefile import KINDS, LEASE_MS, HandClock, payload, rows
from tests.support.queuemodel import Job, Model, Refusal, Told

PRIORITIES = {kind.name: kind.priority for kind in KINDS}
MAX_RUNNING = 2
COLUMNS = (
    "id, kind, target, json_extract(payload, '$.version'), priority, run_at, unique_key,"
    " max_attempts, status, attempts, round, attempt_id, error"
)
OUTBOX = "job_id, kind, target, unique_key, round, attempt_id"
UPSERT = (
    "INSERT INTO jobs (kind, payload, priority, run_at, unique_key, max_attempts)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET payload = excluded.payload RETURNING id"
)

kinds = st.sampled_from(sorted(PRIORITIES))
videos = st.sampled_from(["a", "b"])
keys = st.sampled_from([None, "k", "l"])
ranks = st.none() | st.integers(-1, 1)
picks = st.integers(0, 30)


class QueueMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "jobs.db"
        self.clock = HandClock()
        create(path, KINDS)
        self.queue = open_queue(path, self.clock)
        rows(self.queue, "PRAGMA synchronous = OFF")
        register(self.queue, KINDS, MAX_RUNNING + 1)
        self.model = Model()
        self.leases: dict[int, Lease] = {}
        self.version = 0

    def teardown(self) -> None:
        self.queue.close()
        self.folder.cleanup()

    @rule(
        kind=kinds,
        video=videos,
        key=keys,
        more=st.tuples(ranks, st.sampled_from([0, 0, 5, 20]), st.integers(1, 3)),
    )
    def upsert(
        self, kind: str, video: str, key: str | None, more: tuple[int | None, int, int]
    ) -> None:
        rank, wait_ms, limit = more
        self.version += 1
        run_at = self.clock.at_ms + wait_ms if wait_ms else 0
        text = payload(video, version=self.version)
        found = rows(self.queue, UPSERT, kind, text, rank, run_at, key, limit)[0][0]
        waiting = self.model.of_key("queued", kind, key)
        if waiting:
            assert found == waiting.id
            self.model.replace_payload(waiting, video, self.version)
            return
        priority = PRIORITIES[kind] if rank is None else rank
        assert found > self.model.last_job
        self.model.insert(Job(found, kind, video, self.version, priority, run_at, key, limit))

    @precondition(lambda self: self.model.jobs)
    @rule(pick=picks, video=videos)
    def change_payload(self, pick: int, video: str) -> None:
        self.version += 1
        job = self._job(pick)
        values = (payload(video, version=self.version), job.id)
        self._write("UPDATE jobs SET payload = ? WHERE id = ?", values,
                    lambda: self.model.replace_payload(job, video, self.version))  # fmt: skip

    @precondition(lambda self: self.model.jobs)
    @rule(pick=picks, how=st.sampled_from(["cancel", "retry", "delete"]))
    def write(self, pick: int, how: str) -> None:
        job = self._job(pick)
        sql = {
            "cancel": "UPDATE jobs SET status = 'cancelled' WHERE id = ?",
            "retry": "UPDATE jobs SET status = 'queued' WHERE id = ?",
            "delete": "DELETE FROM jobs WHERE id = ?",
        }[how]
        self._write(sql, (job.id,), lambda: getattr(self.model, how)(job))

    @rule()
    def cancel_all(self) -> None:
        rows(self.queue, "UPDATE jobs SET status = 'cancelled'")
        for job in self.model.jobs.values():
            self.model.cancel(job)

    @rule(ms=st.integers(1, 20))
    def time_passes(self, ms: int) -> None:
        self.clock.pass_ms(ms)

    @rule()
    def lease(self) -> None:
        taken = take_lease(self.queue, LEASE_MS)
        expected = self.model.lease(self.clock.at_ms, MAX_RUNNING)
        assert (taken and taken.job_id) == (expected and expected.id)
        if taken and expected:
            self.leases[taken.attempt_id] = taken
            assert (taken.attempt_id, taken.attempt, taken.round, taken.max_attempts) == (
                expected.attempt_id,
                expected.attempts,
                expected.round,
                expected.max_attempts,
            )

    @precondition(lambda self: self.model.open)
    @rule(pick=picks, outcome=st.sampled_from(Outcome), wait_ms=st.sampled_from([0, 5, 20]))
    def settle(self, pick: int, outcome: Outcome, wait_ms: int) -> None:
        attempt_id = sorted(self.model.open)[pick % len(self.model.open)]
        lease = self.leases.pop(attempt_id)
        job = self.model.jobs.get(lease.job_id)
        back = outcome is Outcome.HANDED_BACK
        again = back or (
            outcome in {Outcome.RETRY, Outcome.CRASHED} and lease.attempt < lease.max_attempts
        )
        ended = "failed" if outcome in {Outcome.RETRY, Outcome.CRASHED} else outcome.value
        status: Any = "queued" if again else ended
        run_at = self.clock.at_ms + wait_ms if again and wait_ms else 0
        expected = self.model.settle(attempt_id, status, run_at, outcome.value)
        if expected and back and job:
            job.attempts -= 1
        what = Settlement(status, run_at, count_attempt=not back, error=outcome.value)
        try:
            assert settle(self.queue, lease, outcome, what) == expected
        except LeaseLost:
            assert expected is None
            close_lost(self.queue, lease)

    @rule()
    def daemon_dies(self) -> None:
        running = {j.attempt_id: j.id for j in self.model.jobs.values() if j.status == "running"}
        found = orphans(self.queue)
        assert {lease.attempt_id: lease.job_id for lease in found} == running
        self.model.open = {a: j for a, j in self.model.open.items() if a in running}
        self.leases = {lease.attempt_id: lease for lease in found}

    @rule()
    def tell(self) -> None:
        said = []
        while told := next_cancellation(self.queue):
            said.append((told.job_id, told.kind, told.round, told.as_of_attempt_id))
            close_cancellation(self.queue, told.id)
        assert said == [(t.job_id, t.kind, t.round, t.as_of) for t in self.model.told()]

    @invariant()
    def every_column_is_as_predicted(self) -> None:
        found = rows(self.queue, f"SELECT {COLUMNS} FROM jobs ORDER BY id")
        jobs = [Job(i, k, video_of(t), *rest) for i, k, t, *rest in found]
        assert jobs == sorted(self.model.snapshot(), key=lambda j: j.id)
        outbox = rows(self.queue, f"SELECT {OUTBOX} FROM cancellations ORDER BY id")
        assert [Told(i, k, video_of(t), *rest) for i, k, t, *rest in outbox] == self.model.outbox
        finished = rows(self.queue, "SELECT id FROM jobs WHERE finished_at IS NOT NULL ORDER BY id")
        ended = {j.id for j in jobs if j.status in {"completed", "failed", "cancelled"}}
        assert {job_id for (job_id,) in finished} == ended

    @invariant()
    def the_looks_agree(self) -> None:
        jobs, now_ms = self.model.jobs.values(), self.clock.at_ms
        ahead = [j.run_at for j in jobs if j.status == "queued" and j.run_at > 0]
        due = any(run_at <= now_ms for run_at in ahead)
        assert has_work(self.queue) == (due or self.model.next(0, MAX_RUNNING) is not None)
        assert next_due_ms(self.queue) == min(ahead, default=None)
        running = {j.attempt_id for j in jobs if j.status == "running"}
        assert leased_attempts(self.queue) == running
        living = any(j.status in {"queued", "running"} for j in jobs)
        assert is_idle(self.queue) == (not living and not self.model.outbox)

    def _job(self, pick: int) -> Job:
        return self.model.jobs[sorted(self.model.jobs)[pick % len(self.model.jobs)]]

    def _write(self, sql: str, values: tuple[Any, ...], expect: Any) -> None:
        try:
            rows(self.queue, sql, *values)
        except apsw.ConstraintError:
            refused = True
        else:
            refused = False
        try:
            expect()
        except Refusal:
            assert refused
        else:
            assert not refused


def video_of(target: object) -> str:
    return str(target).split("/")[2]


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
