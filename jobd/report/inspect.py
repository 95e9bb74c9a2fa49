"""`python -m jobd inspect [ID] [--json]`: look at a queue, with or without a daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from jobd.report import document, job_screen, screen
from jobd.report.read import read_job, read_overview
from jobd.report.text import encodable

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.clock import Clock

_NEWEST = 15


def inspect(db: Path, job_id: int | None, *, as_json: bool, clock: Clock, out: TextIO) -> int:
    """Print the queue, or one job of it.

    Args:
        db: The queue file; it is only read, and nothing is created beside it.
        job_id: None for the daemon, the counts and the newest jobs.
        as_json: A document for programs instead of a screen.
        clock: What "now" is.
        out: Where to print.

    Returns:
        The exit code, 0.

    Raises:
        NoSuchJob: There is no row of that id.
        QueueError: There is no readable queue at the path.
    """
    if job_id is None:
        look = read_overview(db, clock, _NEWEST)
        text = document.dumped(document.overview(look)) if as_json else screen.overview(look)
    else:
        history = read_job(db, clock, job_id)
        text = (
            document.dumped(document.job_document(history))
            if as_json
            else job_screen.job_screen(history)
        )
    out.write(encodable(text, out))
    return 0
