"""One job whole, or all jobs of a video, as they are at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.errors import NoSuchJob
from jobd.report.find import find
from jobd.report.logs import last_traceback, log_tail
from jobd.report.read import MAX_ID, jobs_of, looking, rows_of
from jobd.report.rows import Attempt, JobHistory, VideoJobs
from jobd.report.text import is_utf8
from jobd.report.video_ids import whole_id
from jobd.report.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.report.rows import Job

LOG_LINES = 10
_SIBLINGS = 200


def read_job(path: Path, clock: Clock, job_id: int) -> JobHistory:
    """Read one job with its attempts, its log's end, and the other jobs of its video.

    Raises:
        NoSuchJob: There is no row of that id.
        QueueError: There is no readable queue at the path.
    """
    now_ms = clock.now_ms()
    with looking(path, clock) as (queue, sql):
        jobs = jobs_of(queue, sql, [job_id]) if 1 <= job_id <= MAX_ID else ()
        if not jobs:
            raise NoSuchJob(f"no job {job_id} in {path}")
        attempts = tuple(Attempt(**row) for row in rows_of(queue, sql["attempts"], job_id=job_id))
        return JobHistory(
            queue_id=queue.queue_id,
            now_ms=now_ms,
            job=jobs[0],
            attempts=attempts,
            siblings=_siblings(queue, sql, jobs[0], now_ms),
            log=log_tail(queue, job_id, LOG_LINES),
            traceback=last_traceback(queue, attempts[-1].id) if attempts else None,
        )


def read_video(path: Path, clock: Clock, wanted: Wanted, count: int | None = None) -> VideoJobs:
    """Read the jobs of a video.

    Args:
        path: The queue file.
        clock: What "now" is.
        wanted: Which jobs; its video may be the first characters of an id, as tables show it.
        count: At most so many, the newest; None: all.

    Raises:
        NoSuchJob: No video's id begins so.
        UsageError: Several do, or the queue knows no such kind.
        QueueError: There is no readable queue at the path.
    """
    now_ms = clock.now_ms()
    with looking(path, clock) as (queue, sql):
        video = whole_id(queue, wanted.video or "")
        wanted = Wanted(wanted.states, wanted.kind, video, wanted.since_ms)
        ids = sorted(find(queue, wanted, now_ms).ids, reverse=True)
        jobs = jobs_of(queue, sql, ids[:count])
        return VideoJobs(queue.queue_id, now_ms, video, more=len(jobs) < len(ids), jobs=jobs)


def _siblings(queue: Queue, sql: Mapping[str, str], job: Job, now_ms: int) -> tuple[Job, ...]:
    """The job is among them even where the video has had more than are read."""
    if job.video_id is None or not is_utf8(job.video_id):
        return (job,)
    ids = find(queue, Wanted(video=job.video_id), now_ms, _SIBLINGS).ids
    return jobs_of(queue, sql, sorted({*ids, job.id}, reverse=True))
