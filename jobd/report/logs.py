"""What was said of a job: by its attempts' handlers, and by jobd of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import NoSuchJob
from jobd.report.read import MAX_ID, rows_of
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

    @property
    def possible(self) -> bool:
        """Whether a row can have that id."""
        return 1 <= self.job_id <= MAX_ID

    def binds(self) -> dict[str, str | int | None]:
        """As parameters."""
        above = LEVELS[LEVELS.index(self.level) :]
        levels = None if above == LEVELS else json.dumps(above)
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


def look_at(queue: Queue, wanted: Lines) -> bool:
    """Whether all that is meant has been said: the attempt has ended, or the job and all of them.

    Raises:
        NoSuchJob: There is no such job, or no such attempt of it.
    """
    jobs = _rows(queue, "job", {"job_id": wanted.job_id}) if wanted.possible else []
    if not jobs:
        raise NoSuchJob(f"no job {wanted.job_id} in {queue.path}")
    if wanted.number is None:
        return bool(jobs[0]["ended"])
    attempts = _rows(queue, "numbers", {"job_id": wanted.job_id})
    ended = {row["number"]: row["ended"] for row in attempts}
    if wanted.number not in ended:
        had = ", ".join(map(str, ended)) or "none yet"
        raise NoSuchJob(f"job {wanted.job_id} has no attempt {wanted.number}; it has had: {had}")
    return bool(ended[wanted.number])


def tail(queue: Queue, wanted: Lines, count: int | None) -> tuple[LogLine, ...]:
    """The last lines of those that are meant, the oldest of them first; None: all."""
    return _lines(queue, wanted, count=_ALL if count is None else count)


def after(queue: Queue, wanted: Lines, last_id: int) -> tuple[LogLine, ...]:
    """Those that came after one line."""
    return _lines(queue, wanted, after=last_id)


def _rows(queue: Queue, name: str, binds: dict[str, str | int | None]) -> list[Row]:
    return rows_of(queue, load_blocks(STATEMENTS)[name], **binds)


def _lines(
    queue: Queue, wanted: Lines, *, after: int = 0, count: int = _ALL
) -> tuple[LogLine, ...]:
    rows = _rows(queue, "lines", {**wanted.binds(), "after": after, "count": count})
    return tuple(LogLine(**row) for row in reversed(rows))
