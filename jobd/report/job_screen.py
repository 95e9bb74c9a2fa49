"""One job as a screen: its row whole, its video's other jobs, its attempts, error and log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobd.report.attempts import attempt_lines
from jobd.report.brief import detail
from jobd.report.figures import realtime
from jobd.report.lineage import tree
from jobd.report.palette import style_of
from jobd.report.rows import json_value
from jobd.report.screen import PLAIN, finished
from jobd.report.styled import Styled, joined, styled
from jobd.report.text import harmless, harmless_lines, padded, wrapped
from jobd.report.text import width as width_of
from jobd.report.times import precisely, roughly, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobd.report.job_table import Lines
    from jobd.report.logs import LogLine
    from jobd.report.rows import Job, JobHistory
    from jobd.report.view import View

_LABEL = 10
_INDENT = "  "
_LONGEST_KEY = 30
_LEVELS = {"warning": "wait", "error": "bad", "debug": "dim"}


def job_screen(history: JobHistory, view: View = PLAIN) -> str:
    """The whole screen, ending in a newline; what is longer than a line is wrapped, not cut.

    What a person looks for comes last: there the shell's prompt is.
    """
    job, now_ms = history.job, history.now_ms
    lines = [_title(job, now_ms, view), Styled()]
    for label, value in _facts(history):
        lines += _fact(label, value, view.width)
    lines += section("payload", _json_lines(job.payload, view.width))
    lines += section("result", _json_lines(job.result, view.width) if job.result else [])
    if len(history.siblings) > 1:
        lines += section("this video's jobs", tree(history.siblings, now_ms, view, job.id))
    lines += section("attempts", attempt_lines(history, view))
    lines += section("error", _error(history, view.width))
    lines += section("log", _log(history, view.width))
    return finished(lines, view)


def section(title: str, lines: Sequence[Styled]) -> Lines:
    """Lines under their heading; nothing where there are none."""
    if not lines:
        return []
    return [Styled(), styled(title, "strong"), *(styled(_INDENT) + line for line in lines)]


def _title(job: Job, now_ms: int, view: View) -> Styled:
    state = job.shown_as(now_ms)
    sign = styled(f"{view.palette.sign(state)} ", style_of(state))
    title = styled(f"job {job.id}: {harmless(job.kind)}, ") + styled(state, style_of(state))
    return sign + joined("  ", [title, detail(job, now_ms, view.width // 2)])


def _facts(history: JobHistory) -> Iterator[tuple[str, str]]:
    job, now_ms = history.job, history.now_ms
    if job.video_id is not None:
        yield "video", harmless(job.video_id)
    if job.unique_key is not None and job.unique_key != job.video_id:
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
        times = realtime(job)
        yield (
            "took",
            precisely(took_ms) + ("" if times is None else f", {times:,.1f} times realtime"),
        )


def _fact(label: str, value: str, width: int) -> Lines:
    lines = wrapped(value, width - _LABEL) or [""]
    labels = [label, *[""] * len(lines)]
    return [
        styled(f"{a:<{_LABEL}}", "dim") + styled(b) for a, b in zip(labels, lines, strict=False)
    ]


def _moment(at_ms: int, now_ms: int) -> str:
    distance = (
        f"in {roughly(at_ms - now_ms)}" if at_ms > now_ms else f"{roughly(now_ms - at_ms)} ago"
    )
    return f"{stamp(at_ms)} UTC ({distance})"


def _json_lines(text: str, width: int) -> Lines:
    """An object by its keys; anything else as it is."""
    value = json_value(text)
    if not isinstance(value, dict):
        return [styled(line) for line in harmless_lines(text)]
    keys = {harmless(key): json.dumps(value[key], ensure_ascii=False) for key in value}
    label = min(_LONGEST_KEY, max(map(width_of, keys), default=0)) + 2
    lines: Lines = []
    for key, told in keys.items():
        first, *more = wrapped(harmless(told), max(_LABEL, width - label - 2)) or [""]
        lines.append(styled(f"{padded(key, label - 2)}  ", "dim") + styled(first))
        lines += [styled(" " * label + line) for line in more]
    return lines


def _error(history: JobHistory, width: int) -> Lines:
    """What the row says, and where it came from."""
    told = history.job.error
    if not told:
        return []
    style = style_of(history.job.shown_as(history.now_ms))
    inner = width - len(_INDENT)
    lines = [styled(line, style) for part in harmless_lines(told) for line in wrapped(part, inner)]
    trace = harmless_lines(history.traceback.rstrip()) if history.traceback else []
    return lines + [styled(line, "dim") for line in trace]


def _log(history: JobHistory, width: int) -> Lines:
    """The last lines, each with its time; the traceback has its own place."""
    return [
        _log_line(line).clipped(width - len(_INDENT))
        for line in history.log
        if line.message != history.traceback
    ]


def _log_line(line: LogLine) -> Styled:
    head = styled(f"{stamp(line.at_ms)[11:]}  #{line.attempt}  ", "dim")
    return head + styled(harmless(line.message), _LEVELS.get(line.level, ""))
