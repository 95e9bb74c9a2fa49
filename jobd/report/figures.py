"""What an attempt cost, in words (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.brief import result_of

if TYPE_CHECKING:
    from jobd.report.rows import Attempt, Job

_MEBIBYTE = 1024 * 1024


def figures(attempt: Attempt) -> str:
    """Images, pictures, processor time and memory, as far as they are known."""
    peak, one = attempt.peak_rss_bytes, attempt.frames_wanted == 1
    parts = (
        _count(attempt.frames_wanted, "frame wanted" if one else "frames wanted"),
        _count(attempt.frames_decoded, "decoded"),
        _count(attempt.frames_concealed or None, "damaged"),
        None if attempt.cpu_s is None else f"CPU {attempt.cpu_s:.1f} s",
        None if peak is None else f"peak memory {peak / _MEBIBYTE:,.0f} MiB",
    )
    return ", ".join(part for part in parts if part)


def _count(number: int | None, word: str) -> str | None:
    return None if number is None else f"{number:,} {word}"


def realtime(job: Job) -> float | None:
    """How many seconds of video a completed job went through in one; None: not known."""
    duration_s = result_of(job).get("durationSeconds")
    if job.started_at_ms is None or job.finished_at_ms is None or job.status != "completed":
        return None
    took_ms = job.finished_at_ms - job.started_at_ms
    if not isinstance(duration_s, int | float) or isinstance(duration_s, bool) or took_ms <= 0:
        return None
    return duration_s * 1000 / took_ms
