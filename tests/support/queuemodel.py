"""The queue as plain Python: what every column must be after every statement.

Written from the contract, not from the code: it shares no line with the SQL that it checks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

SUPERSEDING = "crop_frames"
YIELDING = "full_frames"
ENDED = ("completed", "failed", "cancelled")


class Refusal(Exception):
    """The contract does not allow it."""


@dataclass
class Job:
    id: int
    kind: str
    video: str
    version: int
    priority: int
    run_at: int
    key: str | None
    max_attempts: int
    status: str = "queued"
    attempts: int = 0
    round: int = 1
    attempt_id: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Told:
    job_id: int
    kind: str
    video: str
    key: str | None
    round: int
    as_of: int


@dataclass
class Model:
    """All jobs, the attempts whose process has not been reaped, and the outbox."""

    jobs: dict[int, Job] = field(default_factory=dict)
    open: dict[int, int] = field(default_factory=dict)  # attempt → job
    outbox: list[Told] = field(default_factory=list)
    last_job: int = 0
    last_attempt: int = 0

    def find(self, status: str, kind: str) -> list[Job]:
        return [j for j in self.jobs.values() if (j.status, j.kind) == (status, kind)]

    def of_key(self, status: str, kind: str, key: str | None) -> Job | None:
        return next((j for j in self.find(status, kind) if key and j.key == key), None)

    # ── writers ──

    def insert(self, job: Job) -> None:
        self.last_job = job.id
        self.jobs[job.id] = job
        self.outbox = [
            t for t in self.outbox if not job.key or (t.kind, t.key) != (job.kind, job.key)
        ]
        self._supersede(job)

    def replace_payload(self, job: Job, video: str, version: int) -> None:
        if job.status == "running":
            raise Refusal
        job.video, job.version = video, version
        if job.status == "queued":
            job.round += 1
            job.run_at = 0 if job.attempts else job.run_at
            job.attempts, job.error = 0, None
            self._supersede(job)

    def cancel(self, job: Job, error: str = "Cancelled") -> None:
        if job.status in ENDED:
            return
        self._tell(job)
        job.status, job.attempt_id, job.error = "cancelled", None, error

    def delete(self, job: Job) -> None:
        if job.status not in ENDED:
            self._tell(job)
        del self.jobs[job.id]

    def retry(self, job: Job) -> None:
        if job.status == "running" or (
            job.status in ENDED and self.of_key("queued", job.kind, job.key)
        ):
            raise Refusal
        if job.status in ENDED:
            job.status, job.attempts, job.run_at, job.error = "queued", 0, 0, None
            job.round += 1

    # ── the daemon ──

    def next(self, now_ms: int, max_running: int) -> Job | None:
        due = [
            j
            for j in self.jobs.values()
            if j.status == "queued" and j.run_at <= now_ms and not self._blocked(j, max_running)
        ]
        return min(due, key=lambda j: (-j.priority, j.id), default=None)

    def lease(self, now_ms: int, max_running: int) -> Job | None:
        for waiting in self.jobs.values():
            if waiting.status == "queued" and waiting.run_at <= now_ms:
                waiting.run_at = 0
        job = self.next(now_ms, max_running)
        if job:
            self.last_attempt += 1
            self.open[self.last_attempt] = job.id
            job.status, job.attempt_id = "running", self.last_attempt
            job.attempts += 1
            target = (job.kind, job.video)
            self.outbox = [t for t in self.outbox if (t.kind, t.video) != target]
        return job

    def settle(self, attempt_id: int, status: str, run_at: int, error: str | None) -> str | None:
        """What the row says then; None: the lease is lost."""
        job = self.jobs.get(self.open.pop(attempt_id))
        if job is None or job.attempt_id != attempt_id:
            return None
        beside = [t for t in self.outbox if (t.kind, t.video) == (job.kind, job.video)]
        self.outbox = [t for t in self.outbox if t not in beside or t.job_id == job.id]
        rival = self.of_key("queued", job.kind, job.key) if status == "queued" else None
        job.status, job.attempt_id, job.error = status, None, error
        if status == "queued":
            job.run_at = run_at
        if rival:
            job.status, job.error = "cancelled", f"superseded by job {rival.id}"
        return job.status

    def told(self) -> list[Told]:
        """What the daemon may say now, in order; what it does not say is dropped or waits."""
        said = []
        while ready := [t for t in self.outbox if t.job_id not in self.open.values()]:
            self.outbox = [t for t in self.outbox if not self._moot(t)]
            if ready[0] in self.outbox:
                said.append(ready[0])
                self.outbox.remove(ready[0])
        return said

    def _blocked(self, job: Job, max_running: int) -> bool:
        running = self.find("running", job.kind)
        return (
            job.id in self.open.values()
            or (job.kind == YIELDING and len(running) >= max_running)
            or any(r.video == job.video or (r.key and r.key == job.key) for r in running)
        )

    def _supersede(self, job: Job) -> None:
        running = self.of_key("running", job.kind, job.key)
        if running and job.kind == SUPERSEDING:
            self.cancel(running, f"superseded by job {job.id}")

    def _tell(self, job: Job) -> None:
        told = Told(job.id, job.kind, job.video, job.key, job.round, self.last_attempt)
        self.outbox.append(told)

    def _moot(self, told: Told) -> bool:
        living = self.find("queued", told.kind) + self.find("running", told.kind)
        return any(j.video == told.video for j in living)

    def snapshot(self) -> list[Job]:
        return [replace(job) for job in self.jobs.values()]
