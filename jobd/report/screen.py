"""The queue as a screen: daemon, counts, newest jobs; 80 columns of plain text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from jobd.report.table import Column, table
from jobd.report.text import clipped, harmless
from jobd.report.times import precisely, roughly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.report.rows import Counts, Daemon, Job, Overview

WIDTH = 80
_ALWAYS_SHOWN = ("queued", "running", "completed", "failed")
_LABEL = 8
_UNBROKEN = "\N{NO-BREAK SPACE}"
_COLUMNS = (
    Column("ID", right=True),
    Column("STATUS"),
    Column("KIND", shrinks_to=11),
    Column("VIDEO", shrinks_to=8),
    Column("AGE", right=True),
    Column("TOOK", right=True),
    Column("TRY", right=True),
    Column("DETAIL", shrinks_to=6),
)


def overview(look: Overview) -> str:
    """The whole screen, ending in a newline."""
    lines = [
        *labelled("queue", harmless(str(look.path))),
        *labelled("daemon", daemon_line(look.daemon, look.now_ms)),
        *_not_leasing(look.daemon, look.now_ms),
        *_warning(look.daemon),
        *labelled("jobs", counts_line(look.counts)),
        *_newest(look),
    ]
    return "\n".join(lines) + "\n"


def labelled(label: str, value: str) -> list[str]:
    """A value behind its label, wrapped between words below itself."""
    wrapped = textwrap.wrap(
        value,
        width=WIDTH,
        initial_indent=f"{label:<{_LABEL}}",
        subsequent_indent=" " * _LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_UNBROKEN, " ") for line in wrapped]


def daemon_line(daemon: Daemon, now_ms: int) -> str:
    """Whether it lives, and what it last said of itself."""
    words = ["running" if daemon.alive else "not running", *_said(daemon, now_ms)]
    return ", ".join(words)


def _said(daemon: Daemon, now_ms: int) -> Iterator[str]:
    if daemon.pid:
        yield f"pid {daemon.pid}" if daemon.alive else f"last pid {daemon.pid}"
    if daemon.alive and daemon.started_at_ms is not None:
        yield f"up {roughly(now_ms - daemon.started_at_ms)}"
    if daemon.beat_at_ms is not None:
        yield f"last beat {roughly(now_ms - daemon.beat_at_ms)} ago"
    if daemon.alive and daemon.concurrency is not None:
        yield f"{daemon.concurrency} at once"
    if daemon.alive and daemon.version is not None:
        yield f"jobd {harmless(daemon.version)}"


def _not_leasing(daemon: Daemon, now_ms: int) -> list[str]:
    if not daemon.alive or daemon.not_leasing is None:
        return []
    since_ms = daemon.not_leasing_since_ms
    span = "" if since_ms is None else f", for {roughly(now_ms - since_ms)}"
    return labelled("", f"starts no job now: {harmless(daemon.not_leasing)}{span}")


def _warning(daemon: Daemon) -> list[str]:
    if not daemon.alive or daemon.warning is None:
        return []
    return labelled("", harmless(daemon.warning))


def counts_line(counts: Counts) -> str:
    """How many jobs are in each state; the rarer states only where there are any."""
    shown = {state: getattr(counts, state) for state in counts.__dataclass_fields__}
    return ", ".join(
        f"{count:,}{_UNBROKEN}{state}"
        for state, count in shown.items()
        if count or state in _ALWAYS_SHOWN
    )


def _newest(look: Overview) -> list[str]:
    if not look.newest:
        return []
    heading, *lines = table(_COLUMNS, [_cells(job, look.now_ms) for job in look.newest], WIDTH)
    shown = ["", heading]
    for job, line in zip(look.newest, lines, strict=True):
        shown += [line, *error_line(job)]
    return shown


def _cells(job: Job, now_ms: int) -> tuple[str, ...]:
    took_ms = job.took_ms(now_ms)
    return (
        str(job.id),
        job.shown_as(now_ms),
        harmless(job.kind),
        harmless(job.video_id or "-"),
        roughly(now_ms - job.created_at_ms),
        "-" if took_ms is None else precisely(took_ms),
        f"{job.attempts}/{job.max_attempts}",
        detail(job, now_ms),
    )


def detail(job: Job, now_ms: int) -> str:
    """What is worth knowing of a job that has not ended: how far it is, when it goes on."""
    if job.status == "running":
        return "starting" if job.progress is None else percent(job.progress)
    at_ms = job.next_try_at_ms(now_ms)
    if at_ms is None:
        return ""
    word = "next try" if job.attempts > 0 else "starts"
    return f"{word} in {roughly(at_ms - now_ms)}"


def percent(share: float) -> str:
    """A share of work in whole per cent, never 100 before all is done."""
    return f"{int(min(max(share, 0.0), 1.0) * 100)} %"


def error_line(job: Job) -> list[str]:
    """The reason of a failure, or of a wait after one, below its job."""
    if job.error is None or job.error.lower() == job.status:
        return []
    indent = "    "
    return [indent + clipped(harmless(job.error), WIDTH - len(indent))]
