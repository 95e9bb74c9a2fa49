"""One job as a screen: its row whole, then its attempts."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from jobd.report.rows import json_value
from jobd.report.screen import WIDTH, detail
from jobd.report.text import harmless, harmless_lines
from jobd.report.times import precisely, roughly, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.report.rows import Attempt, Job, JobHistory

_LABEL = 10
_INDENT = "  "
_MEBIBYTE = 1024 * 1024


def job_screen(history: JobHistory) -> str:
    """The whole screen, ending in a newline; values longer than a line are not cut."""
    job, now_ms = history.job, history.now_ms
    lines = [_title(job, now_ms), ""]
    lines += [f"{label:<{_LABEL}}{value}" for label, value in _facts(job, now_ms)]
    lines += _section("error", harmless_lines(job.error) if job.error else [])
    lines += _section("payload", _json_lines(job.payload))
    lines += _section("result", _json_lines(job.result) if job.result else [])
    lines += _section("attempts", _attempt_lines(history))
    return "\n".join(lines) + "\n"


def _title(job: Job, now_ms: int) -> str:
    what_next = detail(job, now_ms)
    title = f"job {job.id}: {harmless(job.kind)}, {job.shown_as(now_ms)}"
    return f"{title} ({what_next})" if what_next else title


def _facts(job: Job, now_ms: int) -> Iterator[tuple[str, str]]:
    if job.video_id is not None:
        yield "video", harmless(job.video_id)
    if job.unique_key is not None:
        yield "key", harmless(job.unique_key)
    yield "priority", str(job.priority)
    yield "tries", f"{job.attempts} of {job.max_attempts} in round {job.round}"
    yield "created", _moment(job.created_at_ms, now_ms)
    if job.run_at_ms:
        yield "run at", _moment(job.run_at_ms, now_ms)
    if job.started_at_ms is not None:
        yield "started", _moment(job.started_at_ms, now_ms)
    if job.finished_at_ms is not None:
        yield "finished", _moment(job.finished_at_ms, now_ms)
    took_ms = job.took_ms(now_ms)
    if took_ms is not None:
        yield "took", precisely(took_ms)


def _moment(at_ms: int, now_ms: int) -> str:
    distance = (
        f"in {roughly(at_ms - now_ms)}" if at_ms > now_ms else f"{roughly(now_ms - at_ms)} ago"
    )
    return f"{stamp(at_ms)} UTC ({distance})"


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(_INDENT + line for line in lines)] if lines else []


def _json_lines(text: str) -> list[str]:
    value = json_value(text)
    if not isinstance(value, str):
        text = json.dumps(value, indent=2, ensure_ascii=False)
    return harmless_lines(text)


def _attempt_lines(history: JobHistory) -> list[str]:
    lines = []
    for attempt in history.attempts:
        lines += [_attempt_title(attempt, history.now_ms)]
        lines += [_INDENT + line for line in _wrapped(_figures(attempt))]
        lines += [_INDENT + line for line in _wrapped(_reason(attempt))]
    return lines


def _attempt_title(attempt: Attempt, now_ms: int) -> str:
    outcome = attempt.outcome or ("running" if attempt.ended_at_ms is None else "ended")
    title = (
        f"#{attempt.number}  {stamp(attempt.started_at_ms)}  {outcome:<11}"
        f"  {precisely(attempt.took_ms(now_ms)):>6}  round {attempt.round}"
    )
    return title if attempt.pid is None else f"{title}  pid {attempt.pid}"


def _figures(attempt: Attempt) -> str:
    parts = (
        _count(attempt.frames_wanted, "frames wanted"),
        _count(attempt.frames_decoded, "decoded"),
        _count(attempt.frames_concealed or None, "damaged"),
        None if attempt.cpu_s is None else f"CPU {attempt.cpu_s:.1f}s",
        None
        if attempt.peak_rss_bytes is None
        else f"peak memory {attempt.peak_rss_bytes / _MEBIBYTE:,.0f} MiB",
    )
    return ", ".join(part for part in parts if part)


def _count(number: int | None, word: str) -> str | None:
    return None if number is None else f"{number:,} {word}"


def _reason(attempt: Attempt) -> str:
    words = (attempt.error_class, attempt.error)
    return ": ".join(harmless(word) for word in words if word)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH - 2 * len(_INDENT), break_long_words=False, break_on_hyphens=False
    )
