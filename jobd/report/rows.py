"""What is read of a queue, as plain values; every derived word and span is computed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from jobd.report.wanted import shown_state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.report.find import Found
    from jobd.report.logs import LogLine

_ETA_FROM = 0.02  # of less no rate can be told


@dataclass(frozen=True, slots=True)
class Daemon:
    """The daemon of a queue.

    Attributes:
        alive: Whether a process holds the queue's lock.
        pid: Of the one that holds it, or of the last one; None: there never was one.
        version: The jobd that it is; None, like the rest, while it has not said so yet.
        started_at_ms: When it started.
        beat_at_ms: When it last said that it lives.
        concurrency: How many attempts it runs at once.
        not_leasing: Why it starts no job now; None: it does.
        not_leasing_since_ms: Since when, where the queue itself is the reason.
        warning: What a person should mend; None: nothing.
    """

    alive: bool
    pid: int | None = None
    version: str | None = None
    started_at_ms: int | None = None
    beat_at_ms: int | None = None
    concurrency: int | None = None
    not_leasing: str | None = None
    not_leasing_since_ms: int | None = None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many jobs are in each state; the three words for queued rows are kept apart."""

    queued: int
    scheduled: int
    retrying: int
    running: int
    completed: int
    failed: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Job:
    """One row of jobs; the fields are its columns."""

    id: int
    kind: str
    payload: str
    priority: int | None
    run_at_ms: int
    unique_key: str | None
    max_attempts: int
    created_at_ms: int
    status: str
    attempts: int
    round: int
    attempt_id: int | None
    lease_until_ms: int | None
    progress: float | None
    started_at_ms: int | None
    finished_at_ms: int | None
    result: str | None
    error: str | None

    @property
    def video_id(self) -> str | None:
        """The payload's videoId, where it is a text."""
        payload = json_value(self.payload)
        video_id = payload.get("videoId") if isinstance(payload, dict) else None
        return video_id if isinstance(video_id, str) else None

    def shown_as(self, now_ms: int) -> str:
        """The status; of a queued row "scheduled" before its time, "retrying" after an attempt."""
        return shown_state(self.status, self.run_at_ms, self.attempts, now_ms)

    def next_try_at_ms(self, now_ms: int) -> int | None:
        """When a waiting row may start; None when it may now, or no longer waits."""
        waits = self.status == "queued" and self.run_at_ms > now_ms
        return self.run_at_ms if waits else None

    def took_ms(self, now_ms: int) -> int | None:
        """How long it ran, or has been running; None while it waits."""
        if self.started_at_ms is None or self.status == "queued":
            return None
        return (self.finished_at_ms or now_ms) - self.started_at_ms

    def left_ms(self, now_ms: int) -> int | None:
        """How long a running job still needs if it goes on as it did; None: too early to say."""
        took_ms, share = self.took_ms(now_ms), self.progress or 0.0
        if self.status != "running" or took_ms is None or not _ETA_FROM <= share <= 1:
            return None
        return round(took_ms * (1 - share) / share)

    @property
    def reason(self) -> str | None:
        """Why it failed, waits, or was cancelled by something else than a person."""
        told = self.error is not None and self.error.lower() != self.status
        return self.error if told else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row of job_attempts; the fields are its columns."""

    id: int
    round: int
    number: int
    started_at_ms: int
    ended_at_ms: int | None
    outcome: str | None
    error: str | None
    error_class: str | None
    pid: int | None
    frames_wanted: int | None
    frames_decoded: int | None
    frames_concealed: int | None
    cpu_s: float | None
    peak_rss_bytes: int | None

    def took_ms(self, now_ms: int) -> int:
        """How long it ran, or has been running."""
        return (self.ended_at_ms or now_ms) - self.started_at_ms


@dataclass(frozen=True, slots=True)
class Oldest:
    """The waiting job that has been in line for longest.

    Attributes:
        id: The job.
        kind: Its kind.
        since_ms: When it could have started: it was queued, its time came, or an attempt ended.
    """

    id: int
    kind: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The queue at one moment.

    Attributes:
        path: The queue file.
        queue_id: Its UUID.
        now_ms: The moment.
        daemon: Its daemon.
        counts: All its jobs, whatever the filters say.
        oldest: Of those that could start; None: none waits.
        paused: The kinds of which none is started.
        found: The ids of the jobs that are shown.
        more: Whether there are others that would be meant as well.
        jobs: Those of `found`, in its order.
    """

    path: Path
    queue_id: str
    now_ms: int
    daemon: Daemon
    counts: Counts
    oldest: Oldest | None
    paused: tuple[str, ...]
    found: Found
    more: bool
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class JobsInTurn:
    """Jobs at one moment, read while they are taken.

    Attributes:
        now_ms: The moment.
        more: Whether there are others that would be meant as well.
        jobs: In the order in which they are shown.
    """

    now_ms: int
    more: bool
    jobs: Iterator[Job]


@dataclass(frozen=True, slots=True)
class VideoJobs:
    """Jobs of a video at one moment, the newest first.

    Attributes:
        queue_id: The queue's UUID.
        now_ms: The moment.
        video_id: The whole id.
        more: Whether there are others that would be meant as well.
        jobs: The jobs.
    """

    queue_id: str
    now_ms: int
    video_id: str
    more: bool
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class JobHistory:
    """One job at one moment.

    Attributes:
        queue_id: The queue's UUID.
        now_ms: The moment.
        job: The job.
        attempts: From the oldest to the newest.
        siblings: All jobs of its video, itself among them, the newest first.
        log: The last lines of its log, the oldest first.
        traceback: Of its last attempt, where it left one.
    """

    queue_id: str
    now_ms: int
    job: Job
    attempts: tuple[Attempt, ...]
    siblings: tuple[Job, ...] = ()
    log: tuple[LogLine, ...] = ()
    traceback: str | None = None


def json_value(text: str) -> Any:
    """What the text says in JSON; the text itself where it is no strict JSON.

    SQLite lets pass what the standard does not (NaN), and numbers that no JSON can carry.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return text
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
