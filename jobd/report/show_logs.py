"""`inspect logs ID`: what was said of a job so far, and with -f what is said until it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from jobd.report.changes import look_until
from jobd.report.log_screen import log_json, log_text
from jobd.report.logs import after, look_at, tail
from jobd.report.read import looking
from jobd.report.text import encodable

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from jobd.clock import Clock
    from jobd.report.logs import Lines, LogLine

_LOOK_EVERY_S = 1.0  # whatever is heard of the queue


@dataclass
class Printer:
    """Prints lines as they come.

    Attributes:
        out: Where to.
        job_id: The job.
        as_json: For programs.
        last: The last line so far.
    """

    out: TextIO
    job_id: int
    as_json: bool
    last: LogLine | None = None

    def show(self, lines: tuple[LogLine, ...]) -> None:
        """Print them, at once."""
        attempt = self.last.attempt if self.last else 1
        text = log_json(lines, self.job_id) if self.as_json else log_text(lines, attempt)
        self.out.write(encodable(text, self.out))
        self.out.flush()
        self.last = lines[-1] if lines else self.last


def show_logs(path: Path, clock: Clock, wanted: Lines, count: int | None, printer: Printer) -> bool:
    """Print what there is.

    Args:
        path: The queue file; it is only read, and nothing is created beside it.
        clock: What "now" is.
        wanted: Which lines.
        count: Only so many, the last ones; None: all.
        printer: Prints.

    Returns:
        Whether the job has ended, so that no more lines come.

    Raises:
        NoSuchJob: There is no such job, or no such attempt of it.
        QueueError: There is no readable queue at the path.
    """
    with looking(path, clock) as (queue, _):
        ended = look_at(queue, wanted)
        lines = tail(queue, wanted, max(1, count) if count is not None else None)
    printer.show(() if count == 0 else lines)
    printer.last = lines[-1] if lines else None
    return ended


def follow_logs(path: Path, clock: Clock, wanted: Lines, printer: Printer) -> None:
    """Print what comes, until the job has ended: over retries, and restarts of the daemon.

    Raises:
        NoSuchJob: The job was deleted.
        QueueError: The queue cannot be read any more.
    """
    look_until(path, _LOOK_EVERY_S, partial(_show_more, path, clock, wanted, printer))


def _show_more(path: Path, clock: Clock, wanted: Lines, printer: Printer) -> bool:
    with looking(path, clock) as (queue, _):
        ended = look_at(queue, wanted)
        lines = after(queue, wanted, printer.last.id if printer.last else 0)
    printer.show(lines)
    return ended
