"""What a queue did, as a screen of 80 columns (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.styled import styled
from jobd.report.table import Column, table
from jobd.report.text import clipped, harmless
from jobd.report.times import precisely, roughly, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobd.report.stats import KindStats, Stats
    from jobd.report.tally import Fault, Spans

_WIDTH = 80
_JOBS = (
    Column("KIND", shrinks_to=11),
    *(
        Column(title, right=True)
        for title in ("DONE", "FAILED", "%", "CANCELLED", "HOURLY", "RETRIES", "IMAGES", "CPU")
    ),
)
_TIMES = (
    Column("KIND", shrinks_to=11),
    *(
        Column(title, right=True)
        for title in ("WAITED 50 %", "95 %", "99 %", "RAN 50 %", "95 %", "99 %", "LONGEST")
    ),
)
_SLOWEST = (
    Column("JOB", right=True),
    Column("KIND", shrinks_to=11),
    Column("VIDEO", shrinks_to=8),
    Column("TOOK", right=True),
    Column("IMAGES", right=True),
    Column("ENDED", right=True),
)
_INDENT = "    "
_HUNDRED = 100


def stats_screen(stats: Stats) -> str:
    """The whole screen, ending in a newline."""
    since = f"{stamp(stats.since_ms)} UTC ({roughly(stats.now_ms - stats.since_ms)})"
    lines = [f"queue   {harmless(str(stats.path))}", f"since   {since}"]
    if not stats.kinds:
        return "\n".join([*lines, "", "nothing has ended in this time"]) + "\n"
    lines += ["", *_table(_JOBS, [_jobs(kind) for kind in stats.kinds])]
    lines += ["", *_table(_TIMES, [_times(kind) for kind in stats.kinds])]
    if stats.slowest:
        lines += ["", "the slowest", *_table(_SLOWEST, _slowest(stats))]
    if stats.faults:
        lines += ["", "the most common errors"]
        lines += [line for fault in stats.faults for line in _fault(fault, stats.now_ms)]
    return "\n".join(lines) + "\n"


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [[styled(cell) for cell in row] for row in rows]
    return [line.plain for line in table(columns, cells, _WIDTH)]


def _jobs(kind: KindStats) -> tuple[str, ...]:
    share = kind.failed_share
    return (
        harmless(kind.kind),
        counted(kind.jobs["completed"]),
        counted(kind.jobs["failed"]),
        "-" if share is None else f"{100 * share:.1f}",
        counted(kind.jobs["cancelled"]),
        f"{kind.per_hour:.1f}" if kind.per_hour < _HUNDRED else counted(round(kind.per_hour)),
        counted(kind.retries),
        counted(kind.images),
        precisely(round(1000 * kind.cpu_s)),
    )


def counted(count: int) -> str:
    """A count in six columns: "99,999", "123k", "4.5M"."""
    if count < _HUNDRED * 1000:
        return f"{count:,}"
    if count < 1000 * 1000:
        return f"{count // 1000}k"
    return f"{count / 1e6:.1f}M" if count < _HUNDRED * 1_000_000 else f"{count // 1_000_000}M"


def _times(kind: KindStats) -> tuple[str, ...]:
    ran = _spans(kind.ran)
    longest = "-" if kind.ran is None else precisely(kind.ran.max_ms)
    return (harmless(kind.kind), *_spans(kind.waited), *ran, longest)


def _spans(spans: Spans | None) -> tuple[str, ...]:
    if spans is None:
        return ("-", "-", "-")
    return (precisely(spans.p50_ms), precisely(spans.p95_ms), precisely(spans.p99_ms))


def _slowest(stats: Stats) -> list[tuple[str, ...]]:
    return [
        (
            str(slow.attempt.job_id),
            harmless(slow.attempt.kind),
            harmless(slow.video_id or "-"),
            precisely(slow.attempt.took_ms),
            counted(slow.attempt.images),
            f"{roughly(stats.now_ms - slow.attempt.ended_at_ms)} ago",
        )
        for slow in stats.slowest
    ]


def _fault(fault: Fault, now_ms: int) -> list[str]:
    """How often, and the last of them; the error below it."""
    times = "once" if fault.count == 1 else f"{fault.count:,} times"
    words = ", ".join(harmless(word) for word in (fault.kind, fault.error_class) if word)
    last = f"last by job {fault.job_id}, {roughly(now_ms - fault.at_ms)} ago"
    title = f"  {times}: {words}; {last}"
    return [clipped(title, _WIDTH), _INDENT + clipped(fault.text, _WIDTH - len(_INDENT))]
