"""What was said of a job: by its attempts' handlers, and by jobd of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.report.read import rows_of
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from jobd.report.read import Row

STATEMENTS = Path(__file__).with_name("logs.sql")
LEVELS = ("debug", "info", "warning", "error")
_ALL = -1


@dataclass(frozen=True, slots=True)
class LogLine:
    """One row of job_logs.

    Attributes:
        id: Grows over a job's lines.
        attempt_id: The row in job_attempts.
        attempt: That attempt's number, over all rounds of the job.
        at_ms: When it was said.
        level: Of LEVELS.
        message: As it was said, perhaps of several lines; not yet harmless to a terminal.
    """

    id: int
    attempt_id: int
    attempt: int
    at_ms: int
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Which lines of a job are meant.

    Attributes:
        job_id: The job.
        number: Of one attempt alone; None: of all.
        level: This one and those above it.
    """

    job_id: int
    number: int | None = None
    level: str = LEVELS[0]

    def binds(self) -> dict[str, str | int | None]:
        """As parameters."""
        levels = json.dumps(LEVELS[LEVELS.index(self.level) :])
        return {"job_id": self.job_id, "number": self.number, "levels": levels}


def log_tail(queue: Queue, job_id: int, count: int) -> tuple[LogLine, ...]:
    """The last lines that were said of a job, the oldest of them first.

    Args:
        queue: Open, in a transaction of the caller's, see `looking`.
        job_id: The job; one that is not there has no lines.
        count: At most so many.
    """
    return tail(queue, Lines(job_id), count)


def last_traceback(queue: Queue, attempt_id: int) -> str | None:
    """The last message of an attempt that holds a traceback, whole; None: there is none.

    Args:
        queue: Open, in a transaction of the caller's.
        attempt_id: The row in job_attempts.
    """
    sql = load_blocks(STATEMENTS)["traceback"]
    found = rows_of(queue, sql, attempt_id=attempt_id)
    return str(found[0]["message"]) if found else None


def tail(queue: Queue, wanted: Lines, count: int | None) -> tuple[LogLine, ...]:
    """The last lines of those that are meant, the oldest of them first; None: all."""
    last = _ALL if count is None else count
    return _lines(_rows(queue, "tail", {**wanted.binds(), "count": last})[::-1])


def after(queue: Queue, wanted: Lines, last_id: int) -> tuple[LogLine, ...]:
    """Those that came after one line."""
    return _lines(_rows(queue, "after", {**wanted.binds(), "after": last_id}))


def _rows(queue: Queue, name: str, binds: dict[str, str | int | None]) -> list[Row]:
    return rows_of(queue, load_blocks(STATEMENTS)[name], **binds)


def _lines(rows: list[Row]) -> tuple[LogLine, ...]:
    return tuple(LogLine(**row) for row in rows)
