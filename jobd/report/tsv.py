"""Jobs for cut, awk and `while read`: tab-separated, raw values, a heading (docs/inspect.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.text import harmless
from jobd.report.times import iso, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobd.report.rows import Job

# New ones come at the end. An unknown value is "-": `read` takes two tabs in a row for one.
COLUMNS = (
    *("id", "state", "kind", "video_id", "age_s", "took_s", "attempts", "max_attempts"),
    *("progress", "next_try_at", "created_at", "started_at", "finished_at", "priority"),
    *("unique_key", "error"),
)
_UNKNOWN = "-"


def tsv(jobs: Iterable[Job], now_ms: int) -> Iterator[str]:
    """The heading and a line for each job, each with its newline."""
    yield "\t".join(COLUMNS) + "\n"
    for job in jobs:
        yield "\t".join(map(_cell, _values(job, now_ms))) + "\n"


def _values(job: Job, now_ms: int) -> tuple[object, ...]:
    return (
        job.id,
        job.shown_as(now_ms),
        job.kind,
        job.video_id,
        seconds(now_ms - job.created_at_ms),
        seconds(job.took_ms(now_ms)),
        job.attempts,
        job.max_attempts,
        job.progress,
        iso(job.next_try_at_ms(now_ms)),
        iso(job.created_at_ms),
        iso(job.started_at_ms),
        iso(job.finished_at_ms),
        job.priority,
        job.unique_key,
        job.error,
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return _UNKNOWN if value is None else harmless(str(value)) or _UNKNOWN
