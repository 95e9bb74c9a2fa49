"""What was said of a job: by its attempts' handlers, and by jobd of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.report.read import rows_of
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from jobd.queue.file import Queue

STATEMENTS = Path(__file__).with_name("logs.sql")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One row of job_logs.

    Attributes:
        id: Grows over a job's lines.
        attempt_id: The row in job_attempts.
        attempt: That attempt's number, over all rounds of the job.
        at_ms: When it was said.
        level: debug, info, warning or error.
        message: As it was said, perhaps of several lines; not yet harmless to a terminal.
    """

    id: int
    attempt_id: int
    attempt: int
    at_ms: int
    level: str
    message: str


def log_tail(queue: Queue, job_id: int, count: int) -> tuple[LogLine, ...]:
    """The last lines that were said of a job, the oldest of them first.

    Args:
        queue: Open, in a transaction of the caller's, see `looking`.
        job_id: The job; one that is not there has no lines.
        count: At most so many.
    """
    rows = rows_of(queue, load_blocks(STATEMENTS)["tail"], job_id=job_id, count=count)
    return tuple(LogLine(**row) for row in rows[::-1])


def last_traceback(queue: Queue, attempt_id: int) -> str | None:
    """The last message of an attempt that holds a traceback, whole; None: there is none.

    Args:
        queue: Open, in a transaction of the caller's.
        attempt_id: The row in job_attempts.
    """
    found = rows_of(queue, load_blocks(STATEMENTS)["traceback"], attempt_id=attempt_id)
    return str(found[0]["message"]) if found else None
