"""The same as JSON documents; docs/inspect-json.md describes them field by field."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jobd.report.figures import realtime
from jobd.report.lineage import groups
from jobd.report.rows import json_value
from jobd.report.times import iso, seconds

if TYPE_CHECKING:
    from jobd.report.logs import LogLine
    from jobd.report.rows import Attempt, Daemon, Job, JobHistory, Oldest, Overview, VideoJobs

VERSION = 2

Document = dict[str, Any]


def overview(look: Overview) -> Document:
    """What `inspect --json` prints."""
    return {
        "version": VERSION,
        "at": iso(look.now_ms),
        "queue": {"path": str(look.path), "queue_id": look.queue_id},
        "daemon": _daemon(look.daemon),
        "counts": asdict(look.counts),
        "oldest_waiting": _oldest(look.oldest, look.now_ms),
        "paused": list(look.paused),
        "more": look.more,
        "jobs": [_job(job, look.now_ms) for job in look.jobs],
    }


def video_document(look: VideoJobs) -> Document:
    """What `inspect --video ID --json` prints."""
    return {
        "version": VERSION,
        "at": iso(look.now_ms),
        "queue": {"queue_id": look.queue_id},
        "video_id": look.video_id,
        "lineage": _lineage(look.jobs),
        "more": look.more,
        "jobs": [_with_work(job, look.now_ms) for job in look.jobs],
    }


def job_document(history: JobHistory) -> Document:
    """What `inspect ID --json` prints."""
    job, now_ms = history.job, history.now_ms
    return {
        "version": VERSION,
        "at": iso(now_ms),
        "queue": {"queue_id": history.queue_id},
        "job": {
            **_with_work(job, now_ms),
            "realtime": realtime(job),
            "history": [_attempt(attempt, now_ms) for attempt in history.attempts],
            "traceback": history.traceback,
            "log": [_line(line) for line in history.log],
            "lineage": _lineage(history.siblings),
        },
    }


def dumped(document: Document) -> str:
    """The document as text: ASCII alone and no control character but line ends."""
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _daemon(daemon: Daemon) -> Document:
    return {
        "alive": daemon.alive,
        "pid": daemon.pid,
        "version": daemon.version,
        "started_at": iso(daemon.started_at_ms),
        "beat_at": iso(daemon.beat_at_ms),
        "concurrency": daemon.concurrency,
        "not_leasing": daemon.not_leasing,
        "not_leasing_since": iso(daemon.not_leasing_since_ms),
        "warning": daemon.warning,
    }


def _oldest(oldest: Oldest | None, now_ms: int) -> Document | None:
    if oldest is None:
        return None
    return {
        "id": oldest.id,
        "kind": oldest.kind,
        "since": iso(oldest.since_ms),
        "waits_s": seconds(now_ms - oldest.since_ms),
    }


def _with_work(job: Job, now_ms: int) -> Document:
    return {
        **_job(job, now_ms),
        "payload": json_value(job.payload),
        "result": None if job.result is None else json_value(job.result),
    }


def _lineage(jobs: tuple[Job, ...]) -> list[Document]:
    return [
        {
            "kind": group.kind,
            "bounds_version": group.bounds_version,
            "bounds": None if group.bounds is None else list(group.bounds),
            "jobs": [job.id for job in group.jobs],
        }
        for group in groups(jobs)
    ]


def _line(line: LogLine) -> Document:
    return {
        "attempt": line.attempt,
        "at": iso(line.at_ms),
        "level": line.level,
        "message": line.message,
    }


def _job(job: Job, now_ms: int) -> Document:
    return {
        "id": job.id,
        "kind": job.kind,
        "status": job.status,
        "shown_as": job.shown_as(now_ms),
        "video_id": job.video_id,
        "unique_key": job.unique_key,
        "priority": job.priority,
        "round": job.round,
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "progress": job.progress,
        "created_at": iso(job.created_at_ms),
        "next_try_at": iso(job.next_try_at_ms(now_ms)),
        "started_at": iso(job.started_at_ms),
        "finished_at": iso(job.finished_at_ms),
        "took_s": seconds(job.took_ms(now_ms)),
        "left_s": seconds(job.left_ms(now_ms)),
        "error": job.error,
    }


def _attempt(attempt: Attempt, now_ms: int) -> Document:
    return {
        "id": attempt.id,
        "round": attempt.round,
        "number": attempt.number,
        "started_at": iso(attempt.started_at_ms),
        "ended_at": iso(attempt.ended_at_ms),
        "took_s": seconds(attempt.took_ms(now_ms)),
        "outcome": attempt.outcome,
        "error": attempt.error,
        "error_class": attempt.error_class,
        "pid": attempt.pid,
        "frames_wanted": attempt.frames_wanted,
        "frames_decoded": attempt.frames_decoded,
        "frames_concealed": attempt.frames_concealed,
        "cpu_s": attempt.cpu_s,
        "peak_rss_bytes": attempt.peak_rss_bytes,
    }
