"""`inspect watch`: the same looks again whenever the queue changes, until a job has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobd.report.changes import look_until
from jobd.report.history import read_job
from jobd.report.job_screen import job_screen
from jobd.report.read import read_overview
from jobd.report.redraw import fitting
from jobd.report.screen import overview
from jobd.report.text import encodable
from jobd.report.told import job_line, told
from jobd.report.wanted import ENDED

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from jobd.clock import Clock
    from jobd.queue.wake import Waker
    from jobd.report.redraw import Redraw
    from jobd.report.rows import Job, JobHistory, Overview
    from jobd.report.view import View
    from jobd.report.wanted import Wanted

_REDRAW_S = 10.0  # spans grow old on a queue where nothing happens
_ROWS = 200


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at.

    Attributes:
        path: The queue file.
        clock: What "now" is.
        job_id: One job; None: the queue.
        wanted: Which jobs of it.
    """

    path: Path
    clock: Clock
    job_id: int | None
    wanted: Wanted

    def queue(self) -> Overview:
        """The queue now."""
        return read_overview(self.path, self.clock, _ROWS, self.wanted)

    def job(self) -> JobHistory | None:
        """The job now; None: it is the queue that is watched."""
        return None if self.job_id is None else read_job(self.path, self.clock, self.job_id)


Show = Callable[[Watched], "Job | None"]


def watch(watched: Watched, show: Show, others: Sequence[Waker] = ()) -> str:
    """Show it again and again until the job has ended; the queue is watched for ever.

    Args:
        watched: What.
        show: Looks once and shows it; gives back the job, if it is one that is watched.
        others: What is a reason to look besides the queue's changes.

    Returns:
        The status in which the job has ended.

    Raises:
        NoSuchJob: There is no such job, or no more.
        QueueError: There is no readable queue.
        UsageError: The queue knows no such kind.
    """
    ends: list[str] = []

    def look() -> bool:
        job = show(watched)
        if job and job.status in ENDED:
            ends.append(job.status)
        return bool(ends)

    look_until(watched.path, _REDRAW_S, look, others)
    return ends[0]


def on_screen(redraw: Redraw, view: Callable[[], View]) -> Show:
    """A terminal: the screen of the job or of the queue, drawn over itself.

    A job that has ended is drawn whole, however long it is.
    """

    def show(watched: Watched) -> Job | None:
        now = view()  # a terminal may be resized
        history = watched.job()
        if history is None:
            redraw.draw(fitting(overview(watched.queue(), now), now.height))
            return None
        text = job_screen(history, replace(now, height=None))
        over = history.job.status in ENDED
        redraw.draw(text if over else fitting(text, now.height), last=over)
        return history.job

    return show


def as_lines(out: TextIO) -> Show:
    """A pipe or a log: a line for every change of a job that is seen."""
    said: dict[int, str] = {}

    def show(watched: Watched) -> Job | None:
        history = watched.job()
        jobs = watched.queue().jobs if history is None else (history.job,)
        now_ms = watched.clock.now_ms()
        for job in jobs:
            words = told(job, now_ms)
            if said.get(job.id) != words:
                said[job.id] = words
                out.write(encodable(job_line(job, now_ms), out))
        out.flush()
        return history.job if history else None

    return show
