"""A job's log, for people and for programs (pure)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobd.report.text import harmless, harmless_lines
from jobd.report.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.report.logs import LogLine

_LEVEL = 7


def log_text(lines: tuple[LogLine, ...], attempt: int) -> str:
    """Lines for a terminal; what else a message has stands below its first line, indented.

    Args:
        lines: In their order.
        attempt: The number of the one that the text before was about; before any text, 1.
    """
    return "".join(f"{row}\n" for row in _rows(lines, attempt))


def _rows(lines: tuple[LogLine, ...], attempt: int) -> Iterator[str]:
    for line in lines:
        if line.attempt != attempt:
            attempt = line.attempt
            yield f"── attempt {attempt} ──"
        begin = f"{iso(line.at_ms)}  {harmless(line.level):<{_LEVEL}}  "
        first, *others = harmless_lines(line.message)
        yield (begin + first).rstrip()
        yield from ((" " * len(begin) + other).rstrip() for other in others)


def log_json(lines: tuple[LogLine, ...], job_id: int) -> str:
    """One document a line, see docs/inspect-json.md."""
    return "".join(f"{json.dumps(_document(line, job_id))}\n" for line in lines)


def _document(line: LogLine, job_id: int) -> dict[str, str | int | None]:
    return {
        "id": line.id,
        "job_id": job_id,
        "attempt": line.attempt,
        "attempt_id": line.attempt_id,
        "at": iso(line.at_ms),
        "level": line.level,
        "message": line.message,
    }
