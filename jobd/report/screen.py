"""The queue as a screen: daemon, counts, what waits for longest, jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.job_table import job_table
from jobd.report.palette import style_of
from jobd.report.styled import Styled, styled
from jobd.report.text import harmless, wrapped
from jobd.report.times import roughly
from jobd.report.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobd.report.find import Found
    from jobd.report.job_table import Lines
    from jobd.report.rows import Counts, Daemon, Overview

PLAIN = View()
_ALWAYS_SHOWN = ("running", "queued", "completed", "failed")
_COUNTS = ("running", "queued", "scheduled", "retrying", "completed", "failed", "cancelled")
_LABEL = 8
_LEAST_ROWS = 3
_AROUND = 4  # an empty line, the heading, the line for what is left out, the shell's prompt


def overview(look: Overview, view: View = PLAIN) -> str:
    """The whole screen, ending in a newline: a function of what was read and of nothing else.

    Args:
        look: The queue at one moment.
        view: Where it is shown; with a height, no more jobs than fit.
    """
    head = _head(look, view)
    return finished([*head, *_jobs(look, view, len(head))], view)


def finished(lines: Sequence[Styled], view: View) -> str:
    """Lines as the terminal gets them."""
    text = "".join(f"{line.painted(view.palette)}\n" for line in lines)
    return view.palette.drawn(text)


def _head(look: Overview, view: View) -> Lines:
    daemon = look.daemon
    dot = styled("● " if view.palette.unicode else "* ", _style_of(daemon))
    said = f"{daemon_line(daemon, look.now_ms)}"
    lines = [
        *labelled("queue", harmless(str(look.path)), view.width),
        *labelled("daemon", said, view.width, dot),
        *_trouble(look, view),
        *_counts(look.counts, view),
    ]
    if look.oldest is not None:
        lines += labelled("oldest", _oldest(look), view.width)
    if look.paused:
        lines += labelled("paused", ", ".join(map(harmless, look.paused)), view.width, style="wait")
    return lines


def labelled(
    label: str, value: str, width: int, sign: Styled | None = None, style: str = ""
) -> Lines:
    """A value behind its label, wrapped between words below itself."""
    sign = sign or Styled()
    indent = " " * (_LABEL + sign.width)
    lines = wrapped(value, width - len(indent))
    first = styled(f"{label:<{_LABEL}}", "dim") + sign
    starts = [first, *[styled(indent)] * len(lines)]
    return [start + styled(line, style) for start, line in zip(starts, lines, strict=False)]


def _style_of(daemon: Daemon) -> str:
    if not daemon.alive:
        return "bad"
    return "wait" if daemon.not_leasing or daemon.warning else "good"


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


def _trouble(look: Overview, view: View) -> Lines:
    daemon = look.daemon
    if not daemon.alive:
        return []
    lines: Lines = []
    if daemon.not_leasing is not None:
        since_ms = daemon.not_leasing_since_ms
        span = "" if since_ms is None else f", for {roughly(look.now_ms - since_ms)}"
        text = f"starts no job now: {harmless(daemon.not_leasing)}{span}"
        lines += labelled("", text, view.width, style="wait")
    if daemon.warning is not None:
        lines += labelled("", harmless(daemon.warning), view.width, style="wait")
    return lines


def _counts(counts: Counts, view: View) -> Lines:
    """How many jobs are in each state; the rarer states only where there are any."""
    lines: Lines = [styled(f"{'jobs':<{_LABEL}}", "dim")]
    for state in _COUNTS:
        count = getattr(counts, state)
        if not count and state not in _ALWAYS_SHOWN:
            continue
        word = styled(f"{count:,} {state}", style_of(state) if count else "dim")
        if lines[-1].width == _LABEL:
            lines[-1] += word
        elif lines[-1].width + len(", ") + word.width < view.width:
            lines[-1] += styled(", ") + word
        else:
            lines[-1] += styled(",")
            lines.append(styled(" " * _LABEL) + word)
    return lines


def _oldest(look: Overview) -> str:
    if look.oldest is None:
        return ""
    waits = roughly(look.now_ms - look.oldest.since_ms)
    return f"waits {waits}: job {look.oldest.id} ({harmless(look.oldest.kind)})"


def _jobs(look: Overview, view: View, head_lines: int) -> Lines:
    if not look.jobs:
        is_empty = not any(getattr(look.counts, state) for state in _COUNTS)
        return [] if is_empty else [Styled(), styled("no job that is meant", "dim")]
    heading, blocks = job_table(look.jobs, look.now_ms, view, look.paused)
    by_id = dict(zip((job.id for job in look.jobs), blocks, strict=True))
    kept = look.found
    if view.height is not None:
        kept = _fitting(look.found, by_id, view.height - head_lines - _AROUND)
    lines = [Styled(), heading, *(line for job_id in kept.ids for line in by_id[job_id])]
    if look.more or len(kept.ids) < len(look.found.ids):
        lines.append(styled(f"{'…':>{_LABEL - 2}}  more: -n 100 shows 100, -n 0 all", "dim"))
    return lines


def _fitting(found: Found, blocks: dict[int, Lines], room: int) -> Found:
    """As many jobs as fit, some of each group, but always a few."""
    for count in range(len(found.ids), _LEAST_ROWS, -1):
        kept = found.cut(count)
        if sum(len(blocks[job_id]) for job_id in kept.ids) <= room:
            return kept
    return found.cut(_LEAST_ROWS)
