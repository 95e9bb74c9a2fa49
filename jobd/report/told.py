"""A job in a line, for who follows it without a screen (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.brief import percent
from jobd.report.text import harmless
from jobd.report.times import iso

if TYPE_CHECKING:
    from jobd.report.rows import Job


def told(job: Job, now_ms: int) -> str:
    """What a new line is worth: the state, the attempt, every tenth of the work, the reason."""
    state = job.shown_as(now_ms)
    if job.status == "running":
        share = 0.0 if job.progress is None else int(job.progress * 10) / 10
        return f"{state} {percent(share)} (attempt {job.attempts} of {job.max_attempts})"
    reason = harmless(job.error) if job.error and job.error.lower() != job.status else ""
    return f"{state}: {reason}" if reason else state


def job_line(job: Job, now_ms: int) -> str:
    """The line, with its time."""
    return f"{iso(now_ms)} job {job.id} {harmless(job.kind)} {told(job, now_ms)}\n"
