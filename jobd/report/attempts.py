"""A job's attempts and the waits between them, as bars to scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.bars import span_bar
from jobd.report.figures import figures
from jobd.report.palette import style_of
from jobd.report.styled import Styled, styled
from jobd.report.text import harmless, wrapped
from jobd.report.timeline import spans
from jobd.report.times import precisely, stamp

if TYPE_CHECKING:
    from jobd.report.job_table import Lines
    from jobd.report.rows import Attempt, JobHistory
    from jobd.report.timeline import Span
    from jobd.report.view import View

_SHOWN = 20
_HEAD = 28  # "#12  ✗ handed_back   12d03h  "
_INDENT = " " * 5
_BAR_LEAST, _BAR_MOST = 10, 100


def attempt_lines(history: JobHistory, view: View) -> Lines:
    """Every span with its bar; below an attempt what is known of it."""
    attempts = history.attempts[-_SHOWN:]
    if not attempts:
        return []
    life = spans(history.job, attempts, history.now_ms)
    columns = max(_BAR_LEAST, min(_BAR_MOST, view.width - 2 - _HEAD))
    scale = life[0].start_ms, max(span.end_ms for span in life), columns
    lines: Lines = []
    room = view.width - len(_INDENT) - 2
    if len(attempts) < len(history.attempts):
        lines.append(styled(f"… {len(history.attempts) - len(attempts)} earlier", "dim"))
    for span in life:
        lines.append(_bar(span, scale, view))
        if span.attempt:
            lines += _facts(span.attempt, room)
            lines += _why(span.attempt, history, room)
    return lines


def _bar(span: Span, scale: tuple[int, int, int], view: View) -> Styled:
    took = f"{precisely(span.took_ms):>8}  "
    if span.attempt is None:
        bar = span_bar(span.start_ms, span.end_ms, scale, "dim", "·")
        return styled(f"{_INDENT}{span.word:<13}{took}", "dim") + bar
    style = style_of(span.word)
    name = styled(f"{f'#{span.attempt.number}':<5}")
    word = styled(f"{view.palette.sign(span.word)} {span.word:<11}", style)
    return name + word + styled(took) + span_bar(span.start_ms, span.end_ms, scale, style)


def _facts(attempt: Attempt, room: int) -> Lines:
    facts = [stamp(attempt.started_at_ms), f"round {attempt.round}"]
    facts += [] if attempt.pid is None else [f"pid {attempt.pid}"]
    facts += [cost] if (cost := figures(attempt)) else []
    return [styled(_INDENT + line, "dim") for line in wrapped(", ".join(facts), room)]


def _why(attempt: Attempt, history: JobHistory, room: int) -> Lines:
    """Its class and its error; the last one's text stands in a place of its own."""
    is_last = attempt is history.attempts[-1] and attempt.error == history.job.error
    words = (attempt.error_class, None if is_last else attempt.error)
    text = ": ".join(harmless(word) for word in words if word)
    style = style_of(attempt.outcome or "")
    return [styled(_INDENT + line, style) for line in wrapped(text, room)]
